"""Reading video files: geometry, colour, time, ranges."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from anybokeh.clip import open_clip
from anybokeh.clip.colour import FromRgb, ToRgb
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError

from . import make


def read(path: Path, **options: float) -> list:
    with open_clip(path, **options) as reader:
        return list(reader)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Of two pictures of the same integer type, 100 if they are equal."""
    error = (a.astype(np.float64) - b) / np.iinfo(a.dtype).max
    return -10 * np.log10(max(np.mean(error**2), 1e-10))


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotated_and_mirrored_sources_come_out_upright(tmp_path: Path, degrees: int, mirror: bool) -> None:
    stored = make.picture(64, 96)
    path = make.video(
        tmp_path / "a.mp4", [stored], rotation=degrees, mirror=mirror, pixel_aspect=Fraction(4, 3)
    )
    upright = np.rot90(stored, degrees // 90)
    if mirror:
        upright = upright[:, ::-1]
    with open_clip(path) as reader:
        info, frame = reader.info, next(iter(reader))
    assert (info.height, info.width) == upright.shape[:2] == frame.pixels.shape[:2]
    assert info.pixel_aspect == (Fraction(4, 3) if degrees % 180 == 0 else Fraction(3, 4))
    assert psnr(frame.pixels, upright) > 30
    if not mirror:
        assert info.rotation == degrees


# kr, kb of BT.601, BT.709 and BT.2020, by H.273 number
_MATRICES = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def stored_yuv(pixels: np.ndarray, matrix: int, full: bool, bits: int) -> np.ndarray:
    """RGB in [0, 1] as code values, by the textbook: (3, height, width)."""
    kr, kb = _MATRICES[matrix]
    r, g, b = np.moveaxis(pixels, -1, 0)
    y = kr * r + (1 - kr - kb) * g + kb * b
    chroma = np.stack([(b - y) / (1 - kb) / 2, (r - y) / (1 - kr) / 2])
    scale = 1 << (bits - 8)
    if full:
        top = (1 << bits) - 1
        codes = np.concatenate([y[None] * top, chroma * top + 128 * scale])
    else:
        codes = np.concatenate([16 * scale + y[None] * 219 * scale, 128 * scale + chroma * 224 * scale])
    return np.clip(np.rint(codes), 0, (1 << bits) - 1).astype(np.uint16)


@pytest.mark.parametrize("matrix", [1, 5, 9])
def test_full_range_levels_come_back_as_they_were(matrix: int) -> None:
    rgb = np.random.default_rng(0).random((64, 64, 3))
    codes = np.ascontiguousarray(np.moveaxis(stored_yuv(rgb, matrix, True, 8), 0, -1).astype(np.uint8))
    pixels, _ = ToRgb(matrix, True)(_stored(codes))
    for stored in ("yuv444p", "yuvj444p"):
        back = FromRgb(stored, matrix, True)(pixels, None).to_ndarray(channel_last=True)
        # colours at the rim of the cube cannot be told apart in 8 bits of RGB
        assert np.mean(back != codes) < 0.001
    flat = np.full((16, 16, 3), 160, np.uint8)
    halved = FromRgb("yuvj420p", matrix, True)(ToRgb(matrix, True)(_stored(flat))[0], None).to_ndarray()
    assert np.unique(halved).tolist() == [160]


def _stored(codes: np.ndarray) -> VideoFrame:
    return VideoFrame.from_ndarray(codes, "yuv444p", channel_last=True)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
def test_colours_follow_the_tagged_matrix_and_range(
    tmp_path: Path, matrix: int, full: bool, bits: int
) -> None:
    import av

    pixels = make.picture(48, 64).astype(np.float64) / 255
    pixels[:8, :8], pixels[:8, 8:16] = 0, 1
    codes = stored_yuv(pixels, matrix, full, bits)
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuv444p" if bits == 8 else "yuv444p10le"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 2 if full else 1
        frame = av.VideoFrame(64, 48, stream.pix_fmt)
        for plane, values in zip(frame.planes, codes, strict=True):
            kind = np.uint8 if bits == 8 else np.uint16
            rows = np.zeros((48, plane.line_size // kind().itemsize), kind)
            rows[:, :64] = values
            plane.update(rows.tobytes())
        frame.pts = 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with open_clip(path) as reader:
        info, got = reader.info, next(iter(reader)).pixels
    assert (info.colour.matrix, info.colour.range, info.bit_depth) == (matrix, 2 if full else 1, bits)
    top = 255 if bits == 8 else 65535
    error = np.abs(got / top - pixels)
    # the stored codes are rounded, which costs up to 1.6 levels after the matrix
    assert error.max() < 2.2 / ((1 << bits) - 1)
    assert got[2, 2].tolist() == [0, 0, 0]
    assert (got[2, 12] == top).all()


def test_times_of_a_variable_rate_are_exact(tmp_path: Path) -> None:
    times = [0, 512, 900, 3000, 3300, 9000, 9001, 12800]
    path = make.video(tmp_path / "a.mp4", [make.picture(48, 64, i) for i in range(8)], times=times)
    with open_clip(path) as reader:
        assert reader.info.variable_rate
        assert reader.info.frame_count == 8
        frames = list(reader)
    assert [f.time for f in frames] == [Fraction(t, 12800) for t in times]
    assert [f.index for f in frames] == list(range(8))
    assert frames[2].duration == Fraction(2100, 12800)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "3"}])
