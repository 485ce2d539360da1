"""Colour primaries: linear light from one set of them to another."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

REC_709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""CIE 1931 x and y of red, green, blue and white."""

BY_CODE = {
    1: REC_709,
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
}
"""The same by code point of ITU-T H.273."""

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def adaptation(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """3 x 3 matrix on XYZ that takes one white to another (Bradford)."""
    scale = np.diag((_BRADFORD @ target) / (_BRADFORD @ source))
    return np.linalg.inv(_BRADFORD) @ scale @ _BRADFORD


def conversion(source: Sequence[float], target: Sequence[float] = REC_709) -> np.ndarray | None:
    """3 x 3 matrix from linear RGB of one set of chromaticities to another's, white to white (Bradford).

    None where both are the same, or the source's are no triangle.
    """
    return _conversion(tuple(source), tuple(target))


@functools.lru_cache(maxsize=8)
def _conversion(source: tuple[float, ...], target: tuple[float, ...]) -> np.ndarray | None:
    if len(source) != 8 or np.allclose(source, target, atol=2e-4):
        return None
    try:
        (to_xyz, white), (other, other_white) = _to_xyz(source), _to_xyz(target)
        matrix = np.linalg.inv(other) @ adaptation(white, other_white) @ to_xyz
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    return matrix.astype(np.float32) if np.isfinite(matrix).all() else None


def _to_xyz(chromaticities: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """3 x 3 from linear RGB to XYZ, and the XYZ of white."""
    columns = [
        np.array([x / y, 1, (1 - x - y) / y])
        for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True)
    ]
    primaries, white = np.stack(columns[:3], axis=1), columns[3]
    return primaries * np.linalg.solve(primaries, white), white
