"""Writing frames as images into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.clip import colour, images
from anybokeh.clip.exr import ExrHeader
from anybokeh.clip.info import ClipInfo, Frame
from anybokeh.optics import primaries


class ImageSink:
    """A folder of images named by the numbers of the source's images, or of its frames.

    notes: one-line remarks for the user on what images cannot carry.
    """

    def __init__(self, folder: Path, info: ClipInfo, kind: str) -> None:
        self.notes = _lost_in_images(info, kind)
        self._folder = folder
        self._suffix = {"png": ".png", "tiff": ".tif", "exr": ".exr"}[kind]
        self._info = info

    def path_of(self, index: int) -> Path:
        """Where the image of that frame goes."""
        return self._folder / image_name(self._info, index, self._suffix)

    def write(self, frame: Frame) -> None:
        """Write one image; raises OSError."""
        pixels, alpha, header, profile = frame.pixels, frame.alpha, None, self._info.profile
        if self._suffix == ".exr":
            header = frame.header or _header(self._info)
            pixels, alpha = colour.linear_floats(pixels, alpha, self._info.transfer)
        elif pixels.dtype == np.float32:
            pixels, alpha = colour.encoded_integers(pixels, alpha, self._info.chromaticities)
        images.save(self.path_of(frame.index), pixels, alpha, header, profile, frame.layers)

    def finish(self) -> None:
        pass

    def discard(self) -> None:
        pass


def _header(info: ClipInfo) -> ExrHeader:
    """What an EXR image of a video says of itself."""
    attributes: dict[str, Any] = {"pixelAspectRatio": float(info.pixel_aspect)}
    if info.frame_rate is not None:
        attributes["framesPerSecond"] = info.frame_rate
    named = info.chromaticities or primaries.BY_CODE.get(info.colour.primaries)
    if named is not None and named != primaries.REC_709:
        attributes["chromaticities"] = named
    return ExrHeader(attributes=attributes)


def image_name(info: ClipInfo, index: int, suffix: str) -> str:
    """The name of the image of a frame: by what the user chose, else by the number of the source's image."""
    number = index if info.numbers is None else info.numbers[index]
    if info.naming is None:
        return f"{number:0{info.padding or 6}}{suffix}"
    if info.naming.first is not None:
        number += info.naming.first - (0 if info.numbers is None else info.numbers[0])
    return info.naming.name(number)


def _lost_in_images(info: ClipInfo, kind: str) -> list[str]:
    notes = []
    if info.audio_streams:
        notes.append("sound is left out: a folder of images cannot carry it")
    if info.pixel_aspect != 1 and kind != "exr":
        notes.append(f"the pixel aspect {info.pixel_aspect} is left out: images cannot carry it")
    if info.transfer in ("pq", "hlg") and kind != "exr":
        notes.append(f"the images hold {info.transfer.upper()} values and carry no tag that says so")
    return notes