def test_a_rate_that_changes_late_is_noticed(tmp_path: Path, name: str, options: dict[str, str]) -> None:
    times = [512 * i for i in range(80)] + [512 * 79 + 2048 * i for i in range(1, 6)]
    path = make.video(
        tmp_path / name, [make.picture(32, 48, i) for i in range(85)], times=times, options=options
    )
    with open_clip(path) as reader:
        assert source_times(reader.info) == pytest.approx([t / 12800 for t in times], abs=1e-3)
        assert source_times(reader.info) == pytest.approx([float(f.time) for f in reader])


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_one_frame(tmp_path: Path, name: str) -> None:
    path = make.video(tmp_path / name, [make.picture(48, 64)])
    with open_clip(path) as reader:
        assert not reader.info.variable_rate
        (frame,) = reader
    assert (frame.index, frame.time) == (0, 0)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("irregular", [False, True])
def test_a_range_gives_the_same_frames_as_reading_everything(
    tmp_path: Path, name: str, irregular: bool
) -> None:
    rng = np.random.default_rng(0)
    steps = rng.integers(200, 1500, 60) if irregular else np.full(60, 512)
    times = np.cumsum(steps).tolist()
    options = {"g": "12", "bf": "3"}
    path = make.video(
        tmp_path / name, [make.picture(48, 64, i) for i in range(60)], times=times, options=options
    )
    everything = read(path)
    assert len(everything) == 60
    for start, end in [(None, 0.7), (0.5, None), (0.9, 1.3), (everything[24].time, None), (0, 0.01)]:
        low, high = Fraction(start or 0), Fraction(end or 1000)
        wanted = [f for f in everything if low <= f.time < high]
        with open_clip(path, start=None if start is None else float(start), end=end) as r:
            got = list(r)
            assert r.frame_count == len(wanted)
        assert [(f.index, f.time) for f in got] == [(f.index, f.time) for f in wanted]
        for a, b in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(a.pixels, b.pixels)


def moving_bar(between_fields: int) -> list[np.ndarray]:
    """A bar that moves 8 pixels a frame, and so many from one field to the other."""
    frames = []
    for i in range(10):
        woven = make.picture(64, 128) // 3
        for field in range(2):
            left = 8 + 8 * i + between_fields * field
            woven[field::2, left : left + 24] = 255
        frames.append(woven)
    return frames


