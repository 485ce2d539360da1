"""Faces in a picture.

They are found by a small network, CenterFace (Xu et al., arXiv 1911.03599); else by the cascades that OpenCV
4 carries (Viola and Jones, 2001).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from anybokeh.runtime.onnx import OnnxNetwork

Faces = Callable[[np.ndarray], list[tuple[int, int, int, int]]]
"""Finds faces in (height, width, 3) uint8 RGB: boxes of x, y, width, height."""
_ENLARGED = 2
"""The cascade knows no faces smaller than 24 pixels."""
_SMALLEST = 0.06
"""Share of the picture's height below which a face is one of a crowd."""
_CASCADE = "haarcascade_frontalface_default.xml"
_SHAPE = 10, 3, 32, 32
"""That the network was written for; it holds for any multiple of 32."""
_OUTPUTS = "537", "538", "539", "540"
_MULTIPLE, _STEP = 32, 4
_SURE, _OVERLAP = 0.5, 0.3


class FaceNetwork:
    """CenterFace: `Faces`. path: its ONNX file."""

    def __init__(self, path: Path) -> None:
        self._network = OnnxNetwork(path, _OUTPUTS, _SHAPE)

    def __call__(self, picture: np.ndarray) -> list[tuple[int, int, int, int]]:
        height, width = picture.shape[:2]
        across, down = (_MULTIPLE * max(1, round(side / _MULTIPLE)) for side in (width, height))
        small = cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA).astype(np.float32)
        # on a grid of every fourth pixel: (1, 1, h, w), twice (1, 2, h, w) of height and width, and landmarks
        sure, sides, offsets, _ = (one[0] for one in self._network(small.transpose(2, 0, 1)[None]))
        rows, columns = np.nonzero(sure[0] > _SURE)
        boxes = []
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            tall, wide = _STEP * np.exp(sides[:, row, column])
            middle_y, middle_x = _STEP * (np.array([row, column]) + offsets[:, row, column] + 0.5)
            x, y = (middle_x - wide / 2) * width / across, (middle_y - tall / 2) * height / down
            boxes.append((int(x), int(y), int(wide * width / across), int(tall * height / down)))
        kept = cv2.dnn.NMSBoxes(boxes, sure[0, rows, columns].tolist(), _SURE, _OVERLAP) if boxes else []
        return [boxes[int(index)] for index in kept if boxes[int(index)][3] >= _SMALLEST * height]


def find_cascade() -> Faces | None:
    """The detector of OpenCV 4, else None."""
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
