"""Exact truth of layered scenes: every ray through the lens passes complete cut-outs in order.

For a point u of the lens, in radii of the circle of confusion, the point q of a plane with disparity d(q)
appears at p = q - u K (d(q) - f); solved for affine d this is q = p + u K (d(p) - f) / (1 - K u . grad d).
The picture is the mean over the lens of the cut-outs laid over each other as seen from u, in linear light.
Seen from behind the lens, a point behind the focal plane shows the aperture as it is and one in front shows
it turned by 180 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import encode
from anybokeh.runtime.threads import Crew
from anybokeh.synth.layered_kernels import trace
from anybokeh.synth.layers import Layer, Plane, View, defocus, pack, reach
from anybokeh.synth.lens_points import lens_points, points_for_radius


@dataclass(frozen=True)
class Frame:
    """One frame and its truth.

    Attributes:
        sharp: (3, height, width) float32, linear light from the middle of the lens, may exceed 1.
        bokeh: (3, height, width) float32, linear light through the whole lens, may exceed 1.
        disparity: (height, width) float32 in [0, 1], of the nearest layer that covers half of the pixel
            together with those in front of it.
        masks: (layers - 1, height, width) float32, visible coverage of all layers but the background,
            in the order in which they were given.
    """

    sharp: np.ndarray
    bokeh: np.ndarray
    disparity: np.ndarray
    masks: np.ndarray

    @property
    def aif(self) -> np.ndarray:
        """(3, height, width) float32, `sharp` as sRGB code values, clipped as a camera clips."""
        return encode(self.sharp, "srgb").astype(np.float32)

    @property
    def bokeh_code(self) -> np.ndarray:
        """(3, height, width) float32, `bokeh` as sRGB code values."""
        return encode(self.bokeh, "srgb").astype(np.float32)

    @property
    def clipped(self) -> np.ndarray:
        """(3, height, width) float32, share of the light that clipping left; 1 where nothing was clipped."""
        return 1 / np.maximum(self.sharp, np.float32(1))


@dataclass(frozen=True)
class Hidden:
    """What lies behind the front-most layer of every pixel.

    Attributes:
        light: (3, height, width) float32, linear light of all layers behind it.
        disparity: (height, width) float32 in [0, 1], of the nearest of those that covers half of the pixel.
        front: (height, width) float32, coverage of the front-most layer, 0 where only the background is.
    """

    light: np.ndarray
    disparity: np.ndarray
    front: np.ndarray


def render_frame(
    layers: Sequence[Layer],
    view: View,
    lens: Lens | None = None,
    *,
    crew: Crew | None = None,
    rays: float = 1.0,
) -> Frame:
    """Render one frame with all that is known about it.

    Args:
        layers: nearest first (`in_order` sorts them), the last one a background larger than the frame.
        view: size, focus and blur.
        lens: its aperture; a disc if None.
        crew: threads that do the work; a new one of all processors if None.
        rays: multiplies how many points of the lens are used.

    Raises:
        InputError: a plane cannot be rendered so, or the background ends too early.
    """
    sharp, disparity, masks = composite(layers, view.size)
    bokeh = blurred(layers, view, lens or Lens(), crew=crew, rays=rays)
    return Frame(sharp, bokeh, disparity, masks)


def blurred(
    layers: Sequence[Layer], view: View, lens: Lens, *, crew: Crew | None = None, rays: float = 1.0
) -> np.ndarray:
    """The frame through the lens, (3, height, width) float32 linear light; arguments as `render_frame`."""
    points = points_of([layer.plane for layer in layers], view, lens, rays)
    width, height = view.size
    light = np.empty((3, height, width), np.float32)
    packed = pack(layers, view, float(np.hypot(points[:, 0], points[:, 1]).max()))
    if crew is None:
        with Crew() as own:
            own.run(trace, *packed, points, light)
    else:
        crew.run(trace, *packed, points, light)
    return light


def points_of(planes: Sequence[Plane], view: View, lens: Lens, rays: float = 1.0) -> np.ndarray:
    """Points of the lens that the largest blur among planes needs; see `lens_points`."""
    largest = max(reach(defocus(plane, view), view.size) for plane in planes)
    if largest == 0:
        return np.array([[0.0, 0.0, 1.0]])
    return lens_points(lens, round(points_for_radius(largest) * rays))


def margin(planes: Sequence[Plane], view: View, lens: Lens, rays: float = 1.0) -> int:
    """Pixels beyond the frame that layers on these planes must show for exact borders."""
    points = points_of(planes, view, lens, rays)
    outermost = float(np.hypot(points[:, 0], points[:, 1]).max())
    return max(int(np.ceil(reach(defocus(plane, view), view.size, outermost))) for plane in planes) + 2


def composite(layers: Sequence[Layer], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the middle of the lens sees: `Frame`'s sharp, disparity and masks."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    light = np.zeros((3, height, width), np.float32)
    disparity = np.zeros((height, width), np.float32)
    masks = np.zeros((len(layers) - 1, height, width), np.float32)
    remaining = np.ones((height, width), np.float32)
    for index, layer in enumerate(layers):
        picture = in_frame(layer, size)
        light += remaining * picture[:3]
        share = remaining * picture[3]
        if index < len(masks):
            masks[index] = share
        left = remaining - share
        # the background takes what is left, even where rounding leaves it hardly any coverage
        reached = (remaining > 0.5) & ((left <= 0.5) | (index == len(masks)))
        disparity[reached] = layer.plane.disparity(x[reached], y[reached])
        remaining = left
    return light, np.clip(disparity, 0, 1), masks


def hidden(layers: Sequence[Layer], size: tuple[int, int], visible: float = 1 / 255) -> Hidden:
    """The composite without the front-most layer of every pixel.

    Args:
        layers: as in `render_frame`.
        size: (width, height).
        visible: coverage from which a layer counts as the front-most one.
    """
    width, height = size
    y, x = np.mgrid[:height, :width]
    light = np.zeros((3, height, width), np.float32)
    disparity = np.zeros((height, width), np.float32)
    front = np.zeros((height, width), np.float32)
    remaining = np.ones((height, width), np.float32)
    removed = np.zeros((height, width), bool)
    for index, layer in enumerate(layers):
        picture = in_frame(layer, size)
        if index < len(layers) - 1:
            first = ~removed & (picture[3] >= visible)
            front[first] = picture[3][first]
            removed |= first
            picture = np.where(first | ~removed, np.float32(0), picture)
        light += remaining * picture[:3]
        left = remaining * (1 - picture[3])
        reached = (remaining > 0.5) & ((left <= 0.5) | (index == len(layers) - 1))
        disparity[reached] = layer.plane.disparity(x[reached], y[reached])
        remaining = left
    return Hidden(light, np.clip(disparity, 0, 1), front)


def in_frame(layer: Layer, size: tuple[int, int]) -> np.ndarray:
    """The part of a layer's picture within the frame, (4, height, width) float32, nothing where it ends."""
    width, height = size
    frame = np.zeros((4, height, width), np.float32)
    rows, columns = layer.picture.shape[:2]
    left, top = layer.corner
    x0, x1 = max(left, 0), min(left + columns, width)
    y0, y1 = max(top, 0), min(top + rows, height)
    if x0 < x1 and y0 < y1:
        frame[:, y0:y1, x0:x1] = layer.picture[y0 - top : y1 - top, x0 - left : x1 - left].transpose(2, 0, 1)
    return frame


def in_order(layers: Sequence[Layer]) -> list[Layer]:
    """Layers sorted from the nearest to the farthest, where all but the last face the camera.

    Raises:
        InputError: one of them is slanted, so that it may be nearer here and farther there.
    """
    for layer in layers[:-1]:
        if not layer.plane.faces_camera:
            raise InputError(
                "a slanted layer has no single depth: give layers from the nearest to the farthest"
            )
    return [*sorted(layers[:-1], key=lambda layer: -layer.plane.level), layers[-1]]
