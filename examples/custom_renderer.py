"""A renderer of your own, in a few lines: gather the colours inside each pixel's circle of confusion.

A renderer is whatever has `name`, `segments` and `render`, see `anybokeh.render.Renderer`. The functions
`knows` and `load` below make this module a kind of renderer that `--renderer gather` finds, once a package
lists it:

    [project.entry-points."anybokeh.renderers"]
    gather = "custom_renderer"

python examples/custom_renderer.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from anybokeh import Lens, Shot
from anybokeh.optics.coc import circle_of_confusion
from anybokeh.optics.light import decode, encode
from anybokeh.render import LayeredRenderer, Renderer
from anybokeh.render.segment_plan import SegmentPlan, single_frames

RADII = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Pixels; between them blurred pictures are mixed."""


@dataclass(frozen=True)
class GatherRenderer:
    """Each pixel becomes the mean of the disc around it. Fast and simple; outlines bleed."""

    @property
    def name(self) -> str:
        return "gather"

    def segments(self, height: int, width: int) -> SegmentPlan:
        """Frames are rendered one by one, so any cut will do."""
        return single_frames(height, width)

    def render(self, shot: Shot) -> Any:
        """(frames, 3, height, width) float32, encoded as the shot's frames are."""
        shot = shot.without_context()
        light = decode(shot.frames, shot.transfer).astype(np.float32)
        rows = zip(light, shot.disparity, shot.focus, shot.blur, shot.range, strict=True)
        blurred = [
            gather(frame.transpose(1, 2, 0), circle_of_confusion(d, f, k, shot.display_width, r))
            for frame, d, f, k, r in rows
        ]
        result = encode(np.stack(blurred).transpose(0, 3, 1, 2), shot.transfer)
        return shot.like_input(result.astype(np.float32))


def gather(light: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """(height, width, 3) linear light, every pixel blurred by its radius (height, width) in pixels."""
    result = np.zeros_like(light)
    for index, size in enumerate(RADII):
        # 1 at this radius, falling to 0 at its neighbours
        share = np.interp(radius, RADII, np.eye(len(RADII))[index]).astype(np.float32)
        result += share[..., None] * (cv2.filter2D(light, -1, disc(size)) if size else light)
    return result


def disc(radius: float) -> np.ndarray:
    """A disc of ones around the middle of a square array, divided by their number."""
    reach = np.arange(-int(radius), int(radius) + 1)
    inside = (reach[:, None] ** 2 + reach**2 <= radius**2).astype(np.float32)
    return inside / inside.sum()


def knows(name: str) -> bool:
    """Whether `--renderer NAME` means this one."""
    return name == "gather"


def load(name: str, *, lens: Lens, device: str) -> Renderer:
    """The renderer, for a lens and a device that it makes no use of."""
    del name, lens, device
    return GatherRenderer()


def main() -> None:
    frames = np.random.default_rng(0).random((2, 3, 96, 128), np.float32)
    disparity = np.broadcast_to(np.linspace(0, 1, 128, dtype=np.float32), (2, 96, 128))
    shot = Shot(frames, disparity, focus=0.5, blur=64)
    for renderer in (GatherRenderer(), LayeredRenderer()):
        change = np.abs(renderer.render(shot) - frames).mean(axis=(0, 1, 2))
        print(f"{renderer.name}: changes {change[0]:.3f} at the left edge, {change[64]:.3f} in focus")


if __name__ == "__main__":
    main()
