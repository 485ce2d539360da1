"""How a depth network wants its pictures, and what its answers become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import cv2
import numpy as np

from anybokeh.errors import InputError

Kind = Literal["nearness", "depth"]
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
_LARGEST = 4096
_LEAST_DEPTH = 1e-3


@dataclass(frozen=True)
class Preparation:
    """How a network wants its pictures.

    Attributes:
        short_side: pixels of the shorter side.
        multiple: both sides are multiples of this.
        mean, deviation: of the channels, on [0, 1].
        kind: whether the network predicts nearness (inverse depth, on any scale) or depth.
        fixed: (width, height) that every picture is squeezed into; None where the network takes any size.
        metric: whether its depth is in metres.
    """

    short_side: int
    multiple: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    kind: Kind
    fixed: tuple[int, int] | None = None
    # follows from the others, which name the maps in the cache
    metric: bool = field(default=False, repr=False)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the prepared picture."""
        if self.fixed is not None:
            return self.fixed
        scale = self.short_side / min(width, height)
        across, down = (max(1, round(side * scale / self.multiple)) for side in (width, height))
        return across * self.multiple, down * self.multiple

    def prepared(self, picture: np.ndarray) -> np.ndarray:
        """(3, h, w) float32 for the network, from a picture (height, width, 3) uint8."""
        size = self.size(picture.shape[1], picture.shape[0])
        smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
        way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        resized = cv2.resize(picture, size, interpolation=way).astype(np.float32) / np.float32(255)
        mean, deviation = (np.array(values, np.float32) for values in (self.mean, self.deviation))
        return np.ascontiguousarray(((resized - mean) / deviation).transpose(2, 0, 1))

    def nearness(self, found: np.ndarray, width: int, height: int) -> np.ndarray:
        """What the network found, (h, w) float32, as nearness in the shape of a picture of that size."""
        if self.kind == "depth":
            found = 1 / np.maximum(found, np.float32(_LEAST_DEPTH))
        if self.fixed is None:
            return found
        across = round(self.fixed[0] * min(1.0, width / height * self.fixed[1] / self.fixed[0]))
        return cv2.resize(found, (across, round(across * height / width)), interpolation=cv2.INTER_AREA)


def with_size(own: Preparation, name: str, short_side: int | None) -> Preparation:
    """With another shorter side, where one is given; raises InputError where the network cannot have it."""
    if short_side is None:
        return own
    if not own.multiple <= short_side <= _LARGEST:
        raise InputError(f"depth size is {short_side}: expected {own.multiple} to {_LARGEST} pixels")
    if own.fixed is not None:
        across, down = own.fixed
        raise InputError(f"{name} works at {across}x{down} pixels only; leave --depth-size out")
    return replace(own, short_side=short_side)


def with_colours(own: Preparation, facts: Mapping[str, Any]) -> Preparation:
    """With the colours that a published preprocessor_config.json asks for, if any."""
    if facts.get("do_normalize") and facts.get("image_mean") and facts.get("image_std"):
        return replace(own, mean=tuple(facts["image_mean"]), deviation=tuple(facts["image_std"]))
    return own
