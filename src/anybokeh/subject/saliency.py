"""What stands out in one picture: what a finder is, and the best that is at hand."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from anybokeh.storage.pinned import FACE_NETWORK, SUBJECT_NETWORK, obtain
from anybokeh.subject.contrast import Contrast
from anybokeh.subject.faces import FaceNetwork, Faces, find_cascade
from anybokeh.subject.network import SaliencyNetwork
from anybokeh.subject.people import Face, is_seen, place_of, prefer, subjects


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
    """A `Saliency` that prefers people. saliency: what finds things that stand out. faces: finds faces.

    A person who does not stand out in the whole picture is looked at again from close.
    """

    def __init__(self, saliency: Saliency, faces: Faces) -> None:
        self.name = f"{saliency.name}, people first"
        self.is_guess = saliency.is_guess
        self._saliency = saliency
        self._faces = faces

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        found = self._saliency(picture)
        faces = subjects(found, self._faces(picture))
        unseen = [face for face in faces if not is_seen(found, face)]
        if unseen:
            found = self._from_close(picture, found, max(unseen, key=lambda face: face[3]))
        return prefer(found, faces) if faces else found

    def _from_close(self, picture: np.ndarray, found: np.ndarray, face: Face) -> np.ndarray:
        """What was found, with what stands out in the surroundings of a face if that has the face in it."""
        there = place_of(face, picture.shape)
        closer = np.zeros_like(found)
        closer[there] = self._saliency(np.ascontiguousarray(picture[there]))
        x, y, width, height = face
        on_face = closer[y : y + height, x : x + width]
        return np.maximum(found, closer) if on_face.size and on_face.mean() > 0.5 else found


def load_saliency() -> Saliency:
    """The small networks, fetched if need be; without them contrast, and faces by OpenCV if it can.

    A warning of one line says what is fetched, and another why it cannot be.
    """
    network, faces_network = obtain([SUBJECT_NETWORK, FACE_NETWORK])
    saliency = Contrast() if network is None else SaliencyNetwork(network)
    faces = find_cascade() if faces_network is None else FaceNetwork(faces_network)
    return saliency if faces is None else PeopleFirst(saliency, faces)
