"""Pictures beside each other, with their names."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def tile(frame: np.ndarray, text: str, widest: int) -> np.ndarray:
    """A frame (3, height, width) in [0, 1] as (h, w, 3) uint8 RGB, scaled down to `widest`, with its name.

    Height and width are even, as video codecs want them.
    """
    picture = np.ascontiguousarray(frame.transpose(1, 2, 0))
    height, width = picture.shape[:2]
    scale = min(1.0, widest / width)
    size = tuple(max(2, round(side * scale / 2) * 2) for side in (width, height))
    if size != (width, height):
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return _labelled(pixels, text)


def grid(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Tiles of one size in rows of `columns`, the rest black."""
    rows = []
    for first in range(0, len(tiles), columns):
        row = list(tiles[first : first + columns])
        row += [np.zeros_like(tiles[0])] * (columns - len(row))
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows, axis=0)


def _labelled(pixels: np.ndarray, text: str) -> np.ndarray:
    size = min(0.5, pixels.shape[1] / 640)
    (width, height), below = cv2.getTextSize(text, _FONT, size, 1)
    pixels[: height + below + 4, : width + 8] //= 3
    cv2.putText(pixels, text, (4, height + 2), _FONT, size, (255,) * 3, 1, cv2.LINE_AA)
    return pixels
