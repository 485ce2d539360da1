"""Pixels survive the way through float planes."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.clip.pixels import to_frames, to_pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_integer_survives(dtype):
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    pixels = np.stack([values, values[::-1], values], axis=-1).reshape(-1, 16, 3)
    planes = to_frames(pixels)
    assert planes.shape == (3, *pixels.shape[:2])
    assert planes.dtype == np.float32
    assert planes.min() == 0
    assert planes.max() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(to_pixels(planes, np.dtype(dtype)), pixels)


def test_floats_survive_beyond_white():
    pixels = np.random.default_rng(1).normal(2, 3, (5, 7, 3)).astype(np.float32)
    assert np.array_equal(to_pixels(to_frames(pixels), np.dtype(np.float32)), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_rounded_and_clipped(dtype):
    largest = np.iinfo(dtype).max
    plane = np.array([-1, 0.4 / largest, 0.6 / largest, 1.5, 200], np.float32)
    pixels = to_pixels(np.broadcast_to(plane, (3, 1, 5)), np.dtype(dtype))
    assert pixels[0, :, 0].tolist() == [0, 0, 1, largest, largest]
