"""The networks: three layers each, for one pixel or one spot at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from anybokeh.runtime.jit import kernel

LAYERS = ("first", "second", "last")


class Perceptron:
    """Inputs brought to one scale, two hidden layers that are cut at 0, and a last one.

    Args:
        tensors: by name; those that begin with `name.` are taken.
        name: of the network.
    """

    def __init__(self, tensors: Mapping[str, np.ndarray], name: str) -> None:
        mean, spread = tensors[f"{name}.mean"], tensors[f"{name}.spread"]
        layers = [(tensors[f"{name}.{layer}.weight"], tensors[f"{name}.{layer}.bias"]) for layer in LAYERS]
        # the scale goes into the first layer
        weight, bias = layers[0]
        layers[0] = weight / spread, bias - (weight / spread) @ mean
        self._layers = [(np.ascontiguousarray(weight), bias) for weight, bias in layers]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """(samples, inputs) -> (samples, outputs) float32."""
        # a sample is a column: the products of many inputs then take a third of the time
        x = inputs.T
        for weight, bias in self._layers[:-1]:
            x = weight @ x
            _cut(x, bias)
        weight, bias = self._layers[-1]
        return np.ascontiguousarray((weight @ x).T) + bias


@kernel()
def _cut(x: np.ndarray, bias: np.ndarray) -> None:
    """Add a bias to (outputs, samples), and let nothing be below 0."""
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            x[row, column] = max(x[row, column] + bias[row], np.float32(0))


Network = Callable[[np.ndarray], np.ndarray]
"""A network: (samples, inputs) -> (samples, outputs) float32."""


class Networks(NamedTuple):
    """The networks of a folder of weights.

    Attributes:
        outlines: predicts for pixels near outlines which surface they belong to, and where it lies.
        context: predicts the same again, given the predictions of the first for the pixels around.
        lamps: predicts whether clipped spots are lamps, and how bright they are.
    """

    outlines: Network
    context: Network
    lamps: Network

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray]) -> Networks:
        """From tensors by name; KeyError where one is missing."""
        return cls(*(Perceptron(tensors, name) for name in cls._fields))
