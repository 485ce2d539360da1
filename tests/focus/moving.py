"""A made-up clip: a textured square that moves over a textured background, and its disparity."""

from __future__ import annotations

import cv2
import numpy as np

HEIGHT, WIDTH, COUNT = 180, 320, 40


def texture(seed: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


BACKGROUND, OBJECT = texture(0, HEIGHT, WIDTH), texture(1, 60, 60)


def path(index: int) -> tuple[float, float]:
    """Centre of the moving object in pixels."""
    return 60 + 5 * index, 90 + 25 * np.sin(index / 6)


def grey(index: int) -> np.ndarray:
    picture = BACKGROUND.copy()
    x, y = (round(v) - 30 for v in path(index))
    picture[y : y + 60, x : x + 60] = OBJECT
    return picture


class Disparity:
    name, official, size, count = "made up", None, (WIDTH // 2, HEIGHT // 2), COUNT

    def read(self, index, frame=None):
        disparity = np.full((HEIGHT, WIDTH), 0.1, np.float32)
        x, y = (round(v) - 30 for v in path(index))
        disparity[y : y + 60, x : x + 60] = 0.5 + 0.005 * index
        return disparity[::2, ::2]
