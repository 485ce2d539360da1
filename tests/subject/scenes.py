"""A made-up clip: a textured disc moves over a textured background while the camera pans, and its mask."""

from __future__ import annotations

import cv2
import numpy as np

HEIGHT, WIDTH, COUNT = 90, 160, 40


def texture(seed: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


BACKGROUND, SUBJECT = texture(0, HEIGHT, 3 * WIDTH), texture(1, HEIGHT, WIDTH)


def centre(index: int) -> tuple[int, int]:
    return 40 + 2 * index, 45 + round(12 * np.sin(index / 3))


def mask(index: int, moves: bool = True) -> np.ndarray:
    disc = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(disc, centre(index if moves else 20), 18, 1, -1)
    return disc.astype(bool)


def frame(index: int, moves: bool = True, background: np.ndarray = BACKGROUND) -> np.ndarray:
    """(height, width, 3) uint8."""
    inside = mask(index, moves)
    result = background[:, 2 * index : 2 * index + WIDTH].copy()
    x, y = centre(index if moves else 20)
    result[inside] = np.roll(SUBJECT, (y - 45, x - 80), (0, 1))[inside]
    return result


class Known:
    """A Saliency that knows the mask of the frames it is asked for in order, blurred as a network's."""

    name, is_guess = "known", False

    def __init__(self, masks: dict[int, np.ndarray]) -> None:
        self.requested: list[int] = []
        self._pictures = masks

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        index = min(self._pictures, key=lambda i: np.abs(frame(i).astype(int) - picture).sum())
        self.requested.append(index)
        found = cv2.GaussianBlur(self._pictures[index].astype(np.float32), (0, 0), 4)
        return cv2.resize(found, picture.shape[1::-1])


def iou(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / max((first | second).sum(), 1))
