"""Folders of grey images, one a frame: disparity maps, depth maps and masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anybokeh.clip import exr
from anybokeh.clip.headers import common_size
from anybokeh.clip.sequences import find_images
from anybokeh.errors import InputError


@dataclass(frozen=True)
class ImageFolder:
    """Images of one size in natural order of their names; nothing is decoded until read.

    name: what the user called the folder. paths: one a frame. size: (width, height) of all of them. numbers:
    in their names, ascending, or None. channel: of EXR images.
    """

    name: str
    paths: tuple[Path, ...]
    size: tuple[int, int]
    numbers: tuple[int, ...] | None = None
    channel: str | None = None

    @property
    def times(self) -> None:
        return None

    @property
    def count(self) -> int:
        return len(self.paths)

    def where(self, index: int) -> str:
        return str(self.paths[index])

    def read(self, index: int) -> np.ndarray:
        """(height, width) or (height, width, channels) in the file's own type."""
        image = read_image(self.paths[index], self.channel)
        height, width = image.shape[:2]
        if (width, height) != self.size:
            raise InputError(
                f"{self.paths[index]}: decodes to {width}x{height}, expected {self.size[0]}x{self.size[1]}"
            )
        return image


def open_image_folder(
    folder: str | Path, stem: Callable[[Path], str] = lambda file: file.stem, channel: str | None = None
) -> ImageFolder:
    """Open a folder of images, those of a pattern, or one image; sizes are checked here, pixels when read.

    stem: the part of a file's name that numbers it. channel: that is read of EXR images.

    Raises InputError when there is no image, when kinds or sizes are mixed, or a file is not whole.
    """
    found = find_images(Path(folder), stem)
    return ImageFolder(str(folder), found.files, common_size(found.files), found.numbers, channel)


def read_image(path: Path, channel: str | None = None) -> np.ndarray:
    """Decode one image without changing its values; InputError naming the file when that fails.

    channel: name of that which holds depth in EXR images, see `exr.depth_channel`.
    """
    if path.suffix.lower() == ".exr":
        return exr.depth_channel(path, exr.parts(path), channel)
    import cv2

    try:
        # Not cv2.imread: it prints to standard error for a missing file and fails on some paths on Windows.
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except cv2.error:
        image = None
    if image is None:
        raise InputError(f"{path}: cannot be decoded (damaged or an unusual format); write it again")
    return image


def grey(image: np.ndarray, where: str) -> np.ndarray:
    """The one channel (height, width) of a grey picture, whatever number of equal channels it was stored in.

    Raises InputError when the channels differ, as in a colour-mapped depth preview.
    """
    if image.ndim == 2:
        return image
    channels = image.shape[2]
    # Two and four channels carry alpha last; it says nothing about depth.
    if channels >= 3 and not (
        np.array_equal(image[..., 0], image[..., 1]) and np.array_equal(image[..., 0], image[..., 2])
    ):
        raise InputError(
            f"{where}: is a colour picture, expected grey; export depth itself, not a coloured preview"
        )
    return np.ascontiguousarray(image[..., 0])
