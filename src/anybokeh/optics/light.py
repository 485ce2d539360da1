"""Transfer functions: between the code values of a clip and linear light, where lenses work.

SDR pictures and video are both decoded with the sRGB curve: footage is graded on displays whose response
lies within a few percent of it, and no benefit of a separate curve for video could be measured.
Images with an ICC profile may mean a plain power, as those of ProPhoto (1.8) and Adobe RGB (2.2) do.
PQ is SMPTE ST 2084 (1.0 is 10,000 cd/m2), HLG is ITU-R BT.2100 scene light (1.0 is the peak).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

Transfer = Literal["srgb", "bt709", "gamma18", "gamma22", "pq", "hlg", "linear"]
TRANSFERS: tuple[str, ...] = get_args(Transfer)

_DECODE_STEPS = 16384
_ENCODE_STEPS = 4096


def decode(code: np.ndarray, transfer: str) -> np.ndarray:
    """Code values in [0, 1] to linear light in [0, 1], any shape; `linear` passes any value through."""
    return _curves(transfer)[0](np.asarray(code))


def encode(light: np.ndarray, transfer: str) -> np.ndarray:
    """Linear light to code values; all but `linear` clip to [0, 1] first."""
    return _curves(transfer)[1](np.asarray(light))


@lru_cache(maxsize=8)
def decode_table(transfer: str) -> np.ndarray:
    """`decode` sampled at equal steps of the code value, for linear interpolation: (16385,) float32."""
    return decode(np.linspace(0, 1, _DECODE_STEPS + 1), transfer).astype(np.float32)


@lru_cache(maxsize=8)
def encode_table(transfer: str) -> np.ndarray:
    """`encode` sampled at equal steps of the fourth root of light: (4097,) float32.

    The root spreads the dark end, where every transfer function is steep.
    """
    return encode(np.linspace(0, 1, _ENCODE_STEPS + 1) ** 4, transfer).astype(np.float32)


def _curves(transfer: str) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    try:
        return _CURVES[transfer]
    except KeyError:
        raise ValueError(f"transfer is {transfer!r}: expected one of {', '.join(TRANSFERS)}") from None


def _srgb_decode(code: np.ndarray) -> np.ndarray:
    return np.where(code <= 0.04045, code / 12.92, ((np.maximum(code, 0.04045) + 0.055) / 1.055) ** 2.4)


def _srgb_encode(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    return np.where(
        light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    )


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _pq_decode(code: np.ndarray) -> np.ndarray:
    root = np.clip(code, 0, 1) ** (1 / _M2)
    return (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)


def _pq_encode(light: np.ndarray) -> np.ndarray:
    root = np.clip(light, 0, 1) ** _M1
    return ((_C1 + _C2 * root) / (1 + _C3 * root)) ** _M2


_HLG_A = 0.17883277
_HLG_B = 1 - 4 * _HLG_A
_HLG_C = 0.5 - _HLG_A * np.log(4 * _HLG_A)


def _hlg_decode(code: np.ndarray) -> np.ndarray:
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - _HLG_C) / _HLG_A) + _HLG_B) / 12)


def _hlg_encode(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    bright = _HLG_A * np.log(np.maximum(12 * light - _HLG_B, 1e-6)) + _HLG_C
    return np.where(light <= 1 / 12, np.sqrt(3 * light), bright)


def _power(
    gamma: float,
) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    return lambda code: np.clip(code, 0, 1) ** gamma, lambda light: np.clip(light, 0, 1) ** (1 / gamma)


def _identity(values: np.ndarray) -> np.ndarray:
    return values


_CURVES = {
    "srgb": (_srgb_decode, _srgb_encode),
    "bt709": (_srgb_decode, _srgb_encode),
    "gamma18": _power(1.8),
    "gamma22": _power(563 / 256),
    "pq": (_pq_decode, _pq_encode),
    "hlg": (_hlg_decode, _hlg_encode),
    "linear": (_identity, _identity),
}
