"""The network in plain numpy: for installations without PyTorch, and to check the other one against.

Pictures are (height, width, channels) here, so that a convolution is one matrix product a few rows at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from anybokeh.repair.apply import SEEN, WIDE, extremes

_ROWS = 4
"""Of a convolution at once: what they need fits into the processor's cache."""


class PlainNetwork:
    """As `network.RepairNetwork`, of the same tensors.

    Args:
        tensors: by name, as `read_weights` gives them.
    """

    def __init__(self, tensors: Mapping[str, np.ndarray]) -> None:
        self._tensors = tensors
        # (output, input, rows, columns) -> (rows * columns * input, output)
        self._matrices = {
            name.removesuffix(".weight"): np.ascontiguousarray(
                tensor.transpose(2, 3, 1, 0).reshape(-1, tensor.shape[0])
            )
            for name, tensor in tensors.items()
            if name.endswith(".weight")
        }

    def features(self, frames: np.ndarray, disparity: np.ndarray) -> np.ndarray:
        """What the network makes of three frames.

        Args:
            frames: (3, 3, height, width) in [0, 1], sides multiples of 16.
            disparity: (3, height, width) in [0, 1].

        Returns:
            (4, height, width), as `RepairNetwork.features`.
        """
        given = disparity[1]
        slopes = np.zeros((2, *given.shape), np.float32)
        slopes[0, :, :-1] = np.diff(given, axis=1)
        slopes[1, :-1] = np.diff(given, axis=0)
        sides = 4 * (extremes(given, (SEEN,)) - given)
        belongs = _belonging(frames[1], given)
        centre = _unshuffled(np.concatenate([frames[1], given[None], 8 * slopes, sides, belongs]))
        half = self._block("at_half", _relu(self._convolved("stem", centre)))
        changes = self._convolved("changes", _unshuffled(_changes(frames, disparity)))
        quarter = self._block("at_quarter", _relu(self._convolved("to_quarter", half, 2) + changes))
        eighth = self._block("at_eighth", _relu(self._convolved("to_eighth", quarter, 2)))
        sixteenth = self._block("at_sixteenth", _relu(self._convolved("to_sixteenth", eighth, 2)))
        eighth = self._joined("eighth", sixteenth, eighth, "from_sixteenth")
        quarter = self._joined("quarter", eighth, quarter, "from_eighth")
        half = self._joined("half", quarter, half, "from_quarter")
        return _shuffled(self._convolved("head", half))

    def _block(self, name: str, x: np.ndarray) -> np.ndarray:
        inner = _relu(self._convolved(f"{name}.first", x))
        return _relu(self._convolved(f"{name}.second", inner) + x)

    def _joined(self, name: str, coarse: np.ndarray, fine: np.ndarray, way: str) -> np.ndarray:
        doubled = self._convolved(way, coarse).repeat(2, 0).repeat(2, 1)
        doubled += fine
        return _relu(self._convolved(f"join_{name}", doubled))

    def _convolved(self, name: str, x: np.ndarray, stride: int = 1) -> np.ndarray:
        """(height, width, input) -> (height / stride, width / stride, output), nothing beyond the border."""
        matrix = self._matrices[name]
        height, width, channels = x.shape
        bias = self._tensors[f"{name}.bias"]
        if len(matrix) == channels:
            return x @ matrix + bias
        result = np.empty((height // stride, width // stride, len(bias)), np.float32)
        padded = np.zeros((height + 2, width + 2, channels), np.float32)
        padded[1:-1, 1:-1] = x
        patches = np.empty((_ROWS, result.shape[1], 9, channels), np.float32)
        for row in range(0, len(result), _ROWS):
            count = min(_ROWS, len(result) - row)
            for place in range(9):
                down, across = divmod(place, 3)
                top = stride * row + down
                patches[:count, :, place] = padded[
                    top : top + stride * count : stride, across : across + width : stride
                ]
            part = patches[:count].reshape(-1, 9 * channels)
            np.matmul(part, matrix, out=result[row : row + count].reshape(-1, len(bias)))
        result += bias
        return result


def _belonging(frame: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Which side of an outline a pixel belongs to by colour and by disparity; see `network.belonging`."""
    far, near = extremes(given, (WIDE,))
    span = near - far
    share = (given - far) / (span + np.float32(0.01))
    small = _halved(np.concatenate([frame, share[None], span[None]]))
    nearer, farther = small[4:] * small[3:4], small[4:] * (1 - small[3:4])
    sums = _halved(np.concatenate([nearer * small[:3], nearer, farther * small[:3], farther]))
    sums = np.stack([cv2.blur(one, (5, 5), borderType=cv2.BORDER_CONSTANT) for one in sums])
    apart = []
    for part in (sums[:4], sums[4:]):
        colour = np.stack([_enlarged(one) for one in part[:3] / (part[3:] + np.float32(1e-5))])
        apart.append(((frame - colour) ** 2).sum(0))
    by_colour = apart[1] / (apart[0] + apart[1] + np.float32(0.002))
    return np.stack([by_colour, share]) * (span / (span + np.float32(0.02)))


def _enlarged(one: np.ndarray) -> np.ndarray:
    height, width = one.shape
    return cv2.resize(one, (4 * width, 4 * height), interpolation=cv2.INTER_LINEAR)


def _changes(frames: np.ndarray, disparity: np.ndarray) -> np.ndarray:
    """What differs before and after from the middle, at half size, (8, height / 2, width / 2)."""
    frames, disparity = _halved(frames), _halved(disparity)
    moving = (frames[::2] - frames[1]).reshape(6, *frames.shape[2:])
    return np.concatenate([moving, 4 * (disparity[::2] - disparity[1])])


def _halved(x: np.ndarray) -> np.ndarray:
    shape = x.shape
    flat = x.reshape(-1, *shape[-2:])
    size = shape[-1] // 2, shape[-2] // 2
    small = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in flat])
    return small.reshape(*shape[:-2], *small.shape[1:])


def _unshuffled(x: np.ndarray) -> np.ndarray:
    """(channels, height, width) -> (height / 2, width / 2, 4 * channels)."""
    channels, height, width = x.shape
    parts = x.reshape(channels, height // 2, 2, width // 2, 2).transpose(1, 3, 0, 2, 4)
    return np.ascontiguousarray(parts).reshape(height // 2, width // 2, 4 * channels)


def _shuffled(x: np.ndarray) -> np.ndarray:
    """(height / 2, width / 2, 4 * channels) -> (channels, height, width)."""
    height, width, channels = x.shape
    parts = x.reshape(height, width, channels // 4, 2, 2).transpose(2, 0, 3, 1, 4)
    return np.ascontiguousarray(parts).reshape(channels // 4, 2 * height, 2 * width)


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0, out=x)
