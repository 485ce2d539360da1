"""Small networks in ONNX files, run on the processor: by ONNX Runtime if it is installed, else by OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from anybokeh.runtime.onnx_session import session_over


class OnnxNetwork:
    """A network with one input.

    path: its file. outputs: names of one of its outputs, or of all in order. stands_for_any: the input's
    shape in a file that was written for one size but holds for any; its second number, the channels, stays.
    """

    def __init__(
        self, path: Path, outputs: Sequence[str], stands_for_any: tuple[int, int, int, int] | None = None
    ) -> None:
        self._outputs = list(outputs)
        self._session = _session(path, stands_for_any)
        self._network = None if self._session else cv2.dnn.readNetFromONNX(str(path))

    def __call__(self, values: np.ndarray) -> list[np.ndarray]:
        """The outputs, for an input of (number, channels, height, width) float32."""
        values = np.ascontiguousarray(values, np.float32)
        if self._session is not None:
            return self._session.run(self._outputs, {self._session.get_inputs()[0].name: values})
        assert self._network is not None
        self._network.setInput(values)
        if len(self._outputs) == 1:
            return [np.asarray(self._network.forward(self._outputs[0]))]
        return [np.asarray(one) for one in self._network.forward(self._outputs)]


def _session(path: Path, stands_for_any: tuple[int, int, int, int] | None) -> Any:
    model = path.read_bytes()
    if stands_for_any is not None:
        model = with_any_size(model, stands_for_any)
    try:
        return session_over(model)
    except ImportError:
        return None


def with_any_size(model: bytes, shape: tuple[int, int, int, int]) -> bytes:
    """An ONNX file whose input of that shape takes any number, height and width.

    Raises ValueError where the shape, of numbers below 128, does not stand in the file.
    """
    # a dimension is a message of two bytes: its number (field 1), or an empty name (field 2) for any
    fixed = [b"\x0a\x02\x08" + bytes([side]) for side in shape]
    any_side = b"\x0a\x02\x12\x00"
    if (written := b"".join(fixed)) not in model:
        raise ValueError(f"no input of shape {shape} in this ONNX file")
    return model.replace(written, any_side + fixed[1] + 2 * any_side, 1)
