"""OpenEXR images, through the optional OpenEXR package."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.runtime.limits import check_pixels
from anybokeh.runtime.quiet import quiet_output

_OF_THE_FILE = {
    "channels",
    "chunkCount",
    "compression",
    "dataWindow",
    "displayWindow",
    "lineOrder",
    "maxSamplesPerPixel",
    "name",
    "preview",
    "tiles",
    "type",
    "version",
    "view",
}
"""Attributes that say how a file is stored, and not what it shows."""


@dataclass(frozen=True)
class ExrHeader:
    """What an EXR image says of itself beside its pixels.

    origin: (x, y) of the display window's first pixel. attributes: everything else that another file may
    carry: chromaticities, framesPerSecond, owner, comments, time codes and whatever its maker added.
    """

    origin: tuple[int, int] = (0, 0)
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def chromaticities(self) -> tuple[float, ...] | None:
        """CIE 1931 x and y of red, green, blue and white; None means Rec. 709."""
        found = self.attributes.get("chromaticities")
        return tuple(map(float, found)) if found is not None else None

    @property
    def rate(self) -> Fraction | None:
        """Frames a second."""
        found = self.attributes.get("framesPerSecond")
        return found if isinstance(found, Fraction) and found > 0 else None

    @property
    def pixel_aspect(self) -> Fraction:
        """Displayed width of a pixel over its height."""
        found = float(self.attributes.get("pixelAspectRatio", 1.0))
        return Fraction(found).limit_denominator(1000) if 0.1 <= found <= 10 else Fraction(1)


@dataclass(frozen=True)
class ExrPart:
    """One part of a file. channels: by name, each (height, width) of the display window."""

    header: ExrHeader
    channels: dict[str, np.ndarray]
    overscan: bool


def require() -> ModuleType:
    """The OpenEXR package; raises InputError with how to install it."""
    try:
        import OpenEXR
    except ImportError as error:
        raise InputError("EXR images need the OpenEXR package: pip install 'anybokeh[exr]'") from error
    return OpenEXR


def display_size(file: Path) -> tuple[int, int]:
    """(width, height) of the display window, from the header alone; raises InputError."""
    openexr = require()
    try:
        with quiet_output, openexr.File(str(file), header_only=True) as image:
            header = image.header()
            data, shown = _window(header["dataWindow"]), _window(header["displayWindow"])
    except Exception:  # the binding raises RuntimeError, TypeError or its own classes by version
        raise InputError(f"{file}: is not a whole EXR image (empty, cut off or another kind)") from None
    for left, top, right, bottom in (data, shown):
        if right <= left or bottom <= top:
            raise InputError(f"{file}: has no pixels; write it again")
        check_pixels(file, right - left, bottom - top)
    return shown[2] - shown[0], shown[3] - shown[1]


def parts(file: Path) -> list[ExrPart]:
    """Read all parts, their pixels placed in the display window; raises InputError where it is damaged."""
    openexr = require()
    try:
        # the package prints warnings of what is damaged
        with quiet_output, openexr.File(str(file), separate_channels=True) as image:
            found = [
                _part(openexr, part.header, {name: one.pixels for name, one in part.channels.items()})
                for part in image.parts
            ]
    except Exception as error:  # the package raises bare RuntimeErrors and others
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{file}: damaged or not an EXR image ({reason})") from error
    # the package leaves out what it cannot decode, without an error
    if not found or not all(part.channels for part in found):
        raise InputError(f"{file}: damaged or cut short: its pixels cannot be decoded; try another copy")
    return found


def _part(openexr: ModuleType, header: dict[str, Any], stored: dict[str, np.ndarray]) -> ExrPart:
    data, shown = _window(header["dataWindow"]), _window(header["displayWindow"])
    overscan = data[0] < shown[0] or data[1] < shown[1] or data[2] > shown[2] or data[3] > shown[3]
    kinds = (str, int, float, Fraction, tuple, np.ndarray, openexr.TimeCode, openexr.KeyCode)
    kept = {
        name: value for name, value in header.items() if name not in _OF_THE_FILE and isinstance(value, kinds)
    }
    channels = {name: _placed(pixels, data, shown) for name, pixels in stored.items()}
    return ExrPart(ExrHeader((shown[0], shown[1]), kept), channels, overscan)


_Window = tuple[int, int, int, int]
"""Left, top, and the first column and row beyond."""


def _window(corners: Any) -> _Window:
    low, high = corners
    return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


def _placed(pixels: np.ndarray, data: _Window, shown: _Window) -> np.ndarray:
    """Pixels of the data window seen through the display window; nothing is 0."""
    if data == shown:
        return np.array(pixels)
    result = np.zeros((shown[3] - shown[1], shown[2] - shown[0]), pixels.dtype)
    left, top = max(data[0], shown[0]), max(data[1], shown[1])
    right, bottom = min(data[2], shown[2]), min(data[3], shown[3])
    if right > left and bottom > top:
        seen = pixels[top - data[1] : bottom - data[1], left - data[0] : right - data[0]]
        result[top - shown[1] : bottom - shown[1], left - shown[0] : right - shown[0]] = seen
    return result


def load(file: Path) -> tuple[np.ndarray, np.ndarray | None, ExrPart]:
    """Read the colour of an image.

    Returns:
        RGB (height, width, 3) float32, alpha (height, width) by which it is multiplied or None, and the part.

    Raises:
        InputError: the file is damaged, lacks colour, or holds values that blurring would spread.
    """
    found = parts(file)
    for part in found:
        layer = _colour_layer(part.channels)
        if layer is not None:
            break
    else:
        names = ", ".join(sorted(name for part in found for name in part.channels))
        raise InputError(f"{file}: has channels {names}; expected R, G, B or Y")
    names = [layer + name for name in "RGB"] if layer + "R" in part.channels else [layer + "Y"] * 3
    pixels = np.stack([part.channels[name] for name in names], axis=-1).astype(np.float32)
    alpha = part.channels.get(layer + "A")
    alpha = None if alpha is None else alpha.astype(np.float32)
    wild = np.count_nonzero(~np.isfinite(pixels).all(axis=-1))
    if alpha is not None:
        wild += np.count_nonzero(~np.isfinite(alpha))
    if wild:
        raise InputError(f"{file}: {wild} pixels are NaN or infinite; give them finite values before")
    return pixels, alpha, part


def _colour_layer(channels: dict[str, np.ndarray]) -> str | None:
    """What stands before R, G and B in the names of the picture's channels."""
    layers = [name[:-1] for name in channels if name.rpartition(".")[2] == "R"]
    whole = [layer for layer in layers if {layer + "G", layer + "B"} <= channels.keys()]
    if "" in whole:
        return ""
    if "Y" in channels:
        return ""
    combined = [layer for layer in whole if layer.lower().endswith("combined.")]
    return (combined or whole or [None])[0]


