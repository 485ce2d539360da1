"""Layers of noise that move by themselves, with what each hides."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np


class Moving(NamedTuple):
    """frames: (frames, 3, height, width) in [0, 1]; disparity and block: (frames, height, width).

    back: (frames, 3, height, width), what the block hides; block is True where it is.
    """

    frames: np.ndarray
    disparity: np.ndarray
    block: np.ndarray
    back: np.ndarray


def moving(
    frames: int = 12,
    height: int = 72,
    width: int = 128,
    *,
    back: float = 1.0,
    block: float = -5.0,
    seed: int = 0,
) -> Moving:
    """A near block, 24 columns wide, that moves `block` pixels a frame; what is behind it moves `back`."""
    behind, near = _noise(seed, height, width + 200), _noise(seed + 1, height, width + 200)
    pictures, maps, blocks, backs = [], [], [], []
    for index in range(frames):
        shift = 100 + round(back * index)
        hidden = np.roll(behind, shift, axis=1)[:, 100 : 100 + width]
        left = round(width * 0.6 + block * index)
        inside = np.zeros((height, width), bool)
        inside[12:60, max(left, 0) : max(left + 24, 0)] = True
        front = np.roll(near, round(block * index), axis=1)[:, :width]
        pictures.append(np.where(inside[..., None], 1 - 0.5 * front, 0.6 * hidden).transpose(2, 0, 1))
        backs.append((0.6 * hidden).transpose(2, 0, 1))
        maps.append(np.where(inside, 0.85, 0.15))
        blocks.append(inside)
    return Moving(
        *(np.stack(one).astype(np.float32) for one in (pictures, maps)),
        np.stack(blocks),
        np.stack(backs).astype(np.float32),
    )


def _noise(seed: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())
