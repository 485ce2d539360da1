"""What speaks for either side of an outline, pixel by pixel: colours, disparity, and how both go on around.

Only pixels near outlines are looked at. For each of them the nearest and the farthest disparity around are
known, and what colours the surfaces on either side have; everything is told relative to those, so that one
small network can judge the outlines of all surfaces alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from anybokeh.render.jit import kernel

GRID_WIDTH = 512
"""Width in pixels up to which outlines are judged as they are; lengths are in pixels of such a picture."""
REACH, NARROW, WIDE = 10, 4, 24
"""Radii around a pixel: in which its two surfaces are looked for, and a smaller and a larger one."""
STEP = 0.03
"""Smallest difference in disparity between two surfaces."""
STEEP = 0.3
"""Share of that difference that values climb from one pixel to the next somewhere near; no slope does."""
CLOSE = 5
"""Distance from an outline up to which pixels are looked at."""
RINGS = (1, 2, 3, 5, 8)
"""Distances of the places around a pixel that are looked at, in eight directions each. First comes that in
which most is near, then its neighbour on the side where more is: turned and mirrored outlines look alike."""
DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
PLACE = 4
"""Values a place."""
BANDS = (-7, -3.5, -2.5, -1.5, 0, 1.5, 2.5, 3.5, 7)
"""Borders of bands along an outline, by distance from it, negative on its farther side."""
PROFILES = 3
"""Neighbourhoods in which the colours of these bands are compared: close, wide, and the whole picture."""
OWN = 20 + 2 * PROFILES * (len(BANDS) - 1)
"""Values of the pixel itself."""
INPUTS = OWN + PLACE * len(RINGS) * len(DIRECTIONS)
_NOISE = np.float32(0.0012)


@dataclass(frozen=True)
class Evidence:
    """Pixels near outlines and what is known of each.

    Attributes:
        y, x: (pixels,) where they are.
        inputs: (pixels, INPUTS) float32, what the network is told.
        far, near: (pixels,) disparity of the farthest and the nearest surface around.
        share: (pixels,) where the given disparity lies between them, 0 far to 1 near.
        hard: (pixels,) 0 to 1, how much outlines are steps from one pixel to the next, here and elsewhere.
        order: (pixels, 2) int8, number of the direction that is told first, and 1 or -1 for the way on.
    """

    y: np.ndarray
    x: np.ndarray
    inputs: np.ndarray
    far: np.ndarray
    near: np.ndarray
    share: np.ndarray
    hard: np.ndarray
    order: np.ndarray


def gather_evidence(
    frame: np.ndarray, given: np.ndarray, loose: np.ndarray, chosen: np.ndarray | None = None
) -> Evidence:
    """Find the pixels near outlines, and what speaks for either side.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        given: (height, width) float32 in [0, 1], disparity.
        loose: of the same shape, before outlines were aligned.
        chosen: (height, width) bool, pixels to be left out where False.
    """
    far, near = extremes(given, REACH)
    span = near - far
    steps = np.maximum(_climb(given), _climb(loose))
    outline = (span > STEP) & (cv2.dilate(steps, _square(REACH - 2)) > STEEP * span)
    scaled = 1 / (span + np.float32(1e-4))
    share = (given - far) * scaled
    distance = _distance(share > 0.5)
    # both surfaces have to be close by: farther in, `share` is that of another place's surfaces
    low, high = extremes(given, CLOSE)
    where = outline & (np.abs(distance) <= CLOSE) & (low < (far + near) / 2) & (high > (far + near) / 2)
    if chosen is not None:
        where &= chosen
    y, x = (place.astype(np.int32) for place in np.nonzero(where))
    outlines = outline.astype(np.float32)
    core_low, core_high = extremes(given, 2)
    middle = (far + near) / 2
    sure_near = outlines * (core_low > middle + 0.25 * span)
    sure_far = outlines * (core_high < middle - 0.25 * span)
    narrow = _models(frame, outlines * share, outlines * (1 - share), NARROW)
    wide = _models(frame, sure_near, sure_far, REACH)
    odds = [_odds(frame, model) for model in (narrow, wide)]
    # where colours contradict disparity, the outline is likely to be wrong
    says = np.tanh(odds[1]) * outlines
    against = np.maximum(-says * (2 * share - 1), 0)
    total = np.abs(says * (2 * share - 1))
    size = 65
    doubt = cv2.blur(against, (size, size)) / (cv2.blur(total, (size, size)) + np.float32(1e-3))
    overall = np.float32(against.sum() / (total.sum() + 1e-3))
    softness = cv2.dilate(_climb(loose), _square(4)) / (span + np.float32(1e-4))
    wide_near = extremes(given, WIDE)[1]
    close_far, close_near = extremes(given, NARROW)
    # exact disparity steps from one pixel to the next, so little may be moved there
    hardness = np.clip(2 * softness - 0.4, 0, 1) * outlines
    hard = cv2.blur(hardness, (size, size)) / (cv2.blur(outlines, (size, size)) + np.float32(1e-3))
    hard_overall = np.float32(hardness.sum() / (outlines.sum() + 1))
    flat = y * given.shape[1] + x

    def here(values: np.ndarray) -> np.ndarray:
        return values.ravel()[flat]

    base, factor, value = here(far), here(scaled), here(share)
    one = np.ones(len(y), np.float32)
    own = np.stack([
        np.clip(here(distance) / 4, -2, 2),
        np.minimum(4 * (here(near) - base), 2),
        np.clip(value, -0.5, 1.5),
        np.clip((here(loose) - base) * factor, -0.5, 1.5),
        here(odds[0]), here(odds[1]),
        here(narrow.contrast), here(wide.contrast),
        here(narrow.near_count), here(narrow.far_count), here(wide.near_count), here(wide.far_count),
        here(doubt) * 2, one * (4 * overall),
        np.clip(here(softness), 0, 1), here(hard), one * hard_overall,
        np.clip((here(wide_near) - base) * factor, 0, 4) - 1,
        np.clip((here(close_near) - base) * factor, -0.5, 1.5),
        np.clip((here(close_far) - base) * factor, -0.5, 1.5),
        *_profiles(distance, outlines, (np.tanh(odds[1]), np.minimum(6 * _relief(frame), 2)), y, x),
    ])  # fmt: skip
    inputs = np.empty((len(y), INPUTS), np.float32)
    order = np.empty((len(y), 2), np.int8)
    _gather(y, x, own, frame, given, loose, odds[1], far, scaled, offsets(), inputs, order)
    hardest = np.maximum(here(hard), hard_overall)
    return Evidence(y, x, inputs, base, here(near), value, hardest, order)


def extremes(given: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """Farthest and nearest disparity in the square of this radius around each pixel, as `given`."""
    return cv2.erode(given, _square(radius)), cv2.dilate(given, _square(radius))


@dataclass(frozen=True)
class _Models:
    """Colours of the nearer and the farther surface around each pixel.

    Attributes:
        near, far: (height, width, 3) mean colours.
        near_spread, far_spread: (height, width) variances over the channels.
        near_count, far_count: (height, width) share of the neighbourhood that they come from.
        contrast: (height, width) distance of the two means.
    """

    near: np.ndarray
    far: np.ndarray
    near_spread: np.ndarray
    far_spread: np.ndarray
    near_count: np.ndarray
    far_count: np.ndarray
    contrast: np.ndarray


def _models(frame: np.ndarray, near: np.ndarray, far: np.ndarray, radius: int) -> _Models:
    height, width = near.shape
    channels, squares = cv2.split(frame), total(frame * frame)
    found = []
    for weight in (near, far):
        planes = cv2.merge([*(one * weight for one in (*channels, squares)), weight])
        side = radius // 2 * 2 + 1
        planes = cv2.blur(halved(planes), (side, side))
        planes = cv2.resize(planes, (width, height), interpolation=cv2.INTER_LINEAR)
        count = planes[..., 4]
        mean = planes[..., :3] / (count[..., None] + np.float32(1e-4))
        spread = np.maximum(planes[..., 3] / (count + np.float32(1e-4)) - total(mean * mean), 0)
        found.append((mean, spread, count))
    contrast = np.sqrt(total((found[0][0] - found[1][0]) ** 2))
    return _Models(found[0][0], found[1][0], found[0][1], found[1][1], found[0][2], found[1][2], contrast)


def _odds(frame: np.ndarray, model: _Models) -> np.ndarray:
    """Log-odds of the nearer surface by colour, at most 4 either way; 0 where one is not known."""
    near, far = model.near_spread / 3 + _NOISE, model.far_spread / 3 + _NOISE
    from_near = total((frame - model.near) ** 2) / (2 * near) + 1.5 * np.log(near)
    from_far = total((frame - model.far) ** 2) / (2 * far) + 1.5 * np.log(far)
    known = np.minimum(np.minimum(model.near_count, model.far_count) * 30, 1)
    return (np.clip((from_far - from_near) / 2, -4, 4) * known).astype(np.float32)


def _distance(nearer: np.ndarray) -> np.ndarray:
    """Pixels to the other side, positive where `nearer`."""
    inside, outside = (
        cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 3) for side in (nearer, ~nearer)
    )
    return np.where(nearer, inside, -outside)


def _profiles(
    distance: np.ndarray,
    outlines: np.ndarray,
    values: tuple[np.ndarray, ...],
    y: np.ndarray,
    x: np.ndarray,
) -> list[np.ndarray]:
    """Mean of values in each band along the outlines around pixels; it tells by how much they are beside.

    Returns:
        For each of the values, for each band: in a close neighbourhood, in a wide one, in the picture.
    """
    found: list[list[np.ndarray]] = [[] for _ in values]
    places = _between(y, x)
    for low, high in pairwise(BANDS):
        band = outlines * ((distance > low) & (distance <= high))
        planes = cv2.merge([*(band * one for one in values), band])
        small = halved(planes)
        for radius in (8, 24):
            size = radius // 2 * 2 + 1
            means = cv2.blur(small, (size, size))
            for number, profile in enumerate(found):
                profile.append(
                    _sampled(means[..., number] / (means[..., -1] + np.float32(2e-3)), places, len(y))
                )
        sums = cv2.sumElems(planes)
        for number, profile in enumerate(found):
            profile.append(np.full(len(y), sums[number] / (sums[len(values)] + 1), np.float32))
    return [one for profile in found for one in profile]


def _between(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels are in a map of half the size, in lines of 1024."""
    lines = max(1, -(-len(y) // 1024))
    places = (np.maximum(place.astype(np.float32) / 2 - 0.25, 0) for place in (y, x))
    down, across = (np.pad(one, (0, 1024 * lines - len(one))).reshape(lines, 1024) for one in places)
    return down, across


def _sampled(small: np.ndarray, places: tuple[np.ndarray, np.ndarray], count: int) -> np.ndarray:
    """Values of a map of half the size at pixels, between its own."""
    down, across = places
    return cv2.remap(small, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).ravel()[:count]


def _relief(frame: np.ndarray) -> np.ndarray:
    """How much colours change from pixel to pixel."""
    across = total(np.abs(np.diff(frame, axis=1, append=frame[:, -1:])))
    down = total(np.abs(np.diff(frame, axis=0, append=frame[-1:])))
    return across + down


def total(colours: np.ndarray, weights: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """Sum over the channels of (height, width, 3) float32, weighted."""
    # twenty times as fast as numpy's sum over an axis of three
    return cv2.transform(colours, np.array([weights], np.float32))


def halved(planes: np.ndarray) -> np.ndarray:
    """Maps of half the size, rounded up, (height, width, maps)."""
    size = -(-planes.shape[1] // 2), -(-planes.shape[0] // 2)
    # four at a time: OpenCV takes no more where sides are odd
    groups = [planes[..., first : first + 4] for first in range(0, planes.shape[2], 4)]
    small = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in groups]
    return np.concatenate([one if one.ndim == 3 else one[..., None] for one in small], 2)


def _climb(given: np.ndarray) -> np.ndarray:
    low, high = extremes(given, 1)
    return (high - low) / 2


def _square(radius: int) -> np.ndarray:
    return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)


def offsets() -> np.ndarray:
    """Places around a pixel, (places, 2) rows down and columns across, ring by ring."""
    places = [(ring * down, ring * across) for ring in RINGS for down, across in DIRECTIONS]
    return np.array(places, np.int32)


@kernel()
def _gather(
    y: np.ndarray,
    x: np.ndarray,
    own: np.ndarray,
    frame: np.ndarray,
    given: np.ndarray,
    loose: np.ndarray,
    odds: np.ndarray,
    far: np.ndarray,
    scaled: np.ndarray,
    offsets: np.ndarray,
    inputs: np.ndarray,
    order: np.ndarray,
) -> None:
    """Fill in the inputs, (pixels, INPUTS), and the order of directions; `own` is (OWN, pixels)."""
    height, width = given.shape
    nearness = np.empty(8, np.int64)
    for index in range(len(y)):
        v, u = y[index], x[index]
        at = len(own)
        for number in range(at):
            inputs[index, number] = own[number, index]
        base, factor = far[v, u], scaled[v, u]
        nearness[:] = 0
        for place in range(len(offsets)):
            i = min(max(v + offsets[place, 0], 0), height - 1)
            j = min(max(u + offsets[place, 1], 0), width - 1)
            share = min(max((given[i, j] - base) * factor, np.float32(-0.5)), np.float32(1.5))
            # whole numbers, so that rounding decides nothing
            nearness[place % 8] += int(np.floor(share * 8 + 0.5))
        first, step = _order(nearness)
        order[index, 0], order[index, 1] = first, step
        for place in range(len(offsets)):
            number = place // 8 * 8 + (first + step * place) % 8
            i = min(max(v + offsets[number, 0], 0), height - 1)
            j = min(max(u + offsets[number, 1], 0), width - 1)
            apart = np.float32(0)
            for channel in range(3):
                apart += abs(frame[i, j, channel] - frame[v, u, channel])
            inputs[index, at] = min(max((given[i, j] - base) * factor, np.float32(-0.5)), np.float32(1.5))
            inputs[index, at + 1] = min(max((loose[i, j] - base) * factor, np.float32(-0.5)), np.float32(1.5))
            inputs[index, at + 2] = min(apart * np.float32(2), np.float32(2))
            inputs[index, at + 3] = odds[i, j] * np.float32(0.5)
            at += 4


@kernel(inline="always")
def _order(nearness: np.ndarray) -> tuple[int, int]:
    """The direction that comes first, and whether the others follow with (1) or against (-1) the clock."""
    first, most = 0, 0
    for number in range(8):
        around = 2 * nearness[number] + nearness[(number + 1) % 8] + nearness[number - 1]
        if number == 0 or around > most:
            first, most = number, around
    ahead = behind = 0
    for step in range(1, 4):
        ahead += nearness[(first + step) % 8]
        behind += nearness[(first - step) % 8]
    return first, 1 if ahead >= behind else -1
