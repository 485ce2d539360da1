"""Small views of frames, and the optical flow between consecutive ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from anybokeh.disparity.glimpses import Flows, glimpse, moved
from anybokeh.hidden.bands import BANDS

_EDGE = 0.5 / BANDS
"""Range of disparity within a few pixels from which flow there may be that of another surface."""
_AT_EDGES = 0.02
_TEXTURE = 6.0
"""Gradient in 8-bit levels a pixel from which flow can be trusted."""
_UNTEXTURED = 0.02
_SLACK = 0.5
"""Pixels by which flow there and back may miss."""


@dataclass(frozen=True, eq=False)
class View:
    """A frame at about `glimpses.WIDTH` pixels across.

    Attributes:
        picture: (height, width, 3) float32, 8-bit levels, smoothed a little.
        disparity: (height, width) float32.
        nearest, farthest: (height, width) float32, of four pixels with each as the upper left.
        trust: (height, width) float32 in [0, 1], how far flow there is that of the pixel's own surface.
        sight: (height, width, 3) uint8, what optical flow looks at.
    """

    picture: np.ndarray
    disparity: np.ndarray
    nearest: np.ndarray
    farthest: np.ndarray
    trust: np.ndarray
    sight: np.ndarray


def view(picture: np.ndarray, disparity: np.ndarray) -> View:
    """The small view of a picture (height, width, 3) uint8 and its disparity (height, width)."""
    small = glimpse(picture, disparity)
    square = np.ones((5, 5), np.uint8)
    span = cv2.dilate(small.disparity, square) - cv2.erode(small.disparity, square)
    grey = cv2.cvtColor(small.picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, -1, 1, 0, scale=0.125), cv2.Sobel(grey, -1, 0, 1, scale=0.125)
    energy = cv2.blur(across * across + down * down, (5, 5))
    trust = energy / (energy + np.float32(_TEXTURE**2)) + np.float32(_UNTEXTURED)
    trust *= np.where((span < _EDGE) & (small.flat > 0), np.float32(1), np.float32(_AT_EDGES))
    colours = cv2.GaussianBlur(small.picture.astype(np.float32), (3, 3), 0)
    size = small.disparity.shape[::-1]
    plain = cv2.resize(disparity, size, interpolation=cv2.INTER_NEAREST)
    four = np.ones((2, 2), np.uint8)
    nearest, farthest = cv2.dilate(plain, four, anchor=(0, 0)), cv2.erode(plain, four, anchor=(0, 0))
    return View(colours, plain, nearest, farthest, trust, small.picture)


def linked(earlier: View, later: View, flows: Flows) -> tuple[np.ndarray, np.ndarray] | None:
    """Flow from one view to the next and back with its trust, (height, width, 3) each; None at a cut."""
    found = flows.between(earlier.sight, later.sight)
    if found is None:
        return None
    forward, backward, _ = found
    return _trusted(forward, backward, earlier.trust), _trusted(backward, forward, later.trust)


def _trusted(flow: np.ndarray, back: np.ndarray, trust: np.ndarray) -> np.ndarray:
    miss = flow + moved(back, flow)
    miss *= miss
    off = 1 + (miss[..., 0] + miss[..., 1]) / np.float32(_SLACK**2)
    result = np.empty((*trust.shape, 3), np.float32)
    result[..., :2] = flow
    np.divide(trust, off * off, out=result[..., 2])
    return result


def brightened(view: View, gain: np.ndarray) -> View:
    """A view with its colours times `gain`, (3,)."""
    return view if (gain == 1).all() else replace(view, picture=view.picture * gain)
