"""Cut-outs of a scene, each complete behind the nearer ones and on a plane of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.coc import REFERENCE_WIDTH, signed_circle_of_confusion


@dataclass(frozen=True)
class Plane:
    """A plane in space, as the picture sees it: its disparity is affine, d(x, y) = level + x dx + y dy.

    x and y are pixels of the frame; whole numbers are the centres of pixels.
    """

    level: float
    dx: float = 0.0
    dy: float = 0.0

    @property
    def faces_camera(self) -> bool:
        return self.dx == 0 and self.dy == 0

    def disparity(self, x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
        """Disparity at points of the frame, any shape."""
        return np.asarray(self.level + self.dx * np.asarray(x) + self.dy * np.asarray(y))


@dataclass(frozen=True)
class Layer:
    """One cut-out as the middle of the lens sees it.

    Attributes:
        picture: (rows, columns, 4) float32, linear light times coverage (may exceed 1), and coverage
            in [0, 1].
        corner: (x, y) of the picture's first pixel in the frame; may lie outside. Beyond the picture there is
            nothing.
        plane: where it stands.
    """

    picture: np.ndarray
    corner: tuple[int, int]
    plane: Plane


@dataclass(frozen=True)
class View:
    """How a frame is taken.

    Attributes:
        size: (width, height) in pixels.
        focus, blur, range: as in `Shot`.
    """

    size: tuple[int, int]
    focus: float
    blur: float
    range: float = 0.0

    @property
    def pixels_of_blur(self) -> float:
        """Radius in pixels for one unit of disparity difference."""
        return self.blur * self.size[0] / REFERENCE_WIDTH


def defocus(plane: Plane, view: View) -> Plane:
    """The signed radius in pixels over the frame, positive in front of the focal plane.

    Raises:
        InputError: a focus range was given and the plane is slanted, so that its radius is no longer affine,
            or the plane is seen too nearly from its edge.
    """
    scale = view.pixels_of_blur
    if plane.faces_camera:
        radius = signed_circle_of_confusion(
            np.array(plane.level), view.focus, view.blur, view.size[0], view.range
        )
        return Plane(float(radius))
    if view.range > 0:
        raise InputError(
            f"focus range is {view.range:g} on a slanted plane: use 0, or planes that face the camera"
        )
    slope = scale * float(np.hypot(plane.dx, plane.dy))
    if slope > MAX_SLOPE:
        raise InputError(
            f"a plane's blur changes by {slope:.2g} pixels a pixel: slant it less, {MAX_SLOPE} at most"
        )
    return Plane(scale * (plane.level - view.focus), scale * plane.dx, scale * plane.dy)


MAX_SLOPE = 0.5
"""Change of the radius in pixels from one pixel to the next; at 1 the lens sees the plane from its edge."""


def reach(radius: Plane, size: tuple[int, int], outermost: float = 1.0) -> float:
    """How far from its pixel any ray meets the plane, in pixels; `outermost` is the aperture's in radii."""
    x, y = np.meshgrid([-0.5, size[0] - 0.5], [-0.5, size[1] - 0.5])
    largest = float(np.abs(radius.disparity(x, y)).max())
    return outermost * largest / (1 - outermost * float(np.hypot(radius.dx, radius.dy)))


class Packed(NamedTuple):
    """Layers from back to front as the kernel takes them.

    Attributes:
        pixels: flat float32, the pictures channel by channel, bordered by nothing all but the first.
        table: (layers, 6) int64: where its pixels begin, rows, columns, x and y of its first pixel,
            where its spans begin.
        radii: (layers, 3) float64: level, dx and dy of the signed radius.
        spans: flat int64, first and last column + 1 that is not empty, for each row.
    """

    pixels: np.ndarray
    table: np.ndarray
    radii: np.ndarray
    spans: np.ndarray


def pack(layers: Sequence[Layer], view: View, outermost: float = 1.0) -> Packed:
    """Prepare layers, nearest first, the last one the background.

    Raises:
        InputError: the background does not reach as far as the lens looks, or is not solid.
    """
    _check_background(layers[-1], view, outermost)
    pixels, table, radii, spans = [], [], [], []
    begin = span = 0
    for depth, layer in enumerate(reversed(layers)):
        border = int(depth > 0)
        picture = np.pad(layer.picture, ((border, border), (border, border), (0, 0)))
        rows, columns = picture.shape[:2]
        pixels.append(np.ascontiguousarray(picture.transpose(2, 0, 1), dtype=np.float32).ravel())
        left, top = layer.corner
        table.append((begin, rows, columns, left - border, top - border, span))
        radius = defocus(layer.plane, view)
        radii.append((radius.level, radius.dx, radius.dy))
        solid = picture[..., 3] > 0
        first = solid.argmax(1)
        last = np.where(solid.any(1), columns - solid[:, ::-1].argmax(1), first)
        spans.append(np.stack([first, last], 1).ravel())
        begin += picture.size
        span += 2 * rows
    return Packed(
        np.concatenate(pixels),
        np.array(table, np.int64),
        np.array(radii, np.float64),
        np.concatenate(spans).astype(np.int64),
    )


def _check_background(layer: Layer, view: View, outermost: float) -> None:
    rows, columns = layer.picture.shape[:2]
    (left, top), (width, height) = layer.corner, view.size
    least = min(-left, -top, left + columns - width, top + rows - height)
    needed = int(np.ceil(reach(defocus(layer.plane, view), view.size, outermost))) + 1
    if least < needed:
        raise InputError(f"the background reaches {least} pixels beyond the frame: {needed} are needed")
    if layer.picture[..., 3].min() < 1 - 1e-5:
        raise InputError("the background has transparent pixels: expected coverage 1 everywhere")
