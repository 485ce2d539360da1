"""Readable twins of the fast kernels: whole maps at once, as OpenCV halves, blurs and enlarges them."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np


def halved(one: np.ndarray) -> np.ndarray:
    size = -(-one.shape[1] // 2), -(-one.shape[0] // 2)
    return cv2.resize(one, size, interpolation=cv2.INTER_AREA)


def surfaces(
    frame: np.ndarray, near: np.ndarray, far: np.ndarray, radius: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds by colour, distance of the mean colours, and shares that are near and far."""
    height, width = near.shape
    side = radius // 2 * 2 + 1
    found = []
    for weight in (near, far):
        maps = [*(frame * weight[..., None]).transpose(2, 0, 1), (frame**2).sum(2) * weight, weight]
        maps = [cv2.blur(halved(np.ascontiguousarray(one)), (side, side)) for one in maps]
        maps = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in maps]
        mean = np.dstack(maps[:3]) / (maps[4][..., None] + 1e-4)
        spread = np.maximum(maps[3] / (maps[4] + 1e-4) - (mean**2).sum(2), 0) / 3 + 0.0012
        likely = -((frame - mean) ** 2).sum(2) / (2 * spread) - 1.5 * np.log(spread)
        found.append((mean, likely, maps[4]))
    (near_mean, near_likely, near_count), (far_mean, far_likely, far_count) = found
    known = np.minimum(np.minimum(near_count, far_count) * 30, 1)
    odds = np.clip((near_likely - far_likely) / 2, -4, 4) * known
    return odds, np.sqrt(((near_mean - far_mean) ** 2).sum(2)), near_count, far_count


def profiles(
    distance: np.ndarray,
    outlines: np.ndarray,
    values: tuple[np.ndarray, ...],
    bands: tuple[float, ...],
    y: np.ndarray,
    x: np.ndarray,
) -> np.ndarray:
    """Means of values in bands along outlines, (values, bands, neighbourhoods, pixels)."""
    places = [np.maximum(one.astype(np.float32) / 2 - 0.25, 0)[None] for one in (x, y)]
    means = []
    for value in values:
        for low, high in pairwise(bands):
            band = (outlines & (distance > low) & (distance <= high)).astype(np.float32)
            for side in (9, 25):
                mean, count = (cv2.blur(halved(one), (side, side)) for one in (value * band, band))
                share = mean / (count + np.float32(2e-3))
                means.append(cv2.remap(share, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0])
            means.append(np.full(len(y), (value * band).sum() / (band.sum() + 1)))
    return np.reshape(means, (len(values), len(bands) - 1, 3, len(y)))


def relief(frame: np.ndarray) -> np.ndarray:
    """Changes of colour to the right and down."""
    right = np.abs(np.diff(frame, axis=1, append=frame[:, -1:])).sum(2)
    return right + np.abs(np.diff(frame, axis=0, append=frame[-1:])).sum(2)


def surroundings(
    frame: np.ndarray, luma: np.ndarray, clipped: np.ndarray, centres: np.ndarray, sides: tuple[int, ...]
) -> list[np.ndarray]:
    """Of spots: mean and deviation of luma around, and what is clipped, by side; last red without blue."""
    free = 1 - clipped.astype(np.float32)
    maps = [halved(one) for one in (luma * free, luma**2 * free, *cv2.split(frame * free[..., None]), free)]
    y, x = (np.clip(centres[:, 1 - n] / 2, 0, maps[0].shape[n] - 1).astype(int) for n in (0, 1))
    statistics, warmth = [], np.zeros(0)
    for side in sides:
        bright, square, red, _, blue, part = (cv2.blur(one, (side, side))[y, x] for one in maps)
        mean = bright / (part + 1e-3)
        statistics += [mean, np.sqrt(np.maximum(square / (part + 1e-3) - mean**2, 0)), 1 - part]
        warmth = (red - blue) / (part + 1e-3)
    return [*statistics, warmth]


def grown(labels: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the spots around pixels, and steps from them; the lower number wins, -1 stays."""
    labels, distance = labels.copy(), np.zeros(labels.shape)
    for step in range(1, steps + 1):
        kernel = np.ones((3, 3), np.uint8)
        if step % 2 == 0:
            kernel = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
        far = np.where(labels <= 0, 1e6, labels).astype(np.float32)
        lowest = cv2.erode(far, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1e6)
        new = (labels == 0) & (lowest < 1e6)
        labels[new], distance[new] = lowest[new], step
    return labels, distance


def ground(light: np.ndarray, of: np.ndarray, step: np.ndarray, spots: int) -> tuple[np.ndarray, np.ndarray]:
    """Light beyond the rims of spots, and its deviation."""
    means, noise = np.zeros((spots, 3)), np.ones(spots)
    for spot in range(spots):
        beyond = light[(of == spot) & (step > 4)]
        if not len(beyond):
            continue
        mean = beyond.mean(0)
        for _ in range(2):
            mean = beyond[beyond.sum(1) <= 1.3 * mean.sum() + 0.003].mean(0)
        means[spot], noise[spot] = mean, np.sqrt(np.minimum((beyond - mean) ** 2, 0.02).mean())
    return means, noise


def rim(
    code: np.ndarray,
    light: np.ndarray,
    of: np.ndarray,
    step: np.ndarray,
    ground: np.ndarray,
    noise: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Of spots: what rims have more than the ground, and how much was seen."""
    spots = len(ground)
    excess, seen = np.zeros((spots, 3)), np.zeros(spots)
    for spot in range(spots):
        for distance in range(1, 4):
            here = (of == spot) & (step == distance)
            more = light[here] - ground[spot]
            top = more.max(1)
            grain, smeared = noise[spot] + 0.005, (0.2, 0.08, 0.08)[distance - 1] * top
            weight = np.clip((0.985 - code[here].max(1)) / 0.1, 0, 1) * top / (grain**2 + smeared**2)
            weight *= top > 2 * grain
            excess[spot] += (weight[:, None] * more).sum(0)
            seen[spot] += (weight * top).sum()
    return excess, seen


def lamp_stops(
    code: np.ndarray, light: np.ndarray, ground: np.ndarray, colour: np.ndarray, off: np.ndarray,
    spot_stops: np.ndarray, sure: np.ndarray, most_stops: float,
) -> np.ndarray:  # fmt: skip
    """Logarithm of the gain of pixels, (pixels, 3), each with its spot's values."""
    known = np.clip((0.9 - code) / 0.2, 0, 1)
    member = np.clip((code.max(1, keepdims=True) - 0.97) / 0.015, 0, 1)
    clipped = np.clip((code - 0.94) / 0.045, 0, 1) * member
    share = (known * colour).sum(1)
    told = (known * np.maximum(light - ground, 0)).sum(1) / np.maximum(share, 1e-3)
    trust = np.minimum(share / 0.05, 1) * known.max(1)
    guess = trust * np.log2(np.maximum(told, 1e-3)) + (1 - trust) * spot_stops
    least = (clipped / np.hypot(colour, off[:, None])).max(1)
    bright = np.minimum(np.maximum(np.exp2(guess), least), 2**most_stops)[:, None]
    wanted = np.log2(np.maximum((ground + bright * colour) / np.maximum(light, 1e-3), 1))
    return wanted * clipped * sure[:, None]
