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
        self._layers = [(np.ascontiguousarray(weight.T), bias) for weight, bias in layers]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """(samples, inputs) -> (samples, outputs) float32."""
        x = inputs
        for weight, bias in self._layers[:-1]:
            x = x @ weight
            _cut(x, bias)
        weight, bias = self._layers[-1]
        return x @ weight + bias


@kernel()
def _cut(x: np.ndarray, bias: np.ndarray) -> None:
    """Add a bias to (samples, outputs), and let nothing be below 0."""
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            x[row, column] = max(x[row, column] + bias[column], np.float32(0))


Says = Callable[[np.ndarray], np.ndarray]
"""A network: (samples, inputs) -> (samples, outputs) float32."""


class Networks(NamedTuple):
    """The networks of a folder of weights.

    Attributes:
        outlines: says of pixels near outlines which surface they are of, and where it lies.
        context: says it again, knowing what the first has said of the pixels around.
        lamps: says of clipped spots whether they shine, and how bright.
    """

    outlines: Says
    context: Says
    lamps: Says

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray]) -> Networks:
        """From tensors by name; KeyError where one is missing."""
        return cls(*(Perceptron(tensors, name) for name in cls._fields))
