"""People first: where there is a face, the subject is who it belongs to.

Faces are found by the cascades that OpenCV 4 carries with it (Viola and Jones, CVPR 2001); OpenCV 5 has none,
and then whatever stands out is the subject.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from anybokeh.subject.network import Saliency

Faces = Callable[[np.ndarray], list[tuple[int, int, int, int]]]
"""Finds faces in (height, width) uint8: boxes of x, y, width, height."""
_ACROSS, _DOWN = 4.5, 9.0
"""Width and height of a person, in those of the face."""
_OTHERS = 0.25
"""What is left of other things where there are people."""
_PRIOR = 0.6
"""How likely a body is where the finder saw nothing but the face is there."""
_ENLARGED = 2
"""The cascade knows no faces smaller than 24 pixels."""
_SMALLEST = 0.15
"""Share of the picture's height below which a face is one of a crowd."""
_CASCADE = "haarcascade_frontalface_default.xml"


class PeopleFirst:
    """A `Saliency` that prefers people. saliency: what finds things that stand out. faces: finds faces."""

    def __init__(self, saliency: Saliency, faces: Faces) -> None:
        self.name = f"{saliency.name}, people first"
        self.is_guess = saliency.is_guess
        self._saliency = saliency
        self._faces = faces

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        found = self._saliency(picture)
        boxes = self._faces(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        return prefer(found, boxes) if boxes else found


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


def find_faces() -> Faces | None:
    """OpenCV's own detector where this OpenCV carries one, else None."""
    data = getattr(cv2, "data", None)
    make = getattr(cv2, "CascadeClassifier", None)
    if data is None or make is None:
        return None
    file = Path(data.haarcascades) / _CASCADE
    if not file.is_file():
        return None
    cascade = make(str(file))

    def faces(grey: np.ndarray) -> list[tuple[int, int, int, int]]:
        large = cv2.resize(grey, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
        least = max(24, round(_SMALLEST * len(large)))
        boxes = cascade.detectMultiScale(large, 1.1, 6, minSize=(least, least))
        return [
            (int(x), int(y), int(w), int(h)) for x, y, w, h in np.asarray(boxes).reshape(-1, 4) // _ENLARGED
        ]

    return faces
