"""Blur kernels of all radii, stored as their differences along rows.

The kernel of a disc is constant along most of each row, so its difference along x is not zero at the two ends
only, however large the disc is. Adding those ends at every sample and summing each row once afterwards
gives the same picture as stamping whole discs, at a cost of O(r) instead of O(r^2).

Kernels are chosen by their second moment: a pixel grid widens a small disc, so each kernel is drawn with the
radius that makes its variance that of the ideal aperture, which keeps blur right below one pixel too. Kernels
for reduced levels are sharpened instead, by as much as sharing pixels among cells and enlarging the result
soften them, so that large discs keep both their radius and their rim.

Rays from behind the focal plane have crossed when they meet the sensor, those from before it have not: they
are blurred by the aperture, and by the same turned by half a turn; with spherical aberration its rim differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from anybokeh.optics.aperture import Aperture, aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens
from anybokeh.render.layers import BASE_RADIUS, REDUCED_RADIUS
from anybokeh.render.spans import all_differences, all_spans

_NEGLIGIBLE = 1e-7
_UNEVEN = 1e-3
"""Differences within a kernel that come from drawing it, as a share of its largest value."""
_STEPS = 32
_VARYING_STEPS = 4
_COLOUR_STEPS = 8
"""Colours whose radii differ by less than a step would show no fringe."""
_VARYING_FIELD = (13, 7)
_ASPECT = round(16 / 9, 2)
_EXACT_RADIUS = 3.0
"""Below this radius the drawn radius of a wanted variance is searched for, above it a formula does."""


class Kernels(NamedTuple):
    """Row differences of the kernels of radii 0, 1/steps, 2/steps, ... for every field cell.

    Attributes:
        steps: kernels per pixel of radius.
        bins: kernels per field cell.
        field: (columns, rows) of field cells that the picture is divided into; (1, 1) where all are alike.
        reach: rows above and below the centre that the largest kernel touches.
        side: columns left and right of the centre that the largest kernel touches.
        rows: (cells * bins, 2 * reach + 2) int32, where the pairs of each kernel row begin and end.
        offsets: (pairs,) int32, column of a pair relative to the sample.
        weights: (pairs, 2) float32, differences of the kernel at that column and the one to its right.
        reaches: (cells * bins,) int32, reach of each kernel.
        turned: whether as many kernels follow, in reverse order, turned by half a turn: those for what lies
            before the focal plane.
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


def kernel_bank(lens: Lens, pixel_aspect: float = 1.0, aspect: float = _ASPECT) -> KernelBank:
    """Kernels of a lens for all radii of level 0, and those of the reduced levels.

    Args:
        lens: the lens.
        pixel_aspect: displayed width of a stored pixel over its height.
        aspect: displayed width of the picture over its height, for lenses whose aperture varies over it.
    """
    if not lens.varies:
        return _kernel_bank(lens.shape, pixel_aspect, _ASPECT, _STEPS)
    steps = _COLOUR_STEPS if lens.axial_colour else _VARYING_STEPS
    return _kernel_bank(lens.shape, pixel_aspect, round(aspect, 2), steps)


