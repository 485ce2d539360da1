"""Disparity from grey videos."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from anybokeh.disparity import open_disparity
from anybokeh.disparity.video import open_map_video
from anybokeh.errors import InputError

WIDTH, HEIGHT, COUNT = 64, 48, 70


def write_video(path, codec, pixel_format, source_format, value):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        for index in range(COUNT):
            frame = VideoFrame.from_ndarray(value(index), format=source_format)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def grey16(index: int) -> np.ndarray:
    return np.add.outer(np.arange(HEIGHT) * 900, np.arange(WIDTH) * 300 + index * 37).astype(np.uint16)


def grey8(index: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH), 40 + 2 * index, np.uint8)


@pytest.mark.parametrize("name", ["maps.mkv", "maps.avi"])
def test_sixteen_bits_are_kept_in_any_order_of_reading(tmp_path, name):
    source = open_disparity(write_video(tmp_path / name, "ffv1", "gray16le", "gray16le", grey16))
    assert (source.count, source.size) == (COUNT, (WIDTH, HEIGHT))
    for index in (0, 1, 2, 50, 49, 3, 69):
        np.testing.assert_allclose(source.read(index), grey16(index) / 65535, atol=3 / 65535)


def test_lossy_video_stays_close(tmp_path):
    source = open_disparity(write_video(tmp_path / "maps.mp4", "libx264", "yuv420p", "gray", grey8))
    for index in (5, 60):
        np.testing.assert_allclose(source.read(index), grey8(index) / 255, atol=2 / 255)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("maps.mpeg", "mpeg2video", "yuv420p"),
        ("maps.wmv", "wmv2", "yuv420p"),
        ("maps.flv", "flv", "yuv420p"),
        ("maps.ogv", "libtheora", "yuv420p"),
        ("maps.gif", "gif", "gray"),
        ("maps.film", "ffv1", "gray"),
    ],
)
def test_any_video_is_a_video(tmp_path, name, codec, pixel_format):
    if codec not in av.codecs_available:
        pytest.skip("this build of ffmpeg lacks the encoder")
    path = tmp_path / name
    if name == "maps.film":
        write_video(tmp_path / "maps.mkv", codec, pixel_format, "gray", grey8).rename(path)
    else:
        write_video(path, codec, pixel_format, "gray", grey8)
    source = open_disparity(path)
    assert source.count in (COUNT, COUNT - 1)  # some of these containers lose the last one
    for index in (5, 50):
        np.testing.assert_allclose(source.read(index), grey8(index) / 255, atol=3 / 255)


def test_threads_may_read_at_once(tmp_path):
    source = open_disparity(write_video(tmp_path / "maps.mkv", "ffv1", "gray", "gray", grey8))
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(source.read, range(COUNT)))
    for index, values in enumerate(read):
        np.testing.assert_allclose(values, grey8(index) / 255, atol=1.01 / 255)


def test_colour_where_nobody_looks_is_no_matter_and_where_one_does_is_told_each_time(tmp_path):
    def tinted(index):
        return np.tile(np.array([250, 40, 20] if index < 3 else [index] * 3, np.uint8), (HEIGHT, WIDTH, 1))

    maps = open_map_video(write_video(tmp_path / "maps.mkv", "ffv1", "bgr0", "rgb24", tinted))
    assert (maps.read(9) == 9).all()
    for _ in range(2):
        with pytest.raises(InputError, match="frame 1: is in colour"):
            maps.read(1)
    assert (maps.read(5) == 5).all()


def test_colour_video_is_refused(tmp_path):
    def colour(index):
        return np.tile(np.array([250, 40, 20], np.uint8), (HEIGHT, WIDTH, 1))

    path = write_video(tmp_path / "maps.mp4", "libx264", "yuv420p", "rgb24", colour)
    with pytest.raises(InputError, match="colour"):
        open_disparity(path)
