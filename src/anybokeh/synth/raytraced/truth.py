"""Frames with everything known about them, and folders of such frames."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.light import encode
from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange, lens_for_blur
from anybokeh.synth.raytraced.tracer import Quality, Tracer

FOLDERS = ("aif", "disparity", "bokeh", "mask", "clipped")


@dataclass(frozen=True)
class View:
    """How one frame is taken: camera, focus (disparity of the focal plane) and blur K."""

    camera: Camera
    focus: float
    blur: float


@dataclass(frozen=True)
class Truth:
    """One frame and its truth, all (height, width) or (height, width, 3).

    Attributes:
        aif: everything in focus, sRGB code values in [0, 1], clipped as a camera clips.
        disparity: exact, in [0, 1].
        bokeh: the same view through the lens, sRGB code values in [0, 1].
        mask: share of the pixel that the subject covers, in [0, 1].
        clipped: (height, width, 3) share of the light that the clipping left: 1 where nothing was clipped.
    """

    aif: np.ndarray
    disparity: np.ndarray
    bokeh: np.ndarray
    mask: np.ndarray
    clipped: np.ndarray


def render_view(
    tracer: Tracer,
    view: View,
    size: tuple[int, int],
    depths: DepthRange,
    sharp: Quality | None = None,
    blurred: Quality | None = None,
) -> Truth:
    """Render one frame of (width, height) pixels with everything that is known about it.

    Raises:
        InputError: if something visible lies nearer than the depth range, where disparity would exceed 1.
    """
    lens = lens_for_blur(view.blur, view.focus, view.camera.field_of_view, depths)
    geometry = tracer.geometry(view.camera, size)
    nearest = geometry.depth.min()
    if nearest < depths.near:
        raise InputError(
            f"a surface lies at depth {nearest:.4g}: move it beyond {depths.near:g}, the range's near"
        )
    light = tracer.picture(view.camera, size, None, sharp)
    return Truth(
        aif=encode(light, "srgb").astype(np.float32),
        disparity=np.clip(depths.disparity(geometry.depth), 0, 1).astype(np.float32),
        bokeh=encode(tracer.picture(view.camera, size, lens, blurred), "srgb").astype(np.float32),
        mask=geometry.subject,
        clipped=(1 / np.maximum(light, 1)).astype(np.float32),
    )


def write_clip(folder: Path, frames: Iterable[Truth], description: dict[str, Any]) -> None:
    """Write frames as they come, 16-bit PNGs `aif/00000.png` and so on, and last `scene.json`."""
    for index, frame in enumerate(frames):
        write_frame(folder, index, frame)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scene.json").write_text(json.dumps(description, indent=1) + "\n")


def write_frame(folder: Path, index: int, frame: Truth) -> None:
    """Write one frame into `FOLDERS`, in this order: it is whole once the last picture is there."""
    for name in FOLDERS:
        write_png(folder / name / f"{index:05d}.png", getattr(frame, name))


def write_png(path: Path, values: np.ndarray, bits: int = 16) -> None:
    """Write [0, 1] values, (height, width) or RGB (height, width, 3), as an 8- or 16-bit PNG.

    The file appears when it is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    top = 2**bits - 1
    integers = np.rint(np.clip(values, 0, 1) * top).astype(np.uint16 if bits == 16 else np.uint8)
    if integers.ndim == 3:
        integers = integers[..., ::-1]
    beside = path.with_name(f".{path.name}")
    if not cv2.imwrite(str(beside), np.ascontiguousarray(integers)):
        raise OSError(f"cannot write {path}")
    beside.rename(path)
