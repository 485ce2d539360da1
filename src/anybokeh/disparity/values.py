"""From what a file holds to disparity in [0, 1], 1 nearest."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anybokeh.errors import InputError

DepthMap = Literal["near-dark", "metric"]

# Float files written by models overshoot 1 by rounding, never by more than this.
_ROUNDING = 1e-4


def as_float(values: np.ndarray, where: str) -> np.ndarray:
    """float32 values; integers divided by their type's maximum, floats as they are.

    Raises InputError for NaN, for signed integers below zero, for integers of more than 16 bits, which hardly
    ever fill their range, and for types that are not numbers.
    """
    kind = values.dtype.kind
    if kind == "f":
        result = values.astype(np.float32, copy=True)
        if np.isnan(result.min(initial=0)):
            raise InputError(f"{where}: contains NaN; fill the unknown values before")
        return result
    if kind == "i" and values.min(initial=0) < 0:
        raise InputError(f"{where}: contains negative integers; save unsigned integers or floats in [0, 1]")
    if kind in "ui" and values.dtype.itemsize <= 2:
        return np.divide(values, np.iinfo(values.dtype).max, dtype=np.float32)
    raise InputError(f"{where}: holds {values.dtype} values; save uint8, uint16 or floats in [0, 1]")


def check_unit(values: np.ndarray, where: str) -> np.ndarray:
    """The same values when they lie in [0, 1] (rounding is cut off), else InputError."""
    low, high = float(values.min()), float(values.max())
    if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):
        hint = "try --normalise"
        if low >= 0:
            hint = "try --normalise, or --depth-map metric if more is farther"
        if low >= 0 and _look_metric(values):
            hint = "they look like metres: --depth-map metric (or --normalise, if more is nearer)"
        raise InputError(f"{where}: values reach from {low:g} to {high:g}, expected [0, 1]; {hint}")
    return values if low >= 0 and high <= 1 else values.clip(0, 1)


def _look_metric(values: np.ndarray) -> bool:
    """Whether values are distances rather than nearness.

    The ground before the camera, at the bottom, is nearest in most pictures; and a number far beyond all
    others stands for the sky.
    """
    third = max(1, values.shape[0] // 3)
    top, bottom = float(np.median(values[:third])), float(np.median(values[-third:]))
    return bottom < top or float(values.max()) > 1e3 * max(float(np.median(values)), 1e-6)


def check_finite(values: np.ndarray, where: str) -> np.ndarray:
    """The same values when all are finite, else InputError."""
    if not np.isfinite(values.max()) or not np.isfinite(values.min()):
        raise InputError(
            f"{where}: contains infinite values; cut them off before, or give --depth-map metric"
        )
    return values


def inverse_depth(depth: np.ndarray) -> np.ndarray:
    """1 / depth; infinite depth, and zero or less, which means 'not measured', count as infinitely far."""
    known = depth > 0
    return np.divide(1, depth, out=np.zeros_like(depth), where=known)


def robust_maximum(values: np.ndarray) -> float:
    """99.9th percentile of some 65,000 evenly spaced values: a few wild pixels do not set the scale."""
    step = max(1, int((values.size / 65536) ** 0.5))
    return float(np.quantile(values[::step, ::step], 0.999))


def stretch(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map [low, high] to [0, 1], in place; what lies outside is cut off."""
    values -= np.float32(low)
    values /= np.float32(high - low)
    return values.clip(0, 1, out=values)