def depth_channel(file: Path, found: list[ExrPart], name: str | None = None) -> np.ndarray:
    """The channel that holds depth or disparity.

    name: of the channel. None takes Z, depth.Z, or else the one Z or depth in any part, else equal red, green
    and blue, (height, width, 3), else the only one.

    Raises InputError where that does not tell.
    """
    every = [(channel, part.channels) for part in found for channel in part.channels]
    names = ", ".join(sorted(channel for channel, _ in every))
    if name is not None:
        chosen = [one for one in every if one[0] == name] or [one for one in every if _last(one[0]) == name]
        if len(chosen) != 1:
            raise InputError(f"{file}: has the channels {names}; --depth-channel {name} names not just one")
        return chosen[0][1][chosen[0][0]]
    depths = [one for one in every if _last(one[0]).lower() in ("z", "depth") and not _is_vector(*one)]
    for plain in ("Z", "depth.Z"):
        depths = [one for one in depths if one[0] == plain][:1] or depths
    if len(depths) > 1:
        raise InputError(f"{file}: has the channels {names}; choose one with --depth-channel")
    if depths:
        return depths[0][1][depths[0][0]]
    channels = found[0].channels
    if {"R", "G", "B"} <= channels.keys():
        return np.stack([channels[one] for one in "RGB"], axis=-1)
    without_alpha = [one for one in every if _last(one[0]) != "A"]
    if len(without_alpha) != 1:
        raise InputError(
            f"{file}: has the channels {names}; expected Z, one channel, or equal R, G, B; choose one with"
            " --depth-channel"
        )
    return without_alpha[0][1][without_alpha[0][0]]


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _is_vector(name: str, channels: dict[str, np.ndarray]) -> bool:
    """Whether a Z is the third number of a normal, a position or a motion."""
    layer = name[: len(name) - len(_last(name))]
    return bool(layer) and {layer + "X", layer + "Y"} <= channels.keys()


def save(
    file: Path,
    pixels: np.ndarray,
    alpha: np.ndarray | None,
    header: ExrHeader | None = None,
    layers: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write float32 RGB (height, width, 3) and alpha without loss, ZIP-compressed; raises OSError.

    alpha: what the colour is multiplied by. header: what the image says of itself. layers: other channels by
    name, (height, width) each.
    """
    openexr = require()
    header = header or ExrHeader()
    data = pixels if alpha is None else np.dstack([pixels, alpha])
    low = np.array(header.origin, np.int32)
    window = low, low + np.array([pixels.shape[1] - 1, pixels.shape[0] - 1], np.int32)
    stored = {
        **header.attributes,
        "compression": openexr.ZIP_COMPRESSION,
        "type": openexr.scanlineimage,
        "dataWindow": window,
        "displayWindow": window,
    }
    name = "RGB" if alpha is None else "RGBA"
    channels = {name: data, **(layers or {})}
    contiguous = {name: np.ascontiguousarray(one, np.float32) for name, one in channels.items()}
    with openexr.File(stored, contiguous) as image:
        try:
            image.write(str(file))
        except RuntimeError as error:  # the package keeps the system's reason in its text only
            full = os.strerror(errno.ENOSPC) in str(error)
            raise OSError(errno.ENOSPC if full else errno.EIO, str(error).splitlines()[0]) from error
