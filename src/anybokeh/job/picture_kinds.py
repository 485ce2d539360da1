"""Pictures as Python has them, and the result in the same kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from anybokeh.errors import InputError

Back = Callable[[np.ndarray], Any]
"""Gives (frames, 3, height, width) float32 in [0, 1] the kind that pictures were given in."""

EXPECTED = (
    "expected PIL images of mode RGB, or arrays (frames, height, width, 3) or (frames, 3, height, width), "
    "uint8, uint16, or floats in [0, 1]"
)


def pictures_of(frames: Any) -> tuple[np.ndarray, Back]:
    """Frames (frames, 3, height, width) float32 in [0, 1], and what gives a result their kind.

    Args:
        frames: a picture or several: PIL images of mode RGB, NumPy arrays or PyTorch tensors, whose colours
            stand in the last dimension or before height and width; uint8, uint16, or floats in [0, 1].

    Raises:
        InputError: they are nothing of the kind, or differ in size or type.
    """
    if _is_image(frames):
        values, back = pictures_of([frames])
        return values, lambda result: back(result)[0]
    if isinstance(frames, Sequence) and not isinstance(frames, str):
        return _of_several(frames)
    if hasattr(frames, "detach"):
        return _of_tensor(frames)
    if not isinstance(frames, np.ndarray):
        raise InputError(f"frames are {type(frames).__name__}: {EXPECTED}")
    if frames.ndim == 3:
        values, back = _of_array(frames[None])
        return values, lambda result: back(result)[0]
    return _of_array(frames)


def _of_several(frames: Sequence[Any]) -> tuple[np.ndarray, Back]:
    if not frames:
        raise InputError(f"frames are empty: {EXPECTED}")
    images = [_is_image(one) for one in frames]
    if any(images) != all(images):
        raise InputError("frames are PIL images and others: expected one kind")
    if all(images):
        modes = {one.mode for one in frames} - {"RGB"}
        if modes:
            raise InputError(
                f"frames have mode {min(modes)}: expected RGB; image.convert('RGB') makes them so"
            )
    elif not all(hasattr(one, "shape") and len(one.shape) == 3 for one in frames):
        raise InputError(f"frames are a {type(frames).__name__} of {type(frames[0]).__name__}: {EXPECTED}")
    arrays = [np.asarray(one.detach().cpu() if hasattr(one, "detach") else one) for one in frames]
    kinds = {(one.shape, str(one.dtype)) for one in arrays}
    if len(kinds) > 1:
        raise InputError(
            f"frames differ: {sorted(kinds)[0]} and {sorted(kinds)[1]}; expected one size and type"
        )
    values, back = _of_array(np.stack(arrays))
    if all(images):
        return values, lambda result: _images(back(result))
    if hasattr(frames[0], "detach"):
        return values, lambda result: [_tensor(one, frames[0]) for one in back(result)]
    return values, lambda result: list(back(result))


def _of_tensor(frames: Any) -> tuple[np.ndarray, Back]:
    values, back = pictures_of(frames.detach().cpu().numpy())
    return values, lambda result: _tensor(back(result), frames)


def _of_array(frames: np.ndarray) -> tuple[np.ndarray, Back]:
    """Of (frames, ...) with four dimensions."""
    last = frames.ndim == 4 and frames.shape[3] == 3
    if frames.ndim != 4 or not (last or frames.shape[1] == 3) or 0 in frames.shape:
        raise InputError(f"frames have shape {frames.shape}: {EXPECTED}")
    kind = frames.dtype
    if kind not in (np.uint8, np.uint16) and kind.kind != "f":
        raise InputError(f"frames are {kind}: {EXPECTED}")
    top = np.float32(1 if kind.kind == "f" else np.iinfo(kind).max)
    values = (frames.transpose(0, 3, 1, 2) if last else frames).astype(np.float32) / top

    def back(result: np.ndarray) -> np.ndarray:
        if kind.kind != "f":
            result = np.rint(np.clip(result, 0, 1) * top)
        result = result.astype(kind)
        return np.ascontiguousarray(result.transpose(0, 2, 3, 1)) if last else result

    return values, back


def _is_image(value: Any) -> bool:
    """Whether it is a PIL image; PIL need not be there."""
    return hasattr(value, "getbands") and hasattr(value, "mode")


def _images(arrays: np.ndarray) -> list[Any]:
    from PIL import Image

    return [Image.fromarray(one) for one in arrays]


def _tensor(array: np.ndarray, like: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array)).to(like.device)
