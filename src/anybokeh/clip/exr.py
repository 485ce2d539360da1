"""OpenEXR images, through the optional OpenEXR package."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import ModuleType

import numpy as np

from anybokeh.errors import InputError


def require() -> ModuleType:
    """The OpenEXR package; raises InputError with how to install it."""
    try:
        import OpenEXR
    except ImportError as error:
        raise InputError("EXR images need the OpenEXR package: pip install 'anybokeh[exr]'") from error
    return OpenEXR


def load(file: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read RGB (height, width, 3) float32 and alpha (height, width) or None.

    Raises InputError where the file is damaged, lacks colour, or holds values that blurring would spread.
    """
    openexr = require()
    try:
        with openexr.File(str(file), separate_channels=True) as image:
            channels = {name: channel.pixels for name, channel in image.channels().items()}
    except Exception as error:  # the package raises bare RuntimeErrors and others
        raise InputError(f"{file}: damaged or not an EXR image ({str(error).splitlines()[0]})") from error
    names = ("R", "G", "B") if "R" in channels else ("Y", "Y", "Y")
    if any(name not in channels for name in names):
        raise InputError(f"{file}: has channels {', '.join(channels)}; expected R, G, B or Y")
    pixels = np.stack([channels[name] for name in names], axis=-1).astype(np.float32)
    alpha = channels["A"].astype(np.float32) if "A" in channels else None
    wild = np.count_nonzero(~np.isfinite(pixels).all(axis=-1))
    if wild:
        raise InputError(f"{file}: {wild} pixels are NaN or infinite; give them finite values before")
    return pixels, alpha


def save(file: Path, pixels: np.ndarray, alpha: np.ndarray | None) -> None:
    """Write float32 RGB (height, width, 3) and alpha without loss, ZIP-compressed; raises OSError."""
    openexr = require()
    data = pixels if alpha is None else np.dstack([pixels, alpha])
    header = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    name = "RGB" if alpha is None else "RGBA"
    with openexr.File(header, {name: np.ascontiguousarray(data, np.float32)}) as image:
        try:
            image.write(str(file))
        except RuntimeError as error:  # the package keeps the system's reason in its text only
            full = os.strerror(errno.ENOSPC) in str(error)
            raise OSError(errno.ENOSPC if full else errno.EIO, str(error).splitlines()[0]) from error
