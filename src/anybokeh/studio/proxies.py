"""Small copies of a clip's frames on the disk, so that scrubbing does not wait for the decoder.

They lie in `studio` beside the cache of disparity, in a folder a clip named by its content, as files of 48
JPEG pictures each. A thread makes them from where the user looks; what is not there yet is decoded when it is
asked for. The clip itself is never encoded again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.errors import InputError
from anybokeh.runtime.cache import cache_folder, limit_bytes
from anybokeh.runtime.whole_files import whole_file
from anybokeh.studio.display import display_size, jpeg, shrink, unpack
from anybokeh.studio.frames import FrameReader
from anybokeh.studio.priority import step_back

CHUNK = 48
"""Pictures of a file."""
VERSION = 1
THUMBNAIL_WIDTH = 160
_THUMBNAIL_QUALITY = 80
_POLITE_SECONDS = 0.25


def studio_cache() -> Path:
    """The folder of everything that the studio can make again."""
    return cache_folder().parent / "studio"


class Proxies:
    """The small pictures of one clip. key: names them. times, exact: see `FrameReader`."""

    def __init__(self, info: ClipInfo, times: np.ndarray, key: str, exact: bool = True) -> None:
        self.size = display_size(info)
        self.count = len(times)
        self.folder = studio_cache() / f"{key}-{VERSION}-{self.size[0]}x{self.size[1]}-{self.count}"
        self._info = info
        self._times = times
        self._exact = exact
        self._reader = FrameReader(info, times, exact)
        self._own: FrameReader | None = None
        self._own_thumbnails: FrameReader | None = None
        self._thumbnails = threading.Lock()
        self._wanted = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_request = 0.0
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            os.utime(self.folder)

    def picture(self, index: int) -> np.ndarray:
        """(height, width, 3) uint8 RGB at the size of `display_size`; raises InputError."""
        self._wanted, self._last_request = index, time.monotonic()
        data = self._stored(index)
        return shrink(self._reader.read(index), self.size) if data is None else unpack(data)

    def packed(self, index: int) -> bytes:
        """The same as a JPEG file."""
        self._wanted, self._last_request = index, time.monotonic()
        return self._stored(index) or jpeg(shrink(self._reader.read(index), self.size))

    def thumbnail(self, index: int) -> bytes:
        """A picture for the timeline as a JPEG file; decoded by itself, so that nobody waits for it."""
        data = self._stored(index)
        if data is not None:
            picture = unpack(data)
        else:
            with self._thumbnails:
                if self._own_thumbnails is None:
                    self._own_thumbnails = FrameReader(self._info, self._times, self._exact)
                picture = self._own_thumbnails.read(index)
        return jpeg(shrink(picture, display_size(self._info, THUMBNAIL_WIDTH)), _THUMBNAIL_QUALITY)

    def start(self) -> None:
        """Begin to make them all."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._make_all, name="proxies", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop making them."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._reader.close()
        if self._own_thumbnails is not None:
            self._own_thumbnails.close()

    @property
    def done(self) -> float:
        """Share of the clip that is made, [0, 1]."""
        with contextlib.suppress(OSError):
            return min(1.0, len(list(self.folder.glob("*.jpgs"))) / -(-self.count // CHUNK))
        return 0.0

    def _file(self, chunk: int) -> Path:
        return self.folder / f"{chunk:06}.jpgs"

    def _stored(self, index: int) -> bytes | None:
        place = index % CHUNK
        try:
            with self._file(index // CHUNK).open("rb") as file:
                # (CHUNK + 1,) where each picture begins, the last one is where the file ends
                begins = np.frombuffer(file.read(4 * (CHUNK + 1)), "<u4")
                file.seek(int(begins[place]))
                data = file.read(int(begins[place + 1] - begins[place]))
                return data or None
        except (OSError, IndexError, ValueError):
            return None

    def _make_all(self) -> None:
        step_back()
        try:
            if any(not self._file(chunk).is_file() for chunk in range(-(-self.count // CHUNK))):
                _shrink_cache(self.folder)
            while not self._stopped.is_set():
                chunk = self._next_chunk()
                if chunk is None:
                    return
                self._make(chunk)
        except (OSError, InputError):
            # a full disk, or a damaged place in the clip: single frames are decoded when they are asked for
            pass
        finally:
            if self._own is not None:
                self._own.close()

    def _next_chunk(self) -> int | None:
        """The first that is missing from where the user looks to the end, then from the beginning."""
        count = -(-self.count // CHUNK)
        here = self._wanted // CHUNK
        order = (*range(here, count), *range(here))
        return next((chunk for chunk in order if not self._file(chunk).is_file()), None)

    def _make(self, chunk: int) -> None:
        if self._own is None:
            self._own = FrameReader(self._info, self._times, self._exact)
        pictures = []
        for index in range(chunk * CHUNK, min((chunk + 1) * CHUNK, self.count)):
            while time.monotonic() - self._last_request < _POLITE_SECONDS and not self._stopped.is_set():
                time.sleep(0.05)
            if self._stopped.is_set():
                return
            pictures.append(jpeg(shrink(self._own.read(index), self.size)))
        pictures += [b""] * (CHUNK - len(pictures))
        begins = 4 * (CHUNK + 1) + np.cumsum([0, *map(len, pictures)])
        file = self._file(chunk)
        with whole_file(file) as temporary:
            temporary.write_bytes(begins.astype("<u4").tobytes() + b"".join(pictures))


def _shrink_cache(newest: Path) -> None:
    """Delete the folders that were not used for longest until the rest takes no more than the limit."""
    with contextlib.suppress(OSError):
        folders = [one for one in newest.parent.iterdir() if one.is_dir()]
        sizes = {one: sum(file.stat().st_size for file in one.iterdir()) for one in folders}
        total = sum(sizes.values())
        for folder in sorted(folders, key=lambda one: one.stat().st_mtime):
            if total <= limit_bytes():
                break
            if folder != newest:
                shutil.rmtree(folder, ignore_errors=True)
                total -= sizes[folder]
