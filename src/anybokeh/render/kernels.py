"""Blur kernels of all radii, stored as their differences along rows.

The kernel of a disc is constant along most of each row, so its difference along x is not zero at the two ends
only, however large the disc is. Adding those ends at every sample and summing each row once afterwards
gives the same picture as stamping whole discs, at a cost of O(r) instead of O(r^2).

Kernels are chosen by their second moment: a pixel grid widens a small disc, so each kernel is drawn with the
radius that makes its variance that of the ideal aperture, which keeps blur right below one pixel too. Kernels
for reduced levels are sharpened instead, by as much as sharing pixels among cells and enlarging the result
soften them, so that large discs keep both their radius and their rim.

Rays from behind the focal plane have crossed when they meet the sensor, those from before it have not: they
are blurred by the aperture, and by the same turned by half a turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from anybokeh.optics.aperture import Aperture, aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens
from anybokeh.render.layers import BASE_RADIUS, REDUCED_RADIUS
from anybokeh.render.spans import Pairs, row_differences, row_span

_NEGLIGIBLE = 1e-7
_UNEVEN = 1e-3
"""Differences within a kernel that come from drawing it, as a share of its largest value."""
_STEPS = 32
_CATS_EYE_STEPS = 4
_CATS_EYE_FIELD = (12, 7)
_EXACT_RADIUS = 3.0
"""Below this radius the drawn radius of a wanted variance is searched for, above it a formula does."""


class Kernels(NamedTuple):
    """Row differences of the kernels of radii 0, 1/steps, 2/steps, ... for every field cell.

    Attributes:
        steps: kernels per pixel of radius.
        bins: kernels per field cell.
        field: (columns, rows) of field cells that the picture is divided into; (1, 1) without cat's eye.
        reach: rows above and below the centre that the largest kernel touches.
        side: columns left and right of the centre that the largest kernel touches.
        rows: (cells * bins, 2 * reach + 2) int32, where the pairs of each kernel row begin and end.
        offsets: (pairs,) int32, column of a pair relative to the sample.
        weights: (pairs, 2) float32, differences of the kernel at that column and the one to its right.
        reaches: (cells * bins,) int32, reach of each kernel.
        turned: whether as many kernels follow, the same turned by half a turn, in reverse order.
    """

    steps: int
    bins: int
    field: tuple[int, int]
    reach: int
    side: int
    rows: np.ndarray
    offsets: np.ndarray
    weights: np.ndarray
    reaches: np.ndarray
    turned: bool

    def kernel(self, index: int) -> np.ndarray:
        """One kernel as a picture, (2 * reach + 1, 2 * side + 1)."""
        picture = np.zeros((2 * self.reach + 1, 2 * self.side + 3))
        for row in range(2 * self.reach + 1):
            pairs = slice(self.rows[index, row], self.rows[index, row + 1])
            for right in range(2):
                np.add.at(picture[row], self.offsets[pairs] + self.side + right, self.weights[pairs, right])
        return picture.cumsum(1)[:, :-2]


class KernelBank(NamedTuple):
    """All kernels of a lens.

    Attributes:
        full: the kernels for level 0.
        reduced: those for reduced levels, with radii in cells; the smallest stand for all below.
        moment: variance along x plus variance along y of the aperture of radius 1.
    """

    full: Kernels
    reduced: Kernels
    moment: float

    def of_level(self, level: int) -> Kernels:
        """The kernels for one level, 0 is full size."""
        return self.reduced if level else self.full


@lru_cache(maxsize=4)
def kernel_bank(lens: Lens, pixel_aspect: float = 1.0) -> KernelBank:
    """Kernels of a lens for all radii of level 0, and those of the reduced levels."""
    columns, rows = field = _CATS_EYE_FIELD if lens.cats_eye else (1, 1)
    steps = _CATS_EYE_STEPS if lens.cats_eye else _STEPS
    bins, reduced_bins = (int(np.ceil(radius * steps)) + 1 for radius in (BASE_RADIUS, REDUCED_RADIUS))
    least = BASE_RADIUS / 2 - 1
    kernels: list[np.ndarray] = []
    sharpened: list[np.ndarray] = []
    for row in range(rows):
        for column in range(columns):
            place = np.array([2 * column + 1 - columns, 2 * row + 1 - rows]) / np.hypot(columns, rows)
            aperture = draw_aperture(lens, pixel_aspect=pixel_aspect, field=(place[0], place[1]))
            kernels += _kernels(aperture, steps, bins)
            radii = np.maximum(np.arange(reduced_bins) / steps, least)
            sharpened += [_sharpened(aperture_kernel(aperture, float(radius))) for radius in radii]
    turned = not all(map(_is_symmetric, kernels))
    flat = lens.image is None and lens.rim == 0
    # Kernels below one pixel are blends, whose rows are never flat.
    ways = [row_span if flat and index % bins >= steps else row_differences for index in range(len(kernels))]
    exact = [row_differences] * len(sharpened)
    return KernelBank(
        full=_as_pairs(kernels, ways, steps, bins, field, turned),
        reduced=_as_pairs(sharpened, exact, steps, reduced_bins, field, turned),
        moment=draw_aperture(lens, pixel_aspect=pixel_aspect).moment,
    )


def _sharpened(kernel: np.ndarray) -> np.ndarray:
    """Less variance by 1/3 cell^2 along each axis for sharing and enlarging, and 1/12 for its own pixels."""
    widened = np.pad(kernel, 1)
    padded = np.pad(kernel, 2)
    laplacian = (
        padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * padded[1:-1, 1:-1]
    )
    return widened - (1 / 3 + 1 / 12) / 2 * laplacian


def _kernels(aperture: Aperture, steps: int, bins: int) -> list[np.ndarray]:
    drawn = np.arange(0.55, _EXACT_RADIUS + 0.6, 0.05)
    variances = np.array([_variance(aperture_kernel(aperture, radius)) for radius in drawn])
    effective = np.sqrt(np.maximum.accumulate(variances) / aperture.moment)

    def of_radius(radius: float) -> np.ndarray:
        if radius < _EXACT_RADIUS:
            return aperture_kernel(aperture, float(np.interp(radius, effective, drawn)))
        # Averaging over a pixel adds a variance of 1/12 along each axis.
        return aperture_kernel(aperture, float(np.sqrt(radius**2 - 1 / 6 / aperture.moment)))

    one = of_radius(1.0)
    share = aperture.moment / _variance(one)
    kernels = []
    for index in range(bins):
        radius = index / steps
        # A kernel below one pixel cannot be drawn on the grid: blend the pixel itself with the kernel of
        # radius one so that the variance is right.
        kernels.append(of_radius(radius) if radius >= 1 else _blend_with_centre(one, share * radius**2))
    return kernels


def _blend_with_centre(kernel: np.ndarray, share: float) -> np.ndarray:
    blended = kernel * min(share, 1.0)
    blended[kernel.shape[0] // 2, kernel.shape[1] // 2] += 1 - min(share, 1.0)
    return blended


def _variance(kernel: np.ndarray) -> float:
    height, width = kernel.shape
    y, x = np.arange(height) - height // 2, np.arange(width) - width // 2
    total = kernel.sum()
    along_x, along_y = kernel.sum(0) / total, kernel.sum(1) / total
    return float(
        (along_x * x**2).sum() - (along_x * x).sum() ** 2 + (along_y * y**2).sum() - (along_y * y).sum() ** 2
    )


def _as_pairs(
    kernels: list[np.ndarray],
    ways: list[Callable[[np.ndarray, int], Pairs]],
    steps: int,
    bins: int,
    field: tuple[int, int],
    turned: bool,
) -> Kernels:
    reaches = np.array([_touched(kernel.sum(1)) for kernel in kernels], dtype=np.int32)
    reach = int(reaches.max())
    begins: list[int] = []
    pairs: Pairs = []
    for kernel, to_pairs in zip(kernels, ways, strict=True):
        middle = kernel.shape[0] // 2
        for dy in range(-reach, reach + 1):
            begins.append(len(pairs))
            if abs(dy) <= middle:
                pairs += to_pairs(kernel[middle + dy] / kernel.sum(), kernel.shape[1] // 2)
        begins.append(len(pairs))
    rows = np.array(begins, dtype=np.int32).reshape(len(kernels), 2 * reach + 2)
    offsets = np.array([pair[0] for pair in pairs], dtype=np.int32)
    weights = np.array([pair[1:] for pair in pairs], dtype=np.float32)
    if turned:
        # A difference at column x is the negative of that at 1 - x of the turned kernel.
        rows = np.concatenate([rows, 2 * len(pairs) - rows[::-1, ::-1]])
        offsets = np.concatenate([offsets, -offsets[::-1]])
        weights = np.concatenate([weights, -weights[::-1, ::-1]])
        reaches = np.concatenate([reaches, reaches[::-1]])
    return Kernels(
        steps=steps,
        bins=bins,
        field=field,
        reach=reach,
        side=int(max(-offsets.min(), offsets.max())),
        rows=rows,
        offsets=offsets,
        weights=weights,
        reaches=reaches,
        turned=turned,
    )


def _is_symmetric(kernel: np.ndarray) -> bool:
    """Whether it is the same after half a turn, up to how it was drawn."""
    return bool(np.abs(kernel - kernel[::-1, ::-1]).max() <= _UNEVEN * kernel.max())


def _touched(profile: np.ndarray) -> int:
    middle = len(profile) // 2
    touched = np.flatnonzero(np.abs(profile) > _NEGLIGIBLE)
    return int(np.abs(touched - middle).max())
