"""All that is understood of a clip, against what it was made with."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import pytest

import tiny
from anybokeh.cli import main
from anybokeh.clip import open_clip
from anybokeh.clip.about import about
from anybokeh.clip.dolby_vision import DolbyVision, dolby_vision, left_out
from anybokeh.clip.tracks import track_contents
from clip import make

from .test_writer import copy


def facts(path: Path, output: str = "out.mp4") -> dict:
    with open_clip(path) as clip:
        found = about(clip.info, path.parent / output)
    assert json.loads(json.dumps(found)) == found
    return found


def test_a_video_is_told_as_it_was_made(tmp_path: Path) -> None:
    source = make.video(
        tmp_path / "a.mov",
        tiny.pictures(10),
        codec="libx265",
        pixel_format="yuv420p10le",
        tags=(9, 18, 9, 1),
        rotation=90,
        pixel_aspect=Fraction(4, 3),
        audio=("eng", "ita"),
        chapters=[(0, 0.2, "one"), (0.2, 0.4, "two")],
        options={"x265-params": "log-level=none"},
    )
    found = facts(source)
    video, colour, time = found["video"], found["colour"], found["time"]
    assert (video["codec"], video["bits"], video["rotation"] % 180) == ("hevc", 10, 90)
    assert (video["width"], video["height"], video["pixel_aspect"]) == (48, 64, "3/4")
    assert [colour[name] for name in ("primaries", "transfer", "matrix", "range")] == [
        "BT.2020",
        "HLG",
        "BT.2020",
        "limited",
    ]
    assert (time["frames"], time["rate"], time["stamps"], time["gaps"]) == (10, "25", "constant", 0)
    assert found["chapters"] == 2
    sound = [stream for stream in found["streams"] if stream["kind"] == "audio"]
    assert [stream["language"] for stream in sound] == ["eng", "ita"]
    assert found["notes"] == []


def test_gaps_are_told_and_a_changing_rate_is_none(tmp_path: Path) -> None:
    steps = [512] * 20
    steps[7] = 512 * 6
    stamps = [sum(steps[:index]) for index in range(20)]
    time = facts(make.video(tmp_path / "a.mp4", tiny.pictures(20), times=stamps))["time"]
    assert (time["stamps"], time["gaps"], time["gaps_at"]) == ("variable", 1, [0.28])
    stamps = [sum([512, 1024][index % 2] for index in range(count)) for count in range(20)]
    time = facts(make.video(tmp_path / "b.mp4", tiny.pictures(20), times=stamps))["time"]
    assert (time["stamps"], time["gaps"]) == ("variable", 0)


def test_what_an_output_would_lose_is_told(tmp_path: Path) -> None:
    source = make.video(
        tmp_path / "a.mkv", tiny.pictures(3), audio=("eng",), subtitles=[(0, 0.1, "words")], codec="ffv1",
        pixel_format="bgra",
    )  # fmt: skip
    assert facts(source, "out.mkv")["notes"] == [
        "h264 cannot carry the alpha channel; use --codec prores or ffv1 to keep it"
    ]
    assert any("subtitle stream" in note and "left out" in note for note in facts(source, "o.mp4")["notes"])
    assert any("sound" in note for note in facts(source, "folder")["notes"])


def test_images_are_told_too(tmp_path: Path) -> None:
    found = facts(tiny.images(tmp_path / "shot", tiny.pictures(3)), "out")
    assert (found["file"]["container"], found["video"]["codec"]) == ("images", "png")
    assert found["time"]["frames"] == 3 and found["notes"] == []


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(3), audio=("eng",))
    assert main(["probe", str(source)]) == 0
    out, err = capsys.readouterr()
    assert "width 64, height 48" in out and "stream 1:  audio, aac, eng" in out and not err
    assert main(["probe", str(source), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == facts(source)
    assert main(["probe", str(tmp_path / "none.mp4")]) == 2


def with_second_track(path: Path, code: bytes, handler: bytes) -> Path:
    """A clip whose second video is told to be something else, as phones write it."""
    whole = make.video(path, tiny.pictures(5), codec="libx264")
    other = path.with_name(f"two_{path.name}")
    with av.open(str(whole)) as source, av.open(str(other), "w") as made:
        video = source.streams.video[0]
        tracks = [made.add_stream_from_template(video, opaque=True) for _ in range(2)]
        tracks[1].metadata["handler_name"] = "Core Media Video"
        for packet in source.demux(video):
            for track in tracks if packet.size else ():
                again = av.Packet(bytes(packet))
                again.pts, again.dts, again.time_base = packet.pts, packet.dts, packet.time_base
                again.stream = track
                made.mux(again)
    data = bytearray(other.read_bytes())
    for old, new in ((b"avc1", code), (b"vide", handler)):
        place = data.rindex(old)
        data[place : place + 4] = new
    other.write_bytes(data)
    return other


@pytest.mark.parametrize(
    ("code", "handler", "content"),
    [
        (b"dish", b"auxv", "disparity (HEVC)"),
        (b"dish", b"vide", "disparity (HEVC)"),
        (b"deph", b"auxv", "depth (HEVC)"),
        (b"mebx", b"meta", "timed metadata"),
    ],
)
@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_tracks_of_phones_are_told_by_name_and_left_out(
    tmp_path: Path, suffix: str, code: bytes, handler: bytes, content: str, capsys: pytest.CaptureFixture
) -> None:
    source = with_second_track(tmp_path / "a.mov", code, handler)
    stream = facts(source)["streams"][1]
    assert (stream["content"], stream["title"], stream["codec"]) == (content, "Core Media Video", None)
    assert main(["probe", str(source)]) == 0
    assert content in capsys.readouterr().out
    notes = copy(source, tmp_path / f"b{suffix}")
    assert len(notes) == 1 and f"stream 1 ({content}) is left out" in notes[0]
    assert len(facts(tmp_path / f"b{suffix}")["streams"]) == 1


def test_the_second_view_is_told(tmp_path: Path) -> None:
    box = (12).to_bytes(4, "big") + b"lhvC" + bytes(4)
    options = {"x265-params": "log-level=none"}
    source = make.video(tmp_path / "a.mov", tiny.pictures(3), codec="libx265", options=options)
    assert track_contents(source) == {}
    assert track_contents(with_box(source, box)) == {1: "two views (MV-HEVC)"}


@pytest.mark.parametrize(("number", "how"), [(3, "side by side"), (4, "one above the other")])
def test_views_in_one_picture_are_told(tmp_path: Path, number: int, how: str) -> None:
    options = {"x264-params": f"frame-packing={number}"}
    source = make.video(tmp_path / "a.mp4", tiny.pictures(3), options=options)
    assert facts(source)["notes"] == [f"stereoscopic video, two views {how}: treated as one picture"]


def with_box(path: Path, box: bytes) -> Path:
    """The clip with a box put into the description of its video."""
    data = bytearray(path.read_bytes())
    code = bytes(data[(begin := data.index(b"stsd") + 16) : begin + 4])
    entry = data.index(code, data.index(b"stsd")) - 4
    place = entry + int.from_bytes(data[entry : entry + 4], "big")
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", code):
        begin = entry if name == code else data.rindex(name, 0, entry + 8) - 4
        size = int.from_bytes(data[begin : begin + 4], "big") + len(box)
        data[begin : begin + 4] = size.to_bytes(4, "big")
    data[place:place] = box
    path.write_bytes(data)
    return path


def with_dolby_vision(path: Path, profile: int, compatibility: int) -> Path:
    """The clip with Dolby Vision's configuration put into the description of its video."""
    box = (
        (32).to_bytes(4, "big") + b"dvvC" + bytes([1, 0, profile << 1, 0b101, compatibility << 4, *[0] * 19])
    )
    return with_box(path, box)


