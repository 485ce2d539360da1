"""Outlines of what can be focused on by a click: the subjects and faces of one frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from anybokeh.disparity.salient import SalientDisparity
from anybokeh.focus.spec import PointFocus
from anybokeh.studio.session import ClipSession
from anybokeh.studio.still_faces import Place, still_faces
from anybokeh.subject.clip_subject import ClipSubject

_SMALLEST = 0.002
"""Share of the picture below which a part is no subject of its own."""
_ROUGH = 0.004
"""How far an outline may be from the mask's, as a share of the picture's width."""
_CORNERS = 24
"""Of the ellipse around a face."""


def outlines(session: ClipSession, index: int) -> list[dict[str, Any]]:
    """What stands out in a frame, as far as the clip has been looked through for it.

    Returns:
        Of each face and subject its focus as a keyframe gives it, and its outlines: lists of (x, y) as shares
        of width and height. Faces come first, for they lie on subjects. No subjects where they were not
        looked for.

    Raises:
        InputError: the clip has no such frame.
    """
    session.check(index)
    subject = _subject(session)
    faces = [face_outline(face, session.times[index]) for face in still_faces(session, index)]
    return faces + ([] if subject is None else outlines_of(subject.numbers(index)))


def face_outline(face: Place, seconds: float) -> dict[str, Any]:
    """The outline of a face, an ellipse, and a focus that follows its middle."""
    left, top, width, height = face
    middle = np.array([left + width / 2, top + height / 2])
    around = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    ellipse = middle + np.stack([np.cos(around), np.sin(around)], -1) * (width / 2, height / 2)
    x, y = (100 * middle).clip(0, 100).round(2).tolist()
    focus = PointFocus(x, y, True, True, round(float(seconds), 3))
    return {"focus": str(focus), "outlines": [ellipse.clip(0, 1).round(4).tolist()]}


def outlines_of(numbers: np.ndarray) -> list[dict[str, Any]]:
    """The outlines of a map of bodies, (height, width) uint8, 0 for none: see `outlines`."""
    height, width = numbers.shape
    found = []
    for number in np.unique(numbers[numbers > 0]).tolist():
        mask = (numbers == number).astype(np.uint8)
        parts = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        large = [part for part in parts if cv2.contourArea(part) >= _SMALLEST * mask.size]
        if large:
            rough = [cv2.approxPolyDP(part, _ROUGH * width, True)[:, 0] for part in large]
            shares = [((part + 0.5) / (width, height)).round(4).tolist() for part in rough]
            found.append({"focus": f"subject:{number}", "outlines": shares})
    return found


def _subject(session: ClipSession) -> ClipSubject | None:
    source = session.disparity.result
    if isinstance(source, SalientDisparity):
        return source.subject
    following = session.following
    return None if following is None else following.subject
