"""Writing frames as images into a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from anybokeh.clip import colour, images
from anybokeh.clip.info import ClipInfo, Frame


class ImageSink:
    """A folder of images named by frame number.

    notes: one-line remarks for the user on what images cannot carry.
    """

    def __init__(self, folder: Path, info: ClipInfo, kind: str) -> None:
        self.notes = _lost_in_images(info, kind)
        self._folder = folder
        self._suffix = {"png": ".png", "tiff": ".tif", "exr": ".exr"}[kind]
        self._info = info

    def path_of(self, index: int) -> Path:
        """Where the image of that frame goes."""
        return self._folder / f"{index:06}{self._suffix}"

    def write(self, frame: Frame) -> None:
        """Write one image; raises OSError."""
        pixels, alpha = frame.pixels, frame.alpha
        if self._suffix == ".exr":
            pixels, alpha = colour.linear_floats(pixels, alpha, self._info.transfer)
        elif pixels.dtype == np.float32:
            pixels, alpha = colour.encoded_integers(pixels, alpha)
        images.save(self.path_of(frame.index), pixels, alpha)

    def finish(self) -> None:
        pass

    def discard(self) -> None:
        pass


def _lost_in_images(info: ClipInfo, kind: str) -> list[str]:
    notes = []
    if info.audio_streams:
        notes.append("sound is left out: a folder of images cannot carry it")
    if info.pixel_aspect != 1:
        notes.append(f"the pixel aspect {info.pixel_aspect} is left out: images cannot carry it")
    if info.transfer in ("pq", "hlg") and kind != "exr":
        notes.append(f"the images hold {info.transfer.upper()} values and carry no tag that says so")
    return notes
