"""People first: where there is a face, the subject is who it belongs to."""

from __future__ import annotations

import cv2
import numpy as np

_ACROSS, _DOWN = 4.5, 9.0
"""Width and height of a person, in those of the face."""
_OTHERS = 0.25
"""What is left of other things where there are people."""
_PRIOR = 0.6
"""How likely a body is where the finder saw nothing but the face is there."""


def prefer(found: np.ndarray, faces: list[tuple[int, int, int, int]]) -> np.ndarray:
    """What was found, with people kept and the rest held back; (height, width) in [0, 1].

    Parts that reach into the place of a person are kept whole.
    """
    place = np.zeros(found.shape, np.uint8)
    for x, y, width, height in faces:
        middle, reach = x + width / 2, _ACROSS * width / 2
        top, bottom = int(y - 0.3 * height), int(y + _DOWN * height)
        left, right = int(middle - reach), int(middle + reach)
        place[max(0, top) : bottom, max(0, left) : right] = 1
    numbers = np.asarray(cv2.connectedComponents((found > 0.3).astype(np.uint8))[1], np.intp)
    inside = np.bincount(numbers[place > 0], minlength=numbers.max() + 1)
    whole = np.bincount(numbers.ravel(), minlength=numbers.max() + 1)
    people = inside > 0.3 * whole
    people[0] = False
    result = np.where(people[numbers], found, _OTHERS * found)
    for x, y, width, height in faces:
        centre = (round(x + width / 2), round(y + height / 2))
        # head, and shoulders below it
        body = np.zeros(found.shape, np.float32)
        cv2.ellipse(body, centre, (round(0.6 * width), round(0.8 * height)), 0, 0, 360, 1.0, -1)
        below = (centre[0], round(y + 3.2 * height))
        cv2.ellipse(body, below, (round(1.3 * width), round(2.2 * height)), 0, 0, 360, 1.0, -1)
        result = np.maximum(result, _PRIOR * cv2.GaussianBlur(body, (0, 0), max(1.0, width / 8)))
    return result.astype(np.float32)