@lru_cache(maxsize=4)
def _kernel_bank(lens: Lens, pixel_aspect: float, aspect: float, steps: int) -> KernelBank:
    bins, reduced_bins = (int(np.ceil(radius * steps)) + 1 for radius in (BASE_RADIUS, REDUCED_RADIUS))
    field = _field(aspect) if lens.varies else (1, 1)
    least = int((BASE_RADIUS / 2 - 1) * steps)

    def draw(near: bool, **place: tuple[float, float]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        aperture = draw_aperture(lens, pixel_aspect=pixel_aspect, near=near, **place)
        reduced = [
            _sharpened(aperture_kernel(aperture, index / steps)) for index in range(least, reduced_bins)
        ]
        return _kernels(aperture, steps, bins), reduced[:1] * least + reduced

    kernels: list[list[np.ndarray]] = [[], []]
    sharpened: list[list[np.ndarray]] = [[], []]
    for near in (False, True) if lens.spherical else (False,):
        for full, reduced in _over_field(lens, aspect, field, partial(draw, near)):
            kernels[near] += full
            sharpened[near] += reduced
    if not lens.spherical and not all(map(_is_symmetric, kernels[False])):
        kernels[True], sharpened[True] = kernels[False], sharpened[False]
    flat = lens.image is None and not (lens.rim or lens.spherical or lens.onion or lens.dust)
    # Kernels below one pixel are blends, whose rows are never flat.
    spans = [flat and index % bins >= steps for index in range(len(kernels[False]))]
    return KernelBank(
        full=_as_pairs(kernels, spans, steps, bins, field),
        reduced=_as_pairs(sharpened, [False] * len(sharpened[False]), steps, reduced_bins, field),
        moment=draw_aperture(lens, pixel_aspect=pixel_aspect).moment,
    )


def _field(aspect: float) -> tuple[int, int]:
    return _VARYING_FIELD if aspect >= 1 else (_VARYING_FIELD[1], _VARYING_FIELD[0])


def _over_field(
    lens: Lens, aspect: float, field: tuple[int, int], draw: Callable[..., tuple[list[np.ndarray], ...]]
) -> Iterator[tuple[list[np.ndarray], ...]]:
    """What `draw` makes of the field and corner of every cell, row by row.

    Where an aperture is its own mirror image, cells are those of the lower right quarter, mirrored.
    """
    columns, rows = field
    middle = aperture_kernel(draw_aperture(lens), REDUCED_RADIUS)
    mirrored = _alike(middle, middle[::-1]) and _alike(middle, middle[:, ::-1])
    corner = aspect / np.hypot(aspect, 1), 1 / np.hypot(aspect, 1)
    quarter: dict[tuple[int, int], tuple[list[np.ndarray], ...]] = {}
    for row in range(rows):
        for column in range(columns):
            at = (max(row, rows - 1 - row), max(column, columns - 1 - column)) if mirrored else (row, column)
            if at not in quarter:
                x, y = ((2 * at[1] + 1) / columns - 1) * corner[0], ((2 * at[0] + 1) / rows - 1) * corner[1]
                quarter[at] = draw(field=(x, y), corner=corner)
            down, across = (-1 if at[0] != row else 1), (-1 if at[1] != column else 1)
            yield tuple([kernel[::down, ::across] for kernel in one] for one in quarter[at])


def _sharpened(kernel: np.ndarray) -> np.ndarray:
    """Less variance by 1/3 cell^2 along each axis for sharing and enlarging, and 1/12 for its own pixels."""
    height, width = kernel.shape
    # what np.pad does, at a quarter of its time
    padded = np.zeros((height + 4, width + 4))
    padded[2:-2, 2:-2] = kernel
    widened = padded[1:-1, 1:-1]
    laplacian = (
        padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * padded[1:-1, 1:-1]
    )
    return widened - (1 / 3 + 1 / 12) / 2 * laplacian


def _kernels(aperture: Aperture, steps: int, bins: int) -> list[np.ndarray]:
    drawn = np.arange(0.55, _EXACT_RADIUS + 0.6, 0.05)
    variances = np.array([_variance(aperture_kernel(aperture, radius)) for radius in drawn])
    effective = np.sqrt(np.maximum.accumulate(np.maximum(variances, 0)) / aperture.moment)

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
    sides: list[list[np.ndarray]], spans: list[bool], steps: int, bins: int, field: tuple[int, int]
) -> Kernels:
    """All kernels as pairs.

    sides: kernels for behind the focal plane, and those for before it, not yet turned, if they differ.
    spans: which of them have rows that are flat.
    """
    reaches = [np.array([_touched(kernel.sum(1)) for kernel in one], dtype=np.int32) for one in sides]
    reach = max(int(one.max(initial=0)) for one in reaches)
    rows, offsets, weights = _pairs_of(sides[0], spans, reach)
    if sides[1]:
        same = sides[1] is sides[0]
        near = (rows, offsets, weights) if same else _pairs_of(sides[1], spans, reach)
        # A difference at column x is the negative of that at 1 - x of the turned kernel.
        rows = np.concatenate([rows, len(offsets) + len(near[1]) - near[0][::-1, ::-1]])
        offsets = np.concatenate([offsets, -near[1][::-1]])
        weights = np.concatenate([weights, -near[2][::-1, ::-1]])
    return Kernels(
        steps=steps,
        bins=bins,
        field=field,
        reach=reach,
        side=int(max(-offsets.min(), offsets.max())),
        rows=rows,
        offsets=offsets,
        weights=weights,
        reaches=np.concatenate([reaches[0], reaches[1][::-1]]),
        turned=bool(sides[1]),
    )


def _pairs_of(
    kernels: list[np.ndarray], spans: list[bool], reach: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`rows`, `offsets` and `weights` of `Kernels`."""
    counts = np.zeros((len(kernels), 2 * reach + 1), np.int32)
    columns: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for index, kernel in enumerate(kernels):
        beyond = max(kernel.shape[0] // 2 - reach, 0)
        part = np.ascontiguousarray(kernel / kernel.sum())[beyond : kernel.shape[0] - beyond]
        count, column, weight = (all_spans if spans[index] else all_differences)(part)
        middle = len(count) // 2
        counts[index, reach - middle : reach + middle + 1] = count
        columns.append(column)
        weights.append(weight)
    ends = counts.cumsum(dtype=np.int32).reshape(counts.shape)
    rows = np.column_stack([ends[:, 0] - counts[:, 0], ends])
    return rows, np.concatenate(columns), np.concatenate(weights).astype(np.float32)


def _is_symmetric(kernel: np.ndarray) -> bool:
    """Whether it is the same after half a turn, up to how it was drawn."""
    return _alike(kernel, kernel[::-1, ::-1])


def _alike(kernel: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(kernel - other).max() <= _UNEVEN * kernel.max())


def _touched(profile: np.ndarray) -> int:
    middle = len(profile) // 2
    touched = np.flatnonzero(np.abs(profile) > _NEGLIGIBLE)
    return int(np.abs(touched - middle).max())