@pytest.mark.parametrize(
    ("profile", "compatibility", "tags", "said"),
    [
        (
            8,
            4,
            (9, 18, 9, 1),
            "profile 8.4 describes the old frames and is left out; what remains is valid HLG",
        ),
        (
            8,
            1,
            (9, 16, 9, 1),
            "profile 8.1 describes the old frames and is left out; what remains is valid HDR10",
        ),
        (5, 0, (2, 2, 2, 2), "profile 5 has no picture that is right without its metadata"),
    ],
)
def test_dolby_vision_is_told(
    tmp_path: Path, profile: int, compatibility: int, tags: tuple[int, ...], said: str
) -> None:
    options = {"x265-params": "log-level=none", "tag": "hvc1"}
    plain = make.video(
        tmp_path / "a.mov", tiny.pictures(3), codec="libx265", pixel_format="yuv420p10le", tags=tags,
        options=options,
    )  # fmt: skip
    data = plain.read_bytes()
    plain.write_bytes(data.replace(b"hev1", b"hvc1"))
    assert dolby_vision(plain) is None
    source = with_dolby_vision(plain, profile, compatibility)
    assert dolby_vision(source) == DolbyVision(profile, compatibility)
    found = facts(source)
    assert found["time"]["frames"] == 3
    assert found["colour"]["dolby_vision"] == str(DolbyVision(profile, compatibility))
    assert any(said in note for note in found["notes"])


def test_dolby_vision_without_a_header_goes_by_the_tags(tmp_path: Path) -> None:
    assert dolby_vision(make.video(tmp_path / "a.mkv", tiny.pictures(2))) is None
    assert left_out(None, "hlg").endswith("what remains is valid HLG")
    assert left_out(None, "bt709").endswith("left out")
    beyond = b"\0\0\0\x01mdat" + b"\xff" * 8
    for header in (b"\0\0\0\x08moov\0\0", b"\0\0\0\x10moov\0\0\0\x20dvvC\1", beyond):
        (tmp_path / "short.mp4").write_bytes(header)
        assert dolby_vision(tmp_path / "short.mp4") is None
