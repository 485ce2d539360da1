"""A renderer of your own, in a few lines: gather the colours inside each pixel's circle of confusion.

A renderer is whatever has `name`, `segments` and `render`, see `anybokeh.render.Renderer`. The functions
`knows` and `load` below make this module a kind of renderer that `--renderer gather` finds, once a package
lists it:

    [project.entry-points."anybokeh.renderers"]
    gather = "custom_renderer"

python examples/custom_renderer.py [FOLDER]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from anybokeh import Lens, Shot
from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA
from anybokeh.disparity import open_disparity
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


def main(folder: Path) -> None:
    with open_clip(MEDIA / "clip.mp4") as clip:
        picture = next(iter(clip)).pixels.astype(np.float32) / 255
    disparity = open_disparity(MEDIA / "disparity.mkv").read(0)
    shot = Shot(picture.transpose(2, 0, 1)[None], disparity[None], focus=0.0, blur=64)
    shown = []
    for renderer in (GatherRenderer(), LayeredRenderer()):
        (result,) = renderer.render(shot).transpose(0, 2, 3, 1)
        change = np.abs(result - picture).mean(axis=2)
        near, focused = change[disparity > 0.3].mean(), change[disparity == disparity.min()].mean()
        print(f"{renderer.name}: changes {near:.3f} where it is near, {focused:.3f} in focus")
        shown.append(result)
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "custom_renderer.jpg"), np.uint8(np.hstack(shown)[..., ::-1] * 255))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
