"""Pictures that surfaces carry: photographs and cut-outs in linear light, plain colours, tiles."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.light import decode


def load_picture(path: Path | str, *, longest: int | None = None, gain: float = 1.0) -> np.ndarray:
    """Read a photograph or a cut-out as linear radiance and coverage, (height, width, 4) float32.

    Args:
        path: PNG or JPEG; alpha becomes coverage, without alpha it is 1.
        longest: scale down so that the longer side has at most this many pixels.
        gain: multiplies the radiance.

    Raises:
        InputError: if there is no readable picture at `path`.
    """
    raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise InputError(f"{path} is not a readable picture: install the package that ships it")
    picture = _four_channels(raw.astype(np.float32) / (255 if raw.dtype == np.uint8 else 65535))
    picture[..., :3] = decode(picture[..., 2::-1], "srgb")
    return scale_down(bleed_colours(picture), longest) * np.array([gain, gain, gain, 1], dtype=np.float32)


def from_code(rgb: np.ndarray, coverage: np.ndarray | float = 1.0) -> np.ndarray:
    """sRGB values (height, width, 3), uint8 or floats in [0, 1], and coverage as a picture for a surface."""
    values = rgb.astype(np.float32) / (255 if rgb.dtype == np.uint8 else 1)
    picture = np.empty((*values.shape[:2], 4), dtype=np.float32)
    picture[..., :3] = decode(values, "srgb")
    picture[..., 3] = coverage
    return picture


def plain(red: float, green: float, blue: float) -> np.ndarray:
    """One linear colour, which may exceed 1, as a (1, 1, 4) picture."""
    return np.array([[[red, green, blue, 1.0]]], dtype=np.float32)


def bleed_colours(picture: np.ndarray, solid: float = 0.9) -> np.ndarray:
    """Give pixels covered less than `solid` the colour of the nearest other one: no fringe at outlines."""
    sure = picture[..., 3] >= solid
    if sure.all() or not sure.any():
        return picture
    from scipy.ndimage import distance_transform_edt

    nearest = np.asarray(distance_transform_edt(~sure, return_distances=False, return_indices=True))
    bled = picture.copy()
    bled[..., :3] = picture[nearest[0], nearest[1], :3]
    return bled


def scale_down(picture: np.ndarray, longest: int | None) -> np.ndarray:
    """Average the picture down until its longer side has at most `longest` pixels."""
    height, width = picture.shape[:2]
    if longest is None or max(height, width) <= longest:
        return picture
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _four_channels(values: np.ndarray) -> np.ndarray:
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=-1)
    if values.shape[2] == 3:
        values = np.concatenate([values, np.ones_like(values[..., :1])], axis=-1)
    return values
