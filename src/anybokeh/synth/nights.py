"""Nights full of lamps, and days whose white is no lamp, with the light before the camera clipped it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.optics.light import encode
from anybokeh.synth.camera_noise import CameraSettings, degrade

WIDTH, HEIGHT = 512, 288
COLOURS = np.array([
    [1, 1, 1], [1, 0.95, 0.9], [0.85, 0.95, 1], [1, 0.62, 0.25], [1, 0.4, 0.08], [1, 0.08, 0.06],
    [1, 0.02, 0.02],    [0.1, 1, 0.3], [0.03, 1, 0.08], [0.12, 0.25, 1.0], [0.03, 0.06, 1], [1, 0.2, 0.7],
    [0.2, 0.9, 1], [1, 0.9, 0.2],
])  # fmt: skip
DAYS = "wall", "paper", "sky", "snow", "water", "flowers"


@dataclass(frozen=True)
class Night:
    """One night.

    Attributes:
        light: (height, width, 3), linear, before the camera clipped it.
        frame: (height, width, 3) float32 in [0, 1], as it was recorded.
        places: (lamps, 2) rows and columns.
    """

    light: np.ndarray
    frame: np.ndarray
    places: np.ndarray


def texture(rng: np.random.Generator, mean: float, amount: float) -> np.ndarray:
    """(height, width, 3) linear, rough at all scales."""
    total = np.zeros((HEIGHT, WIDTH, 3))
    for scale in (2, 5, 13, 40, 90):
        noise = rng.standard_normal((HEIGHT // scale + 2, WIDTH // scale + 2, 3)) * (1, 0.8, 0.9)
        total += (
            cv2.resize(noise + noise.mean(2, keepdims=True), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
            * scale**0.5
        )
    return mean * np.exp(amount * total / total.std())


def night(seed: int) -> Night:
    """Lamps of radius 0.5 to 8 pixels, 1.5 to 7 stops brighter than white."""
    rng = np.random.default_rng((seed, 11))
    light = texture(rng, np.exp(rng.uniform(np.log(0.006), np.log(0.08))), 0.5)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    places = []
    for row in range(5):
        for column in range(9):
            place = np.array([32 + 56 * row, 30 + 56 * column]) + rng.uniform(-3, 3, 2)
            radius, stops = np.exp(rng.uniform(np.log(0.5), np.log(8))), rng.uniform(1.5, 7)
            colour = COLOURS[rng.integers(len(COLOURS))]
            cover = np.clip(radius + 0.5 - np.hypot(y - place[0], x - place[1]), 0, 1)[..., None]
            cover *= min(1.0, np.pi * radius**2 / cover.sum())
            light = light * (1 - cover) + cover * 2**stops * colour
            places.append(np.rint(place))
    light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.1, 1.0))
    if rng.random() < 0.7:
        share = np.exp(rng.uniform(np.log(0.005), np.log(0.08)))
        light = (1 - share) * light + share * sum(
            cv2.GaussianBlur(light, (0, 0), width) for width in (3, 8, 20)
        ) / 3
    return Night(light, recorded(light, rng), np.array(places, int))


def recorded(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As a camera records it: clipped, often sharpened, with grain, and compressed."""
    seen = encode(np.minimum(light, 1), "srgb")
    if rng.random() < 0.4:
        seen = np.clip(seen + rng.uniform(0.2, 0.8) * (seen - cv2.GaussianBlur(seen, (0, 0), 1.0)), 0, 1)
    frames = seen.transpose(2, 0, 1)[None].astype(np.float32)
    grain = float(np.exp(rng.uniform(np.log(0.002), np.log(0.03))))
    way = rng.integers(3)
    frames = degrade(
        frames, CameraSettings(grain, grain * 0.1, int(rng.integers(14, 26)) if way == 0 else None), rng
    )
    picture = np.rint(np.clip(frames[0].transpose(1, 2, 0), 0, 1) * 255).astype(np.uint8)
    if way == 1:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))]
        coded = cv2.imencode(".jpg", picture[..., ::-1], quality)[1]
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[..., ::-1]
    return np.ascontiguousarray(picture * np.float32(1 / 255))


def day(kind: str, seed: int) -> np.ndarray:
    """(height, width, 3) linear, clipped: a picture by day with what is white but no lamp."""
    rng = np.random.default_rng((seed, 12))
    light = texture(rng, 0.25, 0.35)
    for _ in range(6):
        top, left, high, wide = rng.integers((0, 0, 6, 6), (HEIGHT - 40, WIDTH - 60, 120, 200))
        if kind == "wall":
            light[top : top + high, left : left + wide] = rng.uniform(1, 1.5)
        elif kind == "paper":
            light[top : top + high // 6, left : left + wide // 8] = rng.uniform(1, 1.3)
        elif kind == "flowers":
            cv2.circle(
                light,
                (int(left), int(top)),
                int(rng.integers(2, 9)),
                rng.permutation([1.3, 0.3, 0.1]).tolist(),
                -1,
            )
    if kind == "sky":
        light[:150] = np.array([0.6, 0.85, 1.2]) * np.linspace(1.3, 0.8, 150)[:, None, None]
        light[:150] += 0.5 * np.maximum(texture(rng, 1, 0.5)[:150] - 1, 0)
    elif kind == "snow":
        light[120:] = texture(rng, 0.95, 0.12)[120:]
    elif kind == "water":
        waves = cv2.GaussianBlur((rng.random((HEIGHT, WIDTH, 1)) > 0.995).astype(np.float64), (0, 0), 0.8)[
            ..., None
        ]
        light += waves * rng.uniform(3, 12)
    return np.minimum(cv2.GaussianBlur(light, (0, 0), 0.6), 1)
