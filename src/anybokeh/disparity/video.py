"""Maps in a grey video, read mostly in order."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from anybokeh.clip import open_clip
from anybokeh.clip.info import Frame
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError

# Decoded maps to keep for several threads that read around the same place, in number and in bytes.
_KEPT, _FEWEST_KEPT, _KEPT_BYTES = 32, 4, 16 << 20
# Compression tints grey a little; a colour map is far beyond this share of the scale.
_TINT = 0.1
_TINTED_SHARE = 0.01


class MapVideo:
    """Frames of a grey video by index. Reading far back decodes from the start again."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._clip = open_clip(path)
        info = self._clip.info
        self.size = (info.width, info.height)
        self.times = source_times(info)
        self.numbers = None
        self.count = len(self.times)
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, np.ndarray | InputError] = OrderedDict()
        self._maps: Iterator[np.ndarray | InputError] | None = None
        self._next = 0
        frame_bytes = info.width * info.height * (1 if info.bit_depth == 8 else 2)
        self._keep = min(_KEPT, max(_FEWEST_KEPT, _KEPT_BYTES // frame_bytes))

    def where(self, index: int) -> str:
        return _where(self.name, index)

    def read(self, index: int) -> np.ndarray:
        """(height, width) uint8 or uint16; InputError when the frame is in colour or cannot be decoded."""
        with self._lock:
            if index not in self._kept:
                self._decode_to(index)
            kept = self._kept[index]
        if isinstance(kept, InputError):
            raise kept
        return kept

    def _decode_to(self, index: int) -> None:
        if self._maps is None or index < self._next:
            self._clip.close()
            self._maps, self._next = self._clip.each(partial(_grey_or_why_not, self.name)), 0
        while self._next <= index:
            try:
                found = next(self._maps, None)
            except BaseException:
                # it has ended: whoever reads again is told the same
                self._maps = None
                raise
            if found is None:
                raise InputError(
                    f"{self.name}: ends after {self._next} of {self.count} frames; write it again"
                )
            if self._next > index - self._keep:
                self._kept[self._next] = found
                while len(self._kept) > self._keep:
                    self._kept.popitem(last=False)
            self._next += 1


def open_map_video(path: Path) -> MapVideo:
    """Open a grey video of any kind; raises InputError."""
    return MapVideo(path)


def _where(name: str, index: int) -> str:
    return f"{name}, frame {index}"


def _grey_or_why_not(name: str, frame: Frame) -> np.ndarray | InputError:
    """A frame that nobody asks for may be in colour."""
    try:
        return _grey(name, frame)
    except InputError as error:
        return error


def _grey(name: str, frame: Frame) -> np.ndarray:
    """Green of a frame of that clip, which carries the most of the stored luma; (height, width)."""
    pixels = frame.pixels
    # Every fourth pixel each way is enough to tell a colour-mapped preview.
    few = pixels[::4, ::4].astype(np.int32)
    tinted = few.max(axis=2) - few.min(axis=2) > _TINT * np.iinfo(pixels.dtype).max
    if tinted.mean() > _TINTED_SHARE:
        where = _where(name, frame.index)
        raise InputError(f"{where}: is in colour, expected grey; export depth itself, not a coloured preview")
    return np.ascontiguousarray(pixels[..., 1])
