"""Measuring the grain of a clip.

Grain is what is left of flat places without their slope. Texture looks alike, so three things keep it out: of
all places of one brightness, only the flattest are used, those about as flat as the flattest few; what stays
the same from one picture to another is texture; and a few brightnesses far above the rest are not believed.
Compression that repeats grain for some frames does no harm, as pictures far apart are compared, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from anybokeh.finish.grain import LEVELS, Grain
from anybokeh.runtime.jit import kernel

BLOCK = 16
"""Rows and columns of a place."""
_MOST = 4096
"""Places of a picture that are looked at."""
_SPECTRA = 512
"""Places whose spectrum is looked at."""
_STEEPEST = 0.25
"""How steeply the spectrum may rise towards the lowest frequencies."""
_BINS = 12
"""Brightnesses that are told apart."""
_FEW = 12
"""Places that a brightness needs."""
_ALIKE = 1.6
"""Of the flattest places, those up to so many times their mean variance count."""
_FLATTEST = 0.05
"""Share of the places that is flat for sure."""
_CLIPPED = 1.5 / 255
"""Distance from black and white at which values may be clipped."""
_OUTLIER = 3.0
"""Variance over that of most brightnesses which is not believed."""
_LEAST = 0.35 / 255
"""Deviation below which there is no grain."""


def measure_grain(pairs: Sequence[tuple[np.ndarray, np.ndarray]], depth: int = 8) -> Grain | None:
    """The grain of a clip, None if it has none.

    Args:
        pairs: of consecutive pictures, (height, width, 3) float32, encoded, in [0, 1]; several moments of a
            clip, better far apart.
        depth: bits that the pictures were stored in, whose rounding is not grain.
    """
    parts = [part for index in range(len(pairs)) for part in _places(pairs, index)]
    if not parts:
        return None
    level, variance, left = (np.concatenate([part[i] for part in parts]) for i in range(3))
    rounding = 0.0 if depth > 16 else 1 / (12 * (2.0**depth - 1) ** 2)
    chosen = _flattest(level.mean(1), variance.mean(1))
    if not chosen.any():
        return None
    table = np.stack([_by_level(level[chosen, c], variance[chosen, c]) for c in range(3)], 1)
    table = np.sqrt(np.maximum(table - rounding, 0))
    seen = np.interp(level[chosen], np.linspace(0, 1, LEVELS), table.mean(1))
    if seen.mean() < _LEAST:
        return None
    some = left[chosen]
    axes, power, lost = _colour_and_spectrum(some[:: -(-len(some) // _SPECTRA)])
    seed = zlib.crc32(np.ascontiguousarray(pairs[0][0][::8, ::8] * 65535).astype(np.uint16).tobytes())
    return Grain((table * lost).astype(np.float32), axes, power, seed)


def _places(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], index: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of one moment's first picture: level and variance (places, 3), and what is left (places, B, B, 3)."""
    one, following = pairs[index]
    if min(one.shape[:2]) < BLOCK:
        return []
    later = pairs[(index + 1) % len(pairs)][0]
    blocks = _blocks(one)
    inside = ((blocks > _CLIPPED) & (blocks < 1 - _CLIPPED)).all((1, 2, 3))
    if not inside.any():
        return []
    blocks = blocks[inside]
    left = _without_slope(blocks)
    changed = [
        _without_slope(blocks - _blocks(other)[inside])
        for other in (following, *((later,) if len(pairs) > 1 else ()))
    ]
    # a place that stays as it is in one of two comparisons may have been repeated; in both it is texture
    moving = np.max([(part**2).mean((1, 2)) / 2 for part in changed], 0)
    variance = np.minimum((left**2).mean((1, 2)), moving) * _LOST
    return [(blocks.mean((1, 2)), variance, left)]


