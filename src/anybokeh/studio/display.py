"""Frames at the size in which the page shows them."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.errors import InputError

DISPLAY_WIDTH = 960
"""Largest width in pixels of what the page shows of a clip."""
_QUALITY = 90


def display_size(info: ClipInfo, width: int = DISPLAY_WIDTH) -> tuple[int, int]:
    """(width, height) in square pixels, at most `width` wide and never larger than the clip."""
    displayed = max(1, round(info.displayed_width))
    width = min(width, displayed)
    return width, max(1, round(info.height * width / displayed))


def shrink(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A frame of any type at that (width, height), (height, width, 3) uint8 RGB."""
    picture = eight_bit(pixels)
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def jpeg(picture: np.ndarray, quality: int = _QUALITY) -> bytes:
    """A picture (height, width, 3) uint8 RGB as a JPEG file."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise InputError("the picture could not be packed")
    return data.tobytes()


def unpack(data: bytes) -> np.ndarray:
    """The inverse of `jpeg`."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError("a small picture in the cache is damaged; delete the cache")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
