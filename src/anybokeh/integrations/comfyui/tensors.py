"""IMAGE and MASK as ComfyUI defines them, and the arrays that they hold.

An IMAGE is (frames, height, width, 3) float32 in [0, 1], sRGB, with 4 channels where it has alpha; a MASK is
(frames, height, width) float32. Both are PyTorch tensors; what is read here may be NumPy arrays as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from anybokeh.errors import InputError

_CODE_SLACK = 1e-3
"""Of a code value: how far off it floats of 8-bit pictures may lie."""
_GREY_SLACK = 1 / 255
"""How far apart the channels of a grey picture may lie."""


def as_images(value: Any, name: str = "images") -> Any:
    """An IMAGE, checked; InputError where it is another shape."""
    if getattr(value, "ndim", 0) != 4 or value.shape[3] not in (3, 4) or 0 in value.shape:
        raise InputError(f"{name} has shape {_shape(value)}: expected (frames, height, width, 3)")
    return value


def as_maps(value: Any, name: str) -> Any:
    """(frames, height, width) of a MASK, or of an IMAGE whose channels are equal; raises InputError."""
    dimensions = getattr(value, "ndim", 0)
    if dimensions == 2:
        value = value[None]
    elif dimensions == 4 and value.shape[3] == 1:
        value = value[..., 0]
    elif dimensions == 4 and value.shape[3] in (3, 4):
        for index in range(len(value)):
            channels = array_of(value[index, ..., :3])
            if float(np.ptp(channels, axis=2).max(initial=0)) > _GREY_SLACK:
                raise InputError(
                    f"{name} has colour in frame {index}: expected grey, the same value in all channels"
                )
        value = value[..., 0]
    if getattr(value, "ndim", 0) != 3 or 0 in value.shape:
        raise InputError(f"{name} has shape {_shape(value)}: expected a MASK or a grey IMAGE")
    return value


def array_of(value: Any) -> np.ndarray:
    """A float32 array of a tensor or an array, without a copy where it is one on the processor."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().float().numpy()
    return np.asarray(value, np.float32)


def pixels_of(images: Any) -> Iterator[np.ndarray]:
    """The frames of an IMAGE one by one, (height, width, 3 or 4) uint8 or uint16.

    They have 8 bits where all of them are whole codes of 8 bits, so that what was decoded from 8 bits is what
    it was; else 16. Raises InputError where a value is NaN.
    """
    eight = all(_is_eight_bit(array_of(frame)) for frame in images)
    full, kind = (255, np.uint8) if eight else (65535, np.uint16)
    for index, frame in enumerate(images):
        values = array_of(frame)
        if not np.isfinite(values).all():
            raise InputError(f"images hold NaN or infinite values in frame {index}: give them finite ones")
        yield (np.clip(values, 0, 1) * np.float32(full) + np.float32(0.5)).astype(kind)


def _is_eight_bit(values: np.ndarray) -> bool:
    codes = values * np.float32(255)
    return bool((np.abs(codes - np.rint(codes)) < _CODE_SLACK).all())


def empty(frames: int, height: int, width: int, channels: int | None = None) -> Any:
    """A MASK to fill, or an IMAGE of that many channels."""
    import torch

    shape = (frames, height, width) if channels is None else (frames, height, width, channels)
    return torch.zeros(shape, dtype=torch.float32)


def image_of(mask: Any) -> Any:
    """A MASK as a grey IMAGE; it takes no memory of its own."""
    return mask[..., None].expand(*mask.shape, 3)


def _shape(value: Any) -> Any:
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else tuple(shape)