def flagged(path: Path, pictures: list[np.ndarray]) -> Path:
    """A video that says that it is interlaced."""
    options = {"x264-params": "tff=1", "flags": "+ildct+ilme", "crf": "5"}
    return make.video(path, pictures, options=options)


def combing(picture: np.ndarray) -> float:
    lines = picture[..., 1].astype(float)
    return np.abs(2 * lines[1:-1] - lines[:-2] - lines[2:]).mean()


def test_progressive_film_that_is_flagged_as_interlaced_is_left_alone(tmp_path: Path) -> None:
    pictures = moving_bar(0)
    path = flagged(tmp_path / "a.mp4", pictures)
    with open_clip(path) as reader:
        info, frames = reader.info, list(reader)
    assert not info.interlaced and len(info.notes) == 1 and "progressive" in info.notes[0]
    with open_clip(path, deinterlace="on") as reader:
        changed = list(reader)
        assert reader.info.interlaced
    kept, lost = (min(psnr(f.pixels, p) for f, p in zip(x, pictures, strict=True)) for x in (frames, changed))
    assert kept > lost + 1


def test_deinterlacing_can_be_left_out(tmp_path: Path) -> None:
    pictures = moving_bar(4)
    with open_clip(flagged(tmp_path / "a.mp4", pictures), deinterlace="off") as reader:
        frames = list(reader)
        assert not reader.info.interlaced and not reader.info.notes
    assert combing(frames[5].pixels) > 0.9 * combing(pictures[5])


def test_what_does_not_move_is_as_its_flag_says(tmp_path: Path) -> None:
    with open_clip(flagged(tmp_path / "a.mp4", [make.picture(64, 128)] * 6)) as reader:
        assert reader.info.interlaced
    with pytest.raises(InputError, match="expected auto, on, off"):
        open_clip(tmp_path / "a.mp4", deinterlace="maybe")


def test_interlaced_frames_are_deinterlaced_at_the_same_rate(tmp_path: Path) -> None:
    moving = moving_bar(4)
    path = flagged(tmp_path / "a.mp4", moving)
    with open_clip(path) as reader:
        info, frames = reader.info, list(reader)
    assert info.interlaced and "deinterlaced" in " ".join(info.notes)
    assert [f.time for f in frames] == [Fraction(i, 25) for i in range(10)]
    assert combing(moving[5]) > 8
    assert combing(frames[5].pixels) < 0.4 * combing(moving[5])


