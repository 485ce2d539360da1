"""Faces in the frames that are looked at, where the network that finds them is on this machine."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

from anybokeh.storage.pinned import FACE_NETWORK, find
from anybokeh.studio.session import ClipSession
from anybokeh.subject.faces import FaceNetwork, Faces
from anybokeh.subject.views import view

Place = tuple[float, float, float, float]
"""Left, top, width and height as shares of the picture's."""
_alone = threading.Lock()
"""Networks of OpenCV cannot be used by several threads at once."""


def still_faces(session: ClipSession, index: int) -> list[Place]:
    """The faces of a frame, largest first; none where the network is not here: nothing is fetched for it.

    Raises InputError where the frame cannot be read.
    """
    file = find(FACE_NETWORK)
    if file is None:
        return []
    picture = view(session.proxies.picture(index)).close
    height, width = picture.shape[:2]
    with _alone:
        found = _network(file)(picture)
    found = sorted(found, key=lambda face: -face[2] * face[3])
    return [(x / width, y / height, across / width, down / height) for x, y, across, down in found]


@cache
def _network(file: Path) -> Faces:
    return FaceNetwork(file)
