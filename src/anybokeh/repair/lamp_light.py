"""Which clipped spots of a picture are lamps, how bright they were, and in which colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.repair.config import RepairConfig
from anybokeh.repair.evidence import GRID_WIDTH
from anybokeh.repair.lamps import CLIPPED, CLIPPED_FROM, find_spots
from anybokeh.repair.perceptron import Network
from anybokeh.repair.rims import gather_rims, grown, linear
from anybokeh.runtime.jit import kernel

KNOWN, KNOWN_FROM = 0.7, 0.9
"""Code values up to which a channel of a pixel tells the light, and from which it tells nothing."""
TELLING = 0.05
"""Share of the brightest channel from which what is not clipped tells how bright the rest is."""
SMALLEST_GAIN = 0.05
"""In stops; spots that would gain less stay as they are."""
FAINT = 40.0
"""How much has to be seen of a rim for half of its colour to count, see `Rims.seen`."""
DOUBT = 0.5
"""How many deviations of its colour may make a lamp less bright than a clipped channel asks for."""
EDGE, EDGE_FROM = 1, 0.97
"""Steps around a spot over which pixels belong to it, and the code value from which they do."""

BRIGHT_AROUND = 0.42, 0.5
"""Mean code value around a lamp up to which it surely is one, and from which it is none."""
POSSIBLE = -6.0, -3.0
"""Log-odds by the network up to which a coloured spot is none, and from which it may be a lamp."""
DOUBTED = 8.0
"""How much more likely a small coloured spot is in a dark picture: the network has seen too few of them."""
NIGHT = 0.26, 0.32
"""Mean code value around a lamp, and of the picture, that are less in a dark one."""
SMALL = 70.0, 100.0
"""Pixels that a small spot has less than, in a picture 512 wide."""
PURE = 0.4, 0.5
"""Share of the brightest channel in the dimmest that a coloured lamp has less than."""
DARK = 0.08, 0.12
"""Linear light of the ground that a coloured lamp has less than."""
EVEN = 0.02, 0.03
"""Deviation of the ground that a coloured lamp has less than: before a lit scene, what is coloured is lit."""


@dataclass(frozen=True)
class Lamps:
    """Clipped spots of a picture that may be lamps.

    Attributes:
        y, x: (pixels,) int32, where they are clipped.
        of: (pixels,) int32, number of the spot, rising from 0.
        ground: (spots, 3) float32, linear light around.
        colour: (spots, 3) float32 in (0, 1], the brightest channel is 1.
        off: (spots,) float32 >= 0, how far shares of the colour may be off.
        stops: (spots,) float32, log2 of the linear light of the brightest channel.
        sure: (spots,) float32 in (0, 1], that they are lamps.
    """

    y: np.ndarray
    x: np.ndarray
    of: np.ndarray
    ground: np.ndarray
    colour: np.ndarray
    off: np.ndarray
    stops: np.ndarray
    sure: np.ndarray


@dataclass(frozen=True)
class Light:
    """Light that lamps have above what the camera recorded.

    Attributes:
        shape: height and width of the picture.
        y, x: (pixels,) int32.
        stops: (pixels, 3) float32 >= 0, log2 of the gain on linear light.
    """

    shape: tuple[int, int]
    y: np.ndarray
    x: np.ndarray
    stops: np.ndarray


def find_lamps(frame: np.ndarray, network: Network, config: RepairConfig) -> Lamps | None:
    """The clipped spots of a picture that may be lamps, None if there is none.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        network: of lamps.
        config: how sure it has to be.
    """
    scale = frame.shape[1] / GRID_WIDTH
    spots = find_spots(frame, scale)
    if spots is None:
        return None
    prediction = network(spots.inputs)
    # where all around is clipped as well, the picture tells how bright it is
    around = spots.inputs[:, [_FAR, _WHOLE]].max(1)
    area = np.bincount(spots.of, minlength=len(spots.inputs)) / scale**2
    likely = prediction[:, 0] + DOUBTED * _below(around, *NIGHT) * _below(area, *SMALL)
    chosen = np.nonzero((likely > POSSIBLE[0]) & (around < BRIGHT_AROUND[1]))[0]
    if not len(chosen):
        return None
    prediction, around, likely = prediction[chosen], around[chosen], likely[chosen]
    white = _ramp(1 / (1 + np.exp(-prediction[:, 0])), *config.lamp)
    rims = gather_rims(frame, spots, chosen)
    coloured = (
        _ramp(likely, *POSSIBLE)
        * _below(rims.colour.min(1), *PURE)
        * _below(rims.ground.max(1), *DARK)
        * _below(rims.noise, *EVEN)
    )
    stops = np.clip(prediction[:, 1:].max(1), 0, config.most_stops)
    # rims that are hardly seen tell grain: there the network's colour is the better guess
    exact = (rims.seen**2 / (rims.seen**2 + FAINT**2))[:, None]
    off = 1 / np.sqrt(rims.seen + 1)
    guess = prediction[:, 1:] - prediction[:, 1:].max(1, keepdims=True)
    colour = np.exp2(exact * np.log2(np.maximum(rims.colour, 0.01)) + (1 - exact) * guess)
    sure = np.maximum(white, coloured) * _below(around, *BRIGHT_AROUND)
    lamps = np.nonzero(sure > 0)[0]
    if not len(lamps):
        return None
    numbers = np.full(len(spots.inputs), -1, np.int32)
    numbers[chosen[lamps]] = np.arange(len(lamps))
    of = numbers[spots.of]
    here = of >= 0
    return Lamps(
        spots.y[here], spots.x[here], of[here],
        rims.ground[lamps], colour[lamps], off[lamps], stops[lamps], sure[lamps],
    )  # fmt: skip


_FAR, _WHOLE = 14, 18
"""Inputs that hold the mean of the farthest surroundings, and of the picture, see `find_spots`."""


def _ramp(value: np.ndarray, none: float, full: float) -> np.ndarray:
    return np.clip((value - none) / (full - none), 0, 1)


def _below(value: np.ndarray, full: float, none: float) -> np.ndarray:
    return np.clip((none - value) / (none - full), 0, 1)


def light_of(lamps: Lamps | None, frame: np.ndarray, most_stops: float) -> Light | None:
    """The light of lamps above what the camera recorded, None if there is none.

    What lies above the ground has the lamp's colour in every pixel. So a channel that is not clipped tells
    how bright the others are; where all are clipped, the lamp's brightness does. A clipped channel is at
    least white, as far as the colour is known: a rim that tells little cannot make a lamp brighter.

    Args:
        lamps: of the picture.
        frame: (height, width, 3) in [0, 1], float32, or unsigned integers.
        most_stops: largest gain.
    """
    if lamps is None:
        return None
    chosen = lamps.sure[lamps.of] > 0
    y, x, of = lamps.y[chosen], lamps.x[chosen], lamps.of[chosen]
    if not len(y):
        return None
    labels = np.zeros(frame.shape[:2], np.int32)
    labels[lamps.y, lamps.x] = -1
    labels[y, x] = of + 1
    # where two meet, one has it
    once = labels[y, x] == of + 1
    y, x, of = y[once], x[once], of[once]
    around = grown(labels, y, x, EDGE)
    y, x, of = (np.concatenate(both) for both in zip((y, x, of), around[:3], strict=True))
    code = codes(frame[y, x])
    stops = np.empty_like(code)
    _stops(
        code, linear(code), of, lamps.ground, lamps.colour, DOUBT * lamps.off, lamps.stops, lamps.sure,
        most_stops, stops,
    )  # fmt: skip
    lit = stops.max(1) > 0
    if not lit.any() or stops.max() < SMALLEST_GAIN:
        return None
    return Light(frame.shape[:2], y[lit], x[lit], stops[lit])


@kernel()
def _stops(
    code: np.ndarray,
    light: np.ndarray,
    of: np.ndarray,
    ground: np.ndarray,
    colour: np.ndarray,
    off: np.ndarray,
    spot_stops: np.ndarray,
    sure: np.ndarray,
    most_stops: float,
    stops: np.ndarray,
) -> None:
    """Logarithm of the gain of pixels, (pixels, 3)."""
    for i in range(len(of)):
        spot = of[i]
        brightest = max(max(code[i, 0], code[i, 1]), code[i, 2])
        member = min(max((brightest - EDGE_FROM) / (CLIPPED - EDGE_FROM), 0.0), 1.0)
        share = told = most = least = 0.0
        for channel in range(3):
            tint = colour[spot, channel]
            known = min(max((KNOWN_FROM - code[i, channel]) / (KNOWN_FROM - KNOWN), 0.0), 1.0)
            clipped = (
                min(max((code[i, channel] - CLIPPED_FROM) / (CLIPPED - CLIPPED_FROM), 0.0), 1.0) * member
            )
            share += known * tint
            told += known * max(light[i, channel] - ground[spot, channel], 0.0)
            most = max(most, known)
            least = max(least, clipped / np.sqrt(tint * tint + off[spot] * off[spot]))
        trust = min(share / TELLING, 1.0) * most
        guess = trust * np.log2(max(told / max(share, 1e-3), 1e-3)) + (1 - trust) * spot_stops[spot]
        bright = min(max(2.0**guess, least), 2.0**most_stops)
        for channel in range(3):
            clipped = (
                min(max((code[i, channel] - CLIPPED_FROM) / (CLIPPED - CLIPPED_FROM), 0.0), 1.0) * member
            )
            lamp = ground[spot, channel] + bright * colour[spot, channel]
            wanted = np.log2(max(lamp / max(light[i, channel], 1e-3), 1.0))
            stops[i, channel] = wanted * clipped * sure[spot]


def codes(values: np.ndarray) -> np.ndarray:
    """Values of a picture as float32 in [0, 1]."""
    if values.dtype.kind == "u":
        return values * np.float32(1 / np.iinfo(values.dtype).max)
    return np.clip(values, 0, 1).astype(np.float32)
