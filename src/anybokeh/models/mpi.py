"""Focal-plane-adapted multi-plane regions: where a picture's tokens count (paper, section 3).

A pixel's region, 0 to 3, is its disparity distance to the focal plane on a scale that is finer the farther
the focal plane is. Block by block the model admits more regions: shallow blocks see what lies around the
focal plane, deep ones everything.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

REGIONS = 4
"""N in the paper."""

CONDITIONS = ("distance", "signed", "lens")
"""Kinds of `condition_colours`."""

_LARGEST_CIRCLE = 64.0
"""Radius in pixels of a 1024-pixel-wide picture that `lens` shows as 1."""

_POWER_AT_ZERO = 1e-6
"""Stands for f^a at f = 0, where the thresholds would have no value."""


def condition_picture(disparity: Tensor, focus: Tensor, focus_range: Tensor | float = 0.0) -> Tensor:
    """Disparity distance to the focal plane, max(0, |d - f| - range).

    Args:
        disparity: (frames, height, width) in [0, 1].
        focus: (frames,) disparity of the focal plane.
        focus_range: half-width in disparity that stays sharp, one number or (frames,).

    Returns:
        (frames, height, width) in [0, 1].
    """
    half_width = torch.as_tensor(focus_range, dtype=disparity.dtype, device=disparity.device)
    distance = (disparity - focus[:, None, None]).abs()
    return (distance - half_width.reshape(-1, 1, 1)).clamp(min=0)


def condition_colours(
    kind: str, disparity: Tensor, focus: Tensor, blur: Tensor, focus_range: Tensor | float = 0.0
) -> Tensor:
    """The picture that shows the model where the focal plane is.

    Args:
        kind: `distance`, grey, as in the paper; `signed`, grey below 0.5 behind the focal plane and above it
            in front; or `lens`, the root of the circle of confusion, in red, in green only in front and in
            blue only behind.
        disparity, focus, focus_range: as for `condition_picture`.
        blur: (frames,) K.

    Returns:
        (frames, 3, height, width) in [0, 1].
    """
    distance = condition_picture(disparity, focus, focus_range)
    if kind == "distance":
        return distance[:, None].expand(-1, 3, -1, -1)
    in_front = disparity > focus[:, None, None]
    if kind == "signed":
        signed = torch.where(in_front, distance, -distance) / 2 + 0.5
        return signed[:, None].expand(-1, 3, -1, -1)
    radius = (distance * blur[:, None, None] / _LARGEST_CIRCLE).clamp(max=1).sqrt()
    return torch.stack((radius, radius * in_front, radius * ~in_front), dim=1)


def region_thresholds(focus: Tensor, alpha: float) -> Tensor:
    """h_i = (i / N) ** (1 / f ** alpha), i = 1..N-1 (paper, section 3; the exponent alpha is the release's).

    Args:
        focus: (frames,) disparity of the focal plane, in [0, 1].
        alpha: 1.0 in the paper and in training, 1.5 in the release's inference.

    Returns:
        (frames, N - 1), ascending.
    """
    power = torch.where(focus > 0, focus**alpha, _POWER_AT_ZERO).clamp(min=_POWER_AT_ZERO)
    steps = torch.arange(1, REGIONS, dtype=focus.dtype, device=focus.device) / REGIONS
    return steps ** (1 / power[:, None])


def region_index(distance: Tensor, focus: Tensor, alpha: float) -> Tensor:
    """Region of every pixel: the number of thresholds below its distance.

    Args:
        distance: (frames, height, width), what `condition_picture` returns.
        focus, alpha: as for `region_thresholds`.

    Returns:
        (frames, height, width) uint8, 0 to N - 1.
    """
    thresholds = region_thresholds(focus, alpha)  # (frames, N - 1)
    return (distance[:, None] > thresholds[:, :, None, None]).sum(1, dtype=torch.uint8)


def admitted_tokens(region: Tensor, level: int, grid: tuple[int, int]) -> Tensor:
    """Which tokens of a grid take part where regions up to `level` do.

    Args:
        region: (frames, height, width) region index at frame size.
        level: highest region admitted.
        grid: rows and columns of tokens.

    Returns:
        (frames, rows * columns) bool: where more than half of the bilinearly resized mask is set.
    """
    if level >= REGIONS - 1:
        return torch.ones(len(region), math.prod(grid), dtype=torch.bool, device=region.device)
    mask = (region <= level).float()[:, None]  # (frames, 1, height, width)
    return functional.interpolate(mask, size=grid, mode="bilinear", align_corners=False).flatten(1) > 0.5
