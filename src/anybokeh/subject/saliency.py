"""What stands out in one picture: what a finder is, and the best that is at hand."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

import cv2
import numpy as np

from anybokeh.subject.contrast import Contrast
from anybokeh.subject.faces import Faces, find_faces
from anybokeh.subject.network import SaliencyNetwork, find_weights
from anybokeh.subject.people import prefer


class Saliency(Protocol):
    """Tells what stands out in a picture.

    name: how to call it in notes. is_guess: whether it knows nothing of objects.
    """

    @property
    def name(self) -> str: ...
    @property
    def is_guess(self) -> bool: ...

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """How likely each pixel belongs to the subject: (height, width) in [0, 1].

        picture: (height, width, 3) uint8 RGB.
        """
        ...


class PeopleFirst:
    """A `Saliency` that prefers people. saliency: what finds things that stand out. faces: finds faces."""

    def __init__(self, saliency: Saliency, faces: Faces) -> None:
        self.name = f"{saliency.name}, people first"
        self.is_guess = saliency.is_guess
        self._saliency = saliency
        self._faces = faces

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        found = self._saliency(picture)
        boxes = self._faces(picture)
        return prefer(found, boxes) if boxes else found


def load_saliency() -> Saliency:
    """The network where its weights are installed, else a measure by contrast and place; people first."""
    saliency: Saliency = Contrast()
    path = find_weights()
    if path is not None:
        # damaged, or of a kind that this OpenCV does not run
        with suppress(cv2.error):
            saliency = SaliencyNetwork(path)
    faces = find_faces()
    return saliency if faces is None else PeopleFirst(saliency, faces)
