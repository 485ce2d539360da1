"""The thin lens in the clip's own units: depth to disparity, blur K to the radius of an aperture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.coc import REFERENCE_WIDTH


@dataclass(frozen=True)
class DepthRange:
    """The depths that become disparity 1 and 0, fixed for a whole clip.

    Attributes:
        near: depth of disparity 1, in scene units, > 0.
        far: depth of disparity 0, > near, may be infinite.
    """

    near: float
    far: float

    def __post_init__(self) -> None:
        if not 0 < self.near < self.far:
            raise InputError(f"depth range is {self.near} to {self.far}: near must be positive and below far")

    @property
    def span(self) -> float:
        """Difference of inverse depth between disparity 0 and 1."""
        return 1 / self.near - 1 / self.far

    def disparity(self, depth: np.ndarray | float) -> np.ndarray:
        """Depth along the optical axis, any shape, to disparity; outside of [0, 1] beyond near and far."""
        return (1 / np.asarray(depth, dtype=np.float64) - 1 / self.far) / self.span

    def depth(self, disparity: np.ndarray | float) -> np.ndarray:
        """Inverse of `disparity`; infinite where inverse depth is zero."""
        with np.errstate(divide="ignore"):
            return 1 / (np.asarray(disparity, dtype=np.float64) * self.span + 1 / self.far)


@dataclass(frozen=True)
class ThinLens:
    """An ideal lens: radius of its aperture and distance of its focal plane, both in scene units."""

    aperture_radius: float
    focus_distance: float


def focal_length_pixels(field_of_view: float, width: int) -> float:
    """Focal length in pixels of a picture `width` pixels wide that sees `field_of_view` degrees across."""
    return width / 2 / float(np.tan(np.radians(field_of_view) / 2))


def aperture_radius(blur: float, field_of_view: float, depths: DepthRange) -> float:
    """Radius in scene units of the aperture whose blur is K = `blur`, whatever the picture's size.

    A thin lens of radius A and focal length F (pixels) gives r = A * F * |1/z - 1/z_f|, and K stands for
    r = K * |d - f| * width / 1024; with d = (1/z - 1/far) / span the width cancels.
    """
    return blur / (focal_length_pixels(field_of_view, REFERENCE_WIDTH) * depths.span)


def lens_for_blur(blur: float, focus: float, field_of_view: float, depths: DepthRange) -> ThinLens:
    """The lens that blurs by K = `blur` around the disparity `focus`.

    Raises:
        InputError: if the focal plane would lie at infinity, which a ray tracer cannot aim at.
    """
    distance = float(depths.depth(focus))
    if not np.isfinite(distance) or distance <= 0:
        raise InputError(f"focus is {focus}: its focal plane is not at a finite depth; choose a nearer focus")
    return ThinLens(aperture_radius(blur, field_of_view, depths), distance)


def radius_of_confusion(
    depth: np.ndarray | float, lens: ThinLens, field_of_view: float, width: int
) -> np.ndarray:
    """Radius in pixels of the disc that a point at `depth` becomes, r = A * F * |1/z - 1/z_f|."""
    offset = 1 / np.asarray(depth, dtype=np.float64) - 1 / lens.focus_distance
    return lens.aperture_radius * focal_length_pixels(field_of_view, width) * np.abs(offset)