def test_bad_files_are_named_in_one_line(tmp_path: Path) -> None:
    good = make.video(
        tmp_path / "good.mp4",
        [make.picture(64, 96, i) for i in range(20)],
        audio=("eng",),
        options={"movflags": "faststart"},
    )
    data = good.read_bytes()
    samples = {
        "empty.mp4": b"",
        "text.mp4": b"this is not a video\n" * 50,
        "head.mp4": data[: len(data) // 8],
        "half.mp4": data[: len(data) * 2 // 3],
        "zeros.mkv": bytes(5000),
    }
    for name, content in samples.items():
        (tmp_path / name).write_bytes(content)
    import av

    with av.open(str(tmp_path / "sound.m4a"), "w") as container:
        track = container.add_stream("aac", 48000)
        make._sine(container, track, 0.5, 440)
    for name in [*samples, "sound.m4a", "missing.mp4"]:
        with pytest.raises(InputError) as caught:
            open_clip(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_matroska_file_cut_short_is_refused(tmp_path: Path) -> None:
    good = make.video(tmp_path / "good.mkv", [make.picture(96, 128, i) for i in range(50)])
    short = tmp_path / "short.mkv"
    short.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    with pytest.raises(InputError, match=r"short\.mkv: cut short"):
        open_clip(short)


def test_damage_in_the_middle_is_reported_while_reading(tmp_path: Path) -> None:
    path = make.video(
        tmp_path / "a.mkv",
        [make.picture(96, 128, i) for i in range(50)],
        codec="ffv1",
        pixel_format="yuv420p",
        options={"slicecrc": "1", "level": "3"},
    )
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20000] = bytes(20000)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.mkv: damaged"):
        read(path)


@pytest.mark.parametrize(("start", "end"), [(-1, None), (5, None), (1, 1), (1, 0.5), (float("nan"), None)])
def test_impossible_ranges(tmp_path: Path, start: float, end: float | None) -> None:
    path = make.video(tmp_path / "a.mp4", [make.picture(48, 64)] * 25)
    with pytest.raises(InputError, match=r"start|end"):
        open_clip(path, start=start, end=end)


def remux(source: Path, target: Path, shift: dict[str, float]) -> Path:
    """Copy packets with each kind of stream moved by that many seconds."""
    import av

    with av.open(str(source)) as given, av.open(str(target), "w") as remuxed:
        streams = {s.index: remuxed.add_stream_from_template(s, opaque=True) for s in given.streams}
        for packet in given.demux():
            if packet.dts is None:
                continue
            move = round(shift.get(packet.stream.type, 0) / packet.time_base)
            packet.pts, packet.dts = packet.pts + move, packet.dts + move
            packet.stream = streams[packet.stream_index]
            remuxed.mux(packet)
    return target


def test_frames_hidden_by_an_edit_list_do_not_count(tmp_path: Path) -> None:
    pictures = [make.picture(48, 64, i) for i in range(30)]
    whole = make.video(tmp_path / "a.mp4", pictures, options={"g": "10", "bf": "2"})
    cut = remux(whole, tmp_path / "b.mp4", {"video": -0.2})
    with open_clip(cut) as reader:
        frames = list(reader)
        # of the frames that are shown
        assert (reader.info.frame_count, reader.info.frame_count_exact) == (25, True)
    for frame, picture in zip(frames, pictures[5:], strict=True):
        assert psnr(frame.pixels, picture) > 30
    assert [f.time for f in frames] == [Fraction(i, 25) for i in range(25)]
    later = read(cut, start=0.8)
    assert [f.index for f in later] == list(range(20, 25))
    np.testing.assert_array_equal(later[0].pixels, frames[20].pixels)


def test_recordings_that_begin_between_key_frames(tmp_path: Path) -> None:
    pictures = [make.picture(96, 128, i) for i in range(60)]
    whole = make.video(tmp_path / "a.ts", pictures, options={"g": "12", "bf": "2"})
    late = tmp_path / "b.ts"
    late.write_bytes(whole.read_bytes()[188 * 60 :])
    frames = read(late)
    assert 30 < len(frames) < 60
    for frame, picture in zip(frames, pictures[-len(frames) :], strict=True):
        assert psnr(frame.pixels, picture) > 28
    assert [f.index for f in read(late, start=0.5)] == list(range(13, len(frames)))


@pytest.mark.parametrize(
    ("codec", "pixel_format", "options"),
    [
        ("libx264", "yuv420p", {"bf": "2", "g": "10"}),
        ("mpeg4", "yuv420p", {"g": "5"}),
        ("mjpeg", "yuvj420p", {}),
    ],
)
def test_frames_of_avi_follow_at_the_nominal_rate(
    tmp_path: Path, codec: str, pixel_format: str, options: dict[str, str]
) -> None:
    path = make.video(
        tmp_path / "a.avi",
        [make.picture(48, 64, i) for i in range(30)],
        codec=codec,
        pixel_format=pixel_format,
        time_base=Fraction(1, 25),
        step=1,
        options=options,
    )
    frames = read(path)
    assert [f.time for f in frames] == [Fraction(i, 25) for i in range(30)]
    with open_clip(path, start=0.5, end=0.8) as reader:
        part = list(reader)
        assert reader.frame_count == len(part)
    assert [f.index for f in part] == list(range(13, 20))
    for ours, whole in zip(part, frames[13:20], strict=True):
        np.testing.assert_array_equal(ours.pixels, whole.pixels)