def _blocks(picture: np.ndarray) -> np.ndarray:
    """Places of a picture, (places, B, B, 3), at most about _MOST of them."""
    height, width = (length // BLOCK for length in picture.shape[:2])
    blocks = picture[: height * BLOCK, : width * BLOCK].reshape(height, BLOCK, width, BLOCK, 3)
    step = max(1, int(np.ceil(np.sqrt(height * width / _MOST))))
    kept = blocks[::step, :, ::step].swapaxes(1, 2)
    return kept.reshape(-1, BLOCK, BLOCK, 3)


def _slopes() -> np.ndarray:
    """Orthonormal quadratic surfaces of a place, (6, B * B)."""
    y, x = np.mgrid[:BLOCK, :BLOCK].reshape(2, -1) / (BLOCK - 1) - 0.5
    surfaces = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    return np.linalg.qr(surfaces.T)[0].T


_SLOPES = _slopes().astype(np.float32)
_LOST = BLOCK**2 / (BLOCK**2 - len(_SLOPES))
"""What the variance of white noise loses with the surface."""
_LEFT = 1 - (np.abs(np.fft.fft2(_SLOPES.reshape(-1, BLOCK, BLOCK))) ** 2).sum(0) / BLOCK**2
"""Share of each frequency that is left of it, (BLOCK, BLOCK)."""


def _without_slope(blocks: np.ndarray) -> np.ndarray:
    left = np.ascontiguousarray(blocks, np.float32).copy()
    _take_off(left.reshape(len(blocks), BLOCK**2, 3), _SLOPES)
    return left


@kernel()
def _take_off(values: np.ndarray, surfaces: np.ndarray) -> None:
    """Take what surfaces explain off (places, pixels, 3)."""
    for place in range(len(values)):
        for surface in surfaces:
            for channel in range(3):
                share = np.float32(0)
                for pixel in range(len(surface)):
                    share += surface[pixel] * values[place, pixel, channel]
                for pixel in range(len(surface)):
                    values[place, pixel, channel] -= share * surface[pixel]


def _brightness(level: np.ndarray) -> np.ndarray:
    """Number of the brightness of each place."""
    return np.minimum((level * _BINS).astype(int), _BINS - 1)


def _flattest(level: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Which places are about as flat as the flattest of their brightness, (places,) bool."""
    bins = _brightness(level)
    chosen = np.zeros(len(level), bool)
    for number in range(_BINS):
        here = np.nonzero(bins == number)[0]
        if len(here) < _FEW:
            continue
        own = variance[here]
        mean = np.quantile(own, _FLATTEST)
        for _ in range(8):
            near = own <= _ALIKE * mean
            mean = own[near].mean()
        chosen[here[near & (own >= mean / 4)]] = True
    return chosen


def _by_level(level: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Variance at each of LEVELS code values, by that of the places."""
    bins = _brightness(level)
    count = np.bincount(bins, minlength=_BINS)
    mean = np.bincount(bins, variance, _BINS) / np.maximum(count, 1)
    known = np.nonzero(count >= _FEW)[0]
    if not len(known):
        return np.full(LEVELS, variance.mean())
    usual = np.repeat(mean[known], count[known])
    most = _OUTLIER * np.median(usual)
    centres = np.bincount(bins, level, _BINS)[known] / count[known]
    return np.interp(np.linspace(0, 1, LEVELS), centres, np.minimum(mean[known], most))


def _colour_and_spectrum(left: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Axes (3, 3) along which noise is independent, its power (3, B, B) along each, and how much was missed.

    The slope that was taken off takes the lowest frequencies with it; they are like those next to them. The
    last is by how much the deviation is larger with them.
    """
    scaled = left / np.maximum(left.std((1, 2), keepdims=True), 1e-9)
    together = np.mean([one.reshape(-1, 3).T @ one.reshape(-1, 3) for one in scaled], 0) / BLOCK**2
    strength, directions = np.linalg.eigh(together)
    along = scaled @ directions
    power = (np.abs(np.fft.fft2(along, axes=(1, 2))) ** 2).mean(0).transpose(2, 0, 1)
    measured = power.sum()
    away = np.hypot(*np.meshgrid(*[np.fft.fftfreq(BLOCK) * BLOCK] * 2))
    power /= np.maximum(_LEFT, 0.1)
    low = away < 1.5
    near, next_to = (power[:, (away >= least) & (away < least + 1)].mean(1) for least in (1.5, 2.5))
    # as a Gaussian goes on, whose logarithm falls with the square of the frequency
    fall = np.clip(np.log(near / np.maximum(next_to, 1e-12)) / (3**2 - 2**2), 0, _STEEPEST)
    power[:, low] = near[:, None] * np.exp(fall[:, None] * (2**2 - away[low] ** 2))
    # what the variance of white noise lacks is known, and made up for already
    missed = power.sum() / measured / _LOST
    return directions * np.sqrt(np.maximum(strength, 0)), power, float(np.sqrt(max(missed, 1)))
