"""Clips written and read back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anybokeh.clip import ClipInfo, Frame, open_clip, open_writer


def frames(count: int, height: int, width: int, dtype: type = np.uint8) -> list[Frame]:
    """Noise, the hardest picture to keep."""
    rng = np.random.default_rng(1)
    top = np.iinfo(dtype).max
    return [
        Frame(i, Fraction(i, 24), Fraction(1, 24), rng.integers(0, top + 1, (height, width, 3), dtype))
        for i in range(count)
    ]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ["clip.mkv", "folder"])
def test_lossless_outputs_keep_every_bit(tmp_path: Path, name: str, dtype: type) -> None:
    written = frames(5, 37, 51, dtype)
    info = ClipInfo(tmp_path / "in", 51, 37, bit_depth=np.dtype(dtype).itemsize * 8, transfer="srgb")
    codec = "ffv1" if name.endswith(".mkv") else "png"
    with open_writer(tmp_path / name, info, codec=codec) as writer:
        for frame in written:
            writer.write(frame)
    with open_clip(tmp_path / name) as reader:
        read = list(reader)
    assert [f.index for f in read] == [0, 1, 2, 3, 4]
    for a, b in zip(written, read, strict=True):
        assert b.pixels.dtype == dtype
        np.testing.assert_array_equal(a.pixels, b.pixels)


def test_deep_frames_are_rounded_for_an_8_bit_output(tmp_path: Path) -> None:
    (frame,) = frames(1, 20, 30, np.uint16)
    with open_writer(tmp_path / "a.mkv", ClipInfo(tmp_path / "in", 30, 20), codec="ffv1") as writer:
        writer.write(frame)
    with open_clip(tmp_path / "a.mkv") as reader:
        (read,) = reader
    np.testing.assert_array_equal(read.pixels, np.rint(frame.pixels / 257).astype(np.uint8))


def test_a_reader_can_be_iterated_again(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.mkv", ClipInfo(tmp_path / "in", 30, 20), codec="ffv1") as writer:
        for frame in frames(6, 20, 30):
            writer.write(frame)
    with open_clip(tmp_path / "a.mkv") as reader:
        for frame in reader:
            if frame.index == 2:
                break
        assert [f.index for f in reader] == list(range(6))
