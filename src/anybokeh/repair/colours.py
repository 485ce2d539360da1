"""What colours the surfaces on either side of outlines have, and which of them pixels are like."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.repair.maps import blurred, halved, total

_NOISE = np.float32(0.0012)
_LITTLE = np.float32(1e-4)


@dataclass(frozen=True)
class Surface:
    """Colours of the nearer or the farther surface around each pixel.

    Attributes:
        mean: (height, width) each, of red, green and blue.
        spread: (height, width) variance over the channels.
        count: (height, width) share of the neighbourhood that they come from.
    """

    mean: list[np.ndarray]
    spread: np.ndarray
    count: np.ndarray


class Colours:
    """A picture, and the colours in it.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
    """

    def __init__(self, frame: np.ndarray) -> None:
        self._channels: list[np.ndarray] = list(cv2.split(frame))
        self._maps = [*self._channels, total(frame * frame)]

    def of(self, weight: np.ndarray, radius: int) -> Surface:
        """Colours of the pixels that have weight, in the square of this radius around every pixel."""
        height, width = weight.shape
        side = radius // 2 * 2 + 1
        *sums, count = (
            cv2.resize(blurred(one, side), (width, height), interpolation=cv2.INTER_LINEAR)
            for one in halved((*(one * weight for one in self._maps), weight))
        )
        share = 1 / (count + _LITTLE)
        red, green, blue, squares = (one * share for one in sums)
        spread = np.maximum(squares - (red * red + green * green + blue * blue), 0)
        return Surface([red, green, blue], spread, count)

    def odds(self, near: Surface, far: Surface) -> np.ndarray:
        """Log-odds of the nearer surface by colour, at most 4 either way; 0 where one is not known."""
        spreads = [one.spread / 3 + _NOISE for one in (near, far)]
        apart = [_apart(self._channels, one.mean) for one in (near, far)]
        # a colour as far from both is more likely of the one that varies more
        log = np.float32(1.5) * cv2.log(spreads[1] / spreads[0])
        odds = (apart[1] / (2 * spreads[1]) - apart[0] / (2 * spreads[0]) + log) / 2
        known = np.minimum(np.minimum(near.count, far.count) * 30, 1)
        return np.clip(odds, -4, 4) * known

    def relief(self) -> np.ndarray:
        """How much colours change from pixel to pixel, (height, width)."""
        change = np.zeros_like(self._channels[0])
        for one in self._channels:
            change[:, :-1] += np.abs(np.diff(one, axis=1))
            change[:-1] += np.abs(np.diff(one, axis=0))
        return change


def contrast(near: Surface, far: Surface) -> np.ndarray:
    """Distance of the two mean colours, (height, width)."""
    return np.sqrt(_apart(near.mean, far.mean))


def _apart(one: list[np.ndarray], other: list[np.ndarray]) -> np.ndarray:
    differences = [a - b for a, b in zip(one, other, strict=True)]
    return sum(difference * difference for difference in differences)  # type: ignore[return-value]
