"""Writing clips: what survives, what is refused, what is left behind."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from anybokeh.clip import ClipInfo, Frame, available_codecs, check_output, codecs, open_clip, open_writer
from anybokeh.errors import InputError
from anybokeh.segments.work_folder import folder_of

from . import make
from .test_video import psnr, read


def copy(source: Path, target: Path, **options) -> tuple[str, ...]:
    """Read and write unchanged; return the writer's notes."""
    cut = {k: options.pop(k) for k in ("start", "end") if k in options}
    with (
        open_clip(source, **cut) as reader,
        open_writer(target, reader.info, source=source, **cut, **options) as writer,
    ):
        for frame in reader:
            writer.write(frame)
    return writer.notes


def stream_of(path: Path) -> tuple[str, str]:
    """Codec and pixel format."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return context.codec.canonical_name, context.pix_fmt


PICTURES = [make.picture(96, 128, i) for i in range(12)]


@pytest.mark.parametrize("name", ["b.mp4", "b.mov", "b.mkv"])
def test_the_default_is_visually_lossless_h264(tmp_path: Path, name: str) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES, tags=(1, 1, 1, 1), options={"crf": "1"})
    copy(source, tmp_path / name)
    assert stream_of(tmp_path / name) == ("h264", "yuv420p")
    for a, b in zip(read(source), read(tmp_path / name), strict=True):
        assert psnr(a.pixels, b.pixels) > 45


@pytest.mark.parametrize("codec", available_codecs())
@pytest.mark.parametrize("size", [(63, 95), (63, 96), (64, 95)])
def test_odd_sizes_are_kept_or_refused(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    height, width = size
    info = ClipInfo(tmp_path / "in", width, height, frame_rate=Fraction(25))
    suffix = {"prores": ".mov", "vp9": ".webm"}.get(codec, ".mkv")
    target = tmp_path / f"b{suffix}"
    pixels = make.picture(height, width)
    try:
        with open_writer(target, info, codec=codec) as writer:
            writer.write(Frame(0, Fraction(0), None, pixels))
    except InputError as error:
        assert codec == "av1" and "even" in str(error)
        return
    (frame,) = read(target)
    assert frame.pixels.shape == (height, width, 3)
    assert psnr(frame.pixels if frame.pixels.dtype == np.uint8 else to_8_bits(frame.pixels), pixels) > 32


def test_hevc_takes_narrow_pictures_or_says_that_they_are_too_small(tmp_path: Path) -> None:
    # x265's own defaults write past its buffers at these widths, which ends the whole process
    pixels = make.picture(18, 34)
    info = ClipInfo(tmp_path / "in", 34, 18, frame_rate=Fraction(25))
    assert "cutree=0" in codecs.choose(tmp_path / "b.mp4", info, "hevc", None).options["x265-params"]
    with open_writer(tmp_path / "b.mp4", info, codec="hevc") as writer:
        for i in range(5):
            writer.write(Frame(i, Fraction(i, 25), None, pixels))
    assert psnr(read(tmp_path / "b.mp4")[4].pixels, pixels) > 32
    with pytest.raises(InputError, match="16 pixels or more"):
        check_output(tmp_path / "c.mp4", replace(info, height=14), codec="hevc")


@pytest.mark.parametrize("codec", available_codecs())
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_clips_keep_their_times(tmp_path: Path, codec: str, count: int) -> None:
    times = [Fraction(i, 25) for i in range(count)]
    info = ClipInfo(tmp_path / "in", 128, 96, frame_rate=Fraction(25))
    target = tmp_path / f"b{'.mov' if codec == 'prores' else '.mkv'}"
    with open_writer(target, info, codec=codec) as writer:
        for i, time in enumerate(times):
            writer.write(Frame(i, time, Fraction(1, 25), PICTURES[i]))
    assert [f.time for f in read(target)] == times


def to_8_bits(pixels: np.ndarray) -> np.ndarray:
    return np.rint(pixels / 257).astype(np.uint8)


def test_rotation_is_applied_and_its_tag_dropped(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES, rotation=90, pixel_aspect=Fraction(3, 2))
    copy(source, tmp_path / "b.mp4")
    with open_clip(tmp_path / "b.mp4") as reader:
        info, first = reader.info, next(iter(reader))
    assert (info.width, info.height, info.rotation, info.pixel_aspect) == (96, 128, 0, Fraction(2, 3))
    assert psnr(first.pixels, np.rot90(PICTURES[0])) > 30


@pytest.mark.parametrize(
    ("name", "expected"), [("b.mp4", "yuv420p10le"), ("b.mkv", "yuv420p10le"), ("b.mov", "yuv422p10le")]
)
@pytest.mark.parametrize("transfer", [(16, "pq"), (18, "hlg"), (1, "bt709")])
def test_ten_bits_and_hdr_tags_are_kept(tmp_path: Path, name: str, expected: str, transfer: tuple) -> None:
    # a ramp finer than 8 bits can tell
    ramp = np.linspace(20000, 24000, 128).astype(np.uint16)
    pixels = np.repeat(np.tile(ramp, (96, 1))[..., None], 3, axis=-1)
    display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    source = make.video(
        tmp_path / "a.mp4",
        [pixels] * 3,
        codec="libx265",
        pixel_format="yuv420p10le",
        tags=(9, transfer[0], 9, 1),
        options={
            "crf": "2",
            "x265-params": f"log-level=none:bframes=0:master-display={display}:max-cll=1000,400",
        },
    )
    notes = copy(source, tmp_path / name)
    assert stream_of(tmp_path / name) == ("prores" if name == "b.mov" else "hevc", expected)
    with open_clip(source) as a, open_clip(tmp_path / name) as b:
        assert a.info.bit_depth == b.info.bit_depth == 10
        assert a.info.transfer == b.info.transfer == transfer[1]
        assert b.info.colour == replace(a.info.colour, range=b.info.colour.range)
        assert b.info.colour.range in (0, 1)
        if name == "b.mov":
            assert "mastering" in " ".join(notes)
        else:
            assert a.info.light_levels == b.info.light_levels
            assert b.info.light_levels is not None and b.info.light_levels.content == (1000, 400)
        x, y = next(iter(a)).pixels, next(iter(b)).pixels
    assert x.dtype == y.dtype == np.uint16
    assert len(np.unique(y[48, :, 1])) > 40  # 8 bits would leave 16 steps
    assert psnr(x, y) > 50


def test_variable_frame_times_survive(tmp_path: Path) -> None:
    times = [0, 512, 900, 3000, 3300, 9000, 9001, 12800]
    source = make.video(tmp_path / "a.mp4", PICTURES[:8], times=times)
    copy(source, tmp_path / "b.mp4")
    a, b = read(source), read(tmp_path / "b.mp4")
    assert [f.time for f in b] == [Fraction(t, 12800) for t in times]
    assert [f.duration for f in b][:-1] == [f.duration for f in a][:-1]
    copy(source, tmp_path / "b.mkv")
    for f, t in zip(read(tmp_path / "b.mkv"), times, strict=True):
        assert abs(f.time - Fraction(t, 12800)) <= Fraction(1, 1000)  # Matroska counts milliseconds


def test_copied_streams_are_byte_identical(tmp_path: Path) -> None:
    source = make.video(
        tmp_path / "a.mp4",
        [make.picture(48, 64, i) for i in range(50)],
        audio=("eng", "fra"),
        subtitles=[(0.2, 0.6, "hello"), (1.1, 1.5, "world")],
        chapters=[(0, 1, "one"), (1, 2, "two")],
        metadata={"title": "A film"},
        stream_metadata={"timecode": "01:00:00:00", "language": "ita"},
    )
    for name in ("b.mp4", "b.mov", "b.mkv"):
        target = tmp_path / name
        notes = copy(source, target)
        assert make.packets(target, "audio") == make.packets(source, "audio")
        if name == "b.mkv":
            assert len(notes) == 1 and "subtitle" in notes[0]
        else:
            assert not notes
            assert make.packets(target, "subtitle") == make.packets(source, "subtitle")
        with av.open(str(target)) as container:
            assert [s.language for s in container.streams.audio] == ["eng", "fra"]
            assert container.streams.video[0].language == "ita"
            assert container.metadata["title"] == "A film"
            chapters = container.chapters()
            assert [c["metadata"]["title"] for c in chapters] == ["one", "two"]
            tags = {k.lower(): v for k, v in container.streams.video[0].metadata.items()}
            assert tags["timecode"] == "01:00:00:00"


def test_a_cut_keeps_sound_and_picture_together(tmp_path: Path) -> None:
    """A flash and a beep at the same time stay at the same time."""
    dark, bright = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), 255, np.uint8)
    source = make.video(
        tmp_path / "a.mkv",
        [bright if i == 60 else dark for i in range(100)],
        audio=("eng",),
        chapters=[(0, 2.2, "one"), (2.2, 4, "two")],
        stream_metadata={"timecode": "10:00:00:00"},
        beep=60 / 25,
    )
    copy(source, tmp_path / "b.mp4", start=2.01, end=3.5)
    with open_clip(tmp_path / "b.mp4") as reader:
        flash = next(f.time for f in reader if f.pixels.mean() > 128)
        assert reader.info.frame_count == 37
    assert flash == Fraction(60 - 51, 25)
    assert make.loudest(tmp_path / "b.mp4") == pytest.approx(float(flash), abs=0.005)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].metadata["timecode"] == "10:00:02:01"
        (one, two) = container.chapters()
    assert float(one["end"] * one["time_base"]) == pytest.approx(2.2 - 51 / 25, abs=0.001)
    assert float(two["end"] * two["time_base"]) == pytest.approx(3.5 - 51 / 25, abs=0.001)


@pytest.mark.parametrize("name", ["b.mov", "b.mkv", "b.webm", "folder"])
def test_alpha_is_kept_where_the_output_can_carry_it(tmp_path: Path, name: str) -> None:
    codec = {"b.mov": "prores", "b.mkv": "ffv1", "b.webm": "vp9"}.get(name)
    alpha = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1))
    pixels = make.picture(64, 96)
    info = ClipInfo(tmp_path / "in", 96, 64, has_alpha=True, pixel_format="rgba")
    with open_writer(tmp_path / name, info, codec=codec) as writer:
        writer.write(Frame(0, Fraction(0), None, pixels, alpha))
    assert not writer.notes
    (frame,) = read(tmp_path / name)
    assert frame.alpha is not None
    got = frame.alpha if frame.alpha.dtype == np.uint8 else to_8_bits(frame.alpha)
    assert np.abs(got.astype(int) - alpha).max() <= (0 if name in ("b.mkv", "folder") else 6)


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_alpha_that_the_output_loses_is_reported(tmp_path: Path, codec: str) -> None:
    info = ClipInfo(tmp_path / "in", 96, 64, has_alpha=True, pixel_format="rgba")
    with open_writer(tmp_path / "c.mp4", info, codec=codec) as writer:
        writer.write(Frame(0, Fraction(0), None, make.picture(64, 96), np.full((64, 96), 7, np.uint8)))
    assert "alpha" in " ".join(writer.notes)
    (frame,) = read(tmp_path / "c.mp4")
    assert frame.alpha is None


@pytest.mark.parametrize("name", ["b.mp4", "folder"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_an_interrupted_output_leaves_nothing_behind(tmp_path: Path, name: str, overwrite: bool) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES, audio=("eng",))
    target = tmp_path / name
    if overwrite:
        copy(source, target)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with (
        pytest.raises(KeyboardInterrupt),
        open_clip(source) as reader,
        open_writer(target, reader.info, source=source, overwrite=overwrite) as writer,
    ):
        for frame in reader:
            writer.write(frame)
            if frame.index == 6:
                raise KeyboardInterrupt
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    assert not [t for t in threading.enumerate() if t.name in ("ahead", "behind")]


def test_overwriting_replaces_the_whole_folder(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES)
    copy(source, tmp_path / "folder")
    copy(source, tmp_path / "folder", overwrite=True, start=0.2)
    assert sorted(p.name for p in (tmp_path / "folder").iterdir()) == [f"{i:06}.png" for i in range(5, 12)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "folder"]


def test_a_failing_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from anybokeh.clip import images

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(images, "save", full)
    source = make.video(tmp_path / "a.mp4", PICTURES)
    with pytest.raises(InputError, match="disk is full"):
        copy(source, tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_outputs_that_cannot_work_are_refused_before_work_starts(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES)
    info = open_clip(source).info
    (tmp_path / "link.mp4").symlink_to(source)
    (tmp_path / "there.mp4").write_bytes(b"x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    hdr = replace(info, bit_depth=10, transfer="pq")
    refused = [
        (source, {"overwrite": True}, info, "input itself"),
        (tmp_path / "link.mp4", {"overwrite": True}, info, "input itself"),
        (tmp_path / "there.mp4", {}, info, "--overwrite"),
        (tmp_path / "missing" / "b.mp4", {}, info, "does not exist"),
        (tmp_path / "b.xyz", {}, info, "unknown file type"),
        (tmp_path / "b.png", {}, info, "folder"),
        (tmp_path / "b.mp4", {"codec": "nonsense"}, info, "h264"),
        (tmp_path / "b.mp4", {"codec": "png"}, info, "folder"),
        (tmp_path / "b.mp4", {"codec": "ffv1"}, info, "mkv"),
        (tmp_path / "b.mp4", {"crf": 99}, info, "0 .best. to 51"),
        (tmp_path / "b.mov", {"codec": "prores", "crf": 9}, info, "no quality setting"),
        (tmp_path / "folder", {"codec": "h264"}, info, "png, tiff, exr"),
        (tmp_path / "mine", {"overwrite": True}, info, "thesis.txt"),
        (tmp_path / "b.webm", {"codec": "vp9"}, hdr, "HDR"),
        (tmp_path / "b.mkv", {"codec": "ffv1"}, replace(info, frame_count=10**12), "free"),
    ]
    if os.geteuid():
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        refused.append((locked / "b.mp4", {}, info, "cannot be written"))
    for path, options, about, message in refused:
        with pytest.raises(InputError, match=message) as caught:
            check_output(path, about, source=source, **options)
        assert "\n" not in str(caught.value)


def test_a_short_part_of_a_long_clip_needs_little_room(tmp_path: Path) -> None:
    info = ClipInfo(tmp_path / "in", 1920, 1080, frame_rate=Fraction(24), frame_count=10**9)
    with pytest.raises(InputError, match="free"):
        check_output(tmp_path / "folder", info)
    check_output(tmp_path / "folder", info, start=100, end=100.2)


def test_an_empty_selection_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    info = ClipInfo(tmp_path / "in", 64, 48)
    with pytest.raises(InputError, match="no frames"), open_writer(tmp_path / "b.mp4", info):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["b.mp4", "b.mov", "b.mkv"])
@pytest.mark.parametrize("tags", [(1, 1, 1, 1), (5, 6, 5, 1), (6, 6, 6, 1), (1, 13, 1, 2), (9, 14, 9, 1)])
def test_colour_tags_and_pixel_aspect_are_kept(tmp_path: Path, name: str, tags: tuple) -> None:
    source = make.video(tmp_path / "a.mkv", PICTURES[:3], tags=tags, pixel_aspect=Fraction(16, 11))
    copy(source, tmp_path / name)
    with open_clip(source) as a, open_clip(tmp_path / name) as b:
        assert (a.info.colour.primaries, a.info.colour.transfer, a.info.colour.matrix) == tags[:3]
        assert b.info.colour == a.info.colour
        assert b.info.pixel_aspect == Fraction(16, 11)
        for x, y in zip(a, b, strict=True):
            assert psnr(x.pixels, y.pixels) > 40


@pytest.mark.parametrize(
    ("codec", "pixel_format"), [("libx264", "yuv422p"), ("libx264", "yuv444p"), ("ffv1", "bgr0")]
)
def test_colour_resolution_is_kept(tmp_path: Path, codec: str, pixel_format: str) -> None:
    source = make.video(tmp_path / "a.mkv", PICTURES[:2], codec=codec, pixel_format=pixel_format)
    copy(source, tmp_path / "b.mp4")
    assert stream_of(tmp_path / "b.mp4")[1] == (pixel_format if codec == "libx264" else "yuv420p")


@pytest.mark.parametrize("codec", ["prores", "ffv1", "vp9", "av1"])
def test_every_codec_places_chroma_where_it_reads_it(tmp_path: Path, codec: str) -> None:
    """A shift of half a pixel between writing and reading would cost 10 dB."""
    if codec not in available_codecs():
        pytest.skip("this build of ffmpeg lacks the encoder")
    source = make.video(tmp_path / "a.mkv", PICTURES[:2], tags=(1, 1, 1, 1), options={"crf": "1"})
    target = tmp_path / f"b{'.mov' if codec == 'prores' else '.mkv'}"
    copy(source, target, codec=codec, crf=2 if codec in ("vp9", "av1") else None)
    for a, b in zip(read(source), read(target), strict=True):
        assert psnr(a.pixels, b.pixels if b.pixels.dtype == np.uint8 else to_8_bits(b.pixels)) > 44


def test_sound_that_begins_before_the_picture_keeps_its_lead(tmp_path: Path) -> None:
    from .test_video import remux

    whole = make.video(tmp_path / "a.mp4", PICTURES * 5, audio=("eng",), beep=1.0)
    source = remux(whole, tmp_path / "b.mp4", {"video": 0.3})
    copy(source, tmp_path / "c.mp4")
    assert make.loudest(source) == pytest.approx(0.7, abs=0.01)
    assert make.loudest(tmp_path / "c.mp4") == pytest.approx(0.7, abs=0.01)
    copy(source, tmp_path / "d.mp4", start=0.4)
    assert make.loudest(tmp_path / "d.mp4") == pytest.approx(0.3, abs=0.01)


def test_the_breakdance_clip(shared: Path, tmp_path: Path) -> None:
    source = shared / "clips" / "breakdance" / "clip.mp4"
    copy(source, tmp_path / "b.mp4", end=0.5)
    a, b = read(source, end=0.5), read(tmp_path / "b.mp4")
    assert len(a) == len(b) == 12
    assert [f.time for f in a] == [f.time for f in b]
    assert min(psnr(x.pixels, y.pixels) for x, y in zip(a, b, strict=True)) > 41  # grainy, much motion


def test_cover_pictures_fonts_and_further_videos(tmp_path: Path) -> None:
    whole = make.video(tmp_path / "a.mkv", PICTURES, audio=("eng",), subtitles=[(0.1, 0.3, "hello")])
    source = tmp_path / "b.mkv"
    with av.open(str(whole)) as given, av.open(str(source), "w") as remuxed:
        streams = {s.index: remuxed.add_stream_from_template(s, opaque=True) for s in given.streams}
        remuxed.add_attachment("font.ttf", "font/ttf", b"not really a font")
        for packet in given.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                remuxed.mux(packet)
    copy(source, tmp_path / "c.mkv")
    with av.open(str(tmp_path / "c.mkv")) as container:
        assert [s.type for s in container.streams] == ["video", "audio", "subtitle", "attachment"]
        assert container.streams.attachments[0].data == b"not really a font"
    assert make.packets(tmp_path / "c.mkv", "subtitle") == [[b"hello"]]
    notes = copy(source, tmp_path / "c.mp4")
    assert len(notes) == 2 and "subtitle" in notes[0] and "attachment" in notes[1]


def test_what_image_folders_lose_is_reported(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES[:2], audio=("eng",), pixel_aspect=Fraction(4, 3))
    notes = " ".join(copy(source, tmp_path / "folder"))
    assert "sound" in notes and "4/3" in notes


def test_the_input_is_never_inside_what_is_replaced(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES[:2])
    copy(source, tmp_path / "folder")
    with (
        open_clip(tmp_path / "folder" / "000000.png") as reader,
        pytest.raises(InputError, match="holds the input"),
    ):
        check_output(tmp_path / "folder", reader.info, overwrite=True)


@pytest.mark.parametrize("suffix", [".mp4", ""])
def test_the_longest_names_are_written(tmp_path: Path, suffix: str) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES[:2])
    target = tmp_path / ("ü" * 124 + "abcdefg"[: 255 - 248 - len(suffix)] + suffix)
    assert len(os.fsencode(target.name)) == 255
    copy(source, target)
    copy(source, target, overwrite=True)
    assert len(read(target)) == 2
    assert folder_of(target).name.startswith(".") and len(os.fsencode(folder_of(target).name)) < 255
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", target.name]


def test_names_that_no_file_system_takes_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long"):
        check_output(tmp_path / ("x" * 253 + ".mp4"), ClipInfo(tmp_path / "in", 64, 48))


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", PICTURES[:2])
    (tmp_path / "folder").mkdir()
    copy(source, tmp_path / "folder")
    assert len(read(tmp_path / "folder")) == 2
