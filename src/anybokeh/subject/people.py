"""People first: where there is a face, the subject is who it belongs to."""

from __future__ import annotations

import cv2
import numpy as np

Face = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""
_ACROSS, _DOWN = 4.5, 9.0
"""Width and height of a person, in those of the face."""
_OTHERS = 0.4
"""What is left of other things where there are people: they are doubtful, and motion decides."""
_HEAD, _BODY = 0.9, 0.6
"""How likely a head and a body are where the finder saw nothing but the face is there."""
_CROWD = 3
"""More small faces than these are a crowd: those whom the finder did not see are no subject."""
_LARGE = 0.15
"""Share of the picture's height from which a face is more than one of a crowd."""
_SEEN = 0.25
"""Mean share below a face from which the finder saw who it belongs to."""


def subjects(found: np.ndarray, faces: list[Face]) -> list[Face]:
    """Those of the faces that do not belong to a crowd behind the subject.

    found: (height, width) in [0, 1], what stands out.
    """
    large = _LARGE * len(found)
    if sum(face[3] < large for face in faces) <= _CROWD:
        return faces
    return [face for face in faces if face[3] >= large or is_seen(found, face)]


def is_seen(found: np.ndarray, face: Face) -> bool:
    """Whether what stands out, (height, width), holds the person below a face."""
    x, y, width, height = face
    body = found[max(0, y) : y + 4 * height, max(0, x) : x + width]
    return body.size > 0 and float(body.mean()) > _SEEN


def place_of(face: Face, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of the person whom a face belongs to."""
    x, y, width, height = face
    middle, reach = x + width / 2, _ACROSS * width / 2
    top, bottom = max(0, int(y - 0.3 * height)), min(shape[0], int(y + _DOWN * height))
    left, right = max(0, int(middle - reach)), min(shape[1], int(middle + reach))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def prefer(found: np.ndarray, faces: list[Face]) -> np.ndarray:
    """What was found, with people kept and the rest held back; (height, width) in [0, 1].

    Parts that reach into the place of a person are kept whole; heads belong to their people.
    """
    place = np.zeros(found.shape, np.uint8)
    for face in faces:
        place[place_of(face, found.shape)] = 1
    numbers = np.asarray(cv2.connectedComponents((found > 0.3).astype(np.uint8))[1], np.intp)
    inside = np.bincount(numbers[place > 0], minlength=numbers.max() + 1)
    whole = np.bincount(numbers.ravel(), minlength=numbers.max() + 1)
    people = inside > 0.3 * whole
    people[0] = False
    result = np.where(people[numbers], found, _OTHERS * found)
    for x, y, width, height in faces:
        centre = (round(x + width / 2), round(y + height / 2))
        below = (centre[0], round(y + 3.2 * height))
        head = (centre, (round(0.6 * width), round(0.8 * height)), _HEAD)
        shoulders = (below, (round(1.3 * width), round(2.2 * height)), _BODY)
        for middle, axes, likely in (head, shoulders):
            part = np.zeros(found.shape, np.float32)
            cv2.ellipse(part, middle, axes, 0, 0, 360, 1.0, -1)
            result = np.maximum(result, likely * cv2.GaussianBlur(part, (0, 0), max(1.0, width / 8)))
    return result.astype(np.float32)
