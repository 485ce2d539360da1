"""Animations and several pages in one file: all images, with their times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from anybokeh.clip import open_clip
from anybokeh.clip.times import source_times
from anybokeh.disparity import open_disparity
from anybokeh.errors import InputError

from . import make
from .test_video import psnr, read
from .test_writer import copy

PICTURES = [make.picture(64, 96, 3 * i) for i in range(5)]
TIMES = [0, 100, 400, 500, 620]


def animation(path: Path) -> Path:
    codec, pixel_format, container = {
        ".gif": ("gif", "rgb8", "gif"),
        ".png": ("apng", "rgb24", "apng"),
        ".apng": ("apng", "rgb24", "apng"),
        ".webp": ("libwebp_anim", "yuv420p", "webp"),
    }[path.suffix]
    if codec not in av.codecs_available:
        pytest.skip("this build of ffmpeg lacks the encoder")
    with av.open(str(path), "w", format=container) as made:
        stream = made.add_stream(codec, 25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, pixel_format
        stream.codec_context.time_base = Fraction(1, 1000)
        for pixels, time in zip(PICTURES, TIMES, strict=True):
            frame = VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.apng", "a.webp"])
def test_animations_are_clips_with_their_times(tmp_path: Path, name: str) -> None:
    source = animation(tmp_path / name)
    with open_clip(source) as reader:
        frames, info = list(reader), reader.info
        assert info.variable_rate
        np.testing.assert_allclose(source_times(info), np.array(TIMES) / 1000, atol=1e-6)
    assert [frame.time * 1000 for frame in frames] == TIMES
    assert [frame.duration for frame in frames[:-1]] == [Fraction(t, 1000) for t in (100, 300, 100, 120)]
    for frame, picture in zip(frames, PICTURES, strict=True):
        assert psnr(frame.pixels, picture) > (18 if name == "a.gif" else 30)
    assert [frame.index for frame in read(source, start=0.35, end=0.55)] == [2, 3]
    copy(source, tmp_path / "b.mp4")
    assert [float(frame.time) for frame in read(tmp_path / "b.mp4")] == pytest.approx(np.array(TIMES) / 1000)


def test_a_still_webp_is_an_image(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "a.webp"), PICTURES[0][..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 101])
    (frame,) = read(tmp_path / "a.webp")
    np.testing.assert_array_equal(frame.pixels, PICTURES[0])


def test_damaged_animations_are_told(tmp_path: Path) -> None:
    whole = animation(tmp_path / "a.webp").read_bytes()
    (tmp_path / "a.webp").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not a whole WEBP"):
        open_clip(tmp_path / "a.webp")


def test_a_webp_that_ends_in_its_header_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(b"RIFF\x0c\0\0\0WEBPVP8X\x0a\0\0\0")
    with pytest.raises(InputError, match="damaged"):
        open_clip(tmp_path / "a.webp")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pages_of_a_tiff_are_frames(tmp_path: Path, dtype: type) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, np.iinfo(dtype).max, (8, 12, 3), dtype) for _ in range(20)]
    done, data = cv2.imencodemulti(".tif", [picture[..., ::-1].copy() for picture in pictures])
    assert done
    (tmp_path / "a.tif").write_bytes(data.tobytes())
    frames = read(tmp_path / "a.tif")
    assert [frame.time for frame in frames] == [Fraction(i, 24) for i in range(20)]
    for frame, picture in zip(frames, pictures, strict=True):
        np.testing.assert_array_equal(frame.pixels, picture)
    assert [frame.index for frame in read(tmp_path / "a.tif", start=0.75)] == [18, 19]
    copy(tmp_path / "a.tif", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.tif"))) == 20


def test_reductions_of_an_image_are_no_frames(tmp_path: Path) -> None:
    done, data = cv2.imencodemulti(".tif", [PICTURES[0], PICTURES[0][::2, ::2].copy()])
    assert done
    (tmp_path / "a.tif").write_bytes(data.tobytes())
    assert len(read(tmp_path / "a.tif")) == 1


def test_pages_may_be_maps(tmp_path: Path) -> None:
    maps = [np.full((8, 12), 1000 * i, np.uint16) for i in range(5)]
    done, data = cv2.imencodemulti(".tif", maps)
    assert done
    (tmp_path / "maps.tif").write_bytes(data.tobytes())
    source = open_disparity(tmp_path / "maps.tif")
    assert source.count == 5
    np.testing.assert_allclose(source.read(3), 3000 / 65535, atol=1e-6)
