"""Clips that are dropped onto the page: limited in size and type, sent in pieces, and checked by decoding."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

import anyio

from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import write_whole
from anybokeh.studio.folders import CLIP_SUFFIXES

_MARGIN = 64 << 20
"""Bytes that stay free on the disk."""
_KEPT_SECONDS = 7 * 24 * 3600
_PATIENCE = 20.0
"""Seconds without a byte after which a connection is taken for dead."""
_ID = re.compile(r"[0-9a-f]{32}")


class Unknown(Exception):
    """There is no such upload."""


class Busy(Exception):
    """Somebody else is at the upload, or its next piece begins elsewhere."""


class Stalled(Exception):
    """No more bytes came; those that came stay."""


class TooLarge(InputError):
    """The upload is larger than is allowed."""


class Upload(NamedTuple):
    """An upload that is under way.

    name: of the file, as the browser says. length: bytes of all of it. metadata: as the browser wrote it.
    """

    id: str
    name: str
    length: int
    metadata: str = ""


class Uploads:
    """Uploads that are under way, and where they go.

    What has come of one stays for a week, also when the studio ends.

    folder: where uploads go. limit: most bytes of one.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.limit = limit
        self._folder = folder
        self._held: set[str] = set()
        for name in {left.name.removesuffix(".json") for left in folder.glob(".*.part*")}:
            with contextlib.suppress(OSError):
                _tidy(folder / name, folder / f"{name}.json")

    def begin(self, name: str, length: int, metadata: str = "") -> Upload:
        """A new upload; raises InputError where it is no clip by its name, or the disk is full; TooLarge."""
        suffix = PurePath(name).suffix.lower()
        if suffix not in CLIP_SUFFIXES:
            raise InputError(
                f"{_shown(name)}: is no video or image by its name; expected {', '.join(CLIP_SUFFIXES[:8])} …"
            )
        if length > self.limit:
            raise TooLarge(
                f"{_shown(name)}: is larger than {self.limit >> 20} MB, the most that is uploaded; start the "
                "studio with --folder and choose the clip there"
            )
        if length == 0:
            raise InputError(f"{_shown(name)}: the file is empty; expected a video")
        upload = Upload(secrets.token_hex(16), name, length, metadata)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < length + _MARGIN:
                raise InputError(f"{_shown(name)}: the disk is full; {length >> 20} MB are needed")
            self._part(upload.id).touch()
        except OSError as error:
            raise InputError(f"{self._folder}: uploads cannot be written ({error.strerror})") from None
        write_whole(self._facts(upload.id), json.dumps(upload._asdict()).encode())
        return upload

    def find(self, id: str) -> tuple[Upload, int]:
        """An upload, and how many bytes of it are there; raises Unknown."""
        if not _ID.fullmatch(id):
            raise Unknown
        try:
            upload = Upload(**json.loads(self._facts(id).read_text(encoding="utf-8")))
            return upload, self._part(id).stat().st_size
        except (OSError, ValueError, TypeError):
            raise Unknown from None

    @contextlib.contextmanager
    def held(self, id: str) -> Iterator[None]:
        """Keep others from an upload while it is written or finished; raises Busy where it is held."""
        if id in self._held:
            raise Busy
        self._held.add(id)
        try:
            yield
        finally:
            self._held.discard(id)

    async def write(self, id: str, offset: int, chunks: AsyncIterator[bytes]) -> tuple[Upload, int]:
        """Write the bytes from `offset` on as they come; what came stays where they break off.

        id: is held.

        Returns:
            The upload, and how many bytes of it are there.

        Raises:
            Unknown: there is no such upload.
            Busy: it is not at that offset.
            Stalled: nothing came for a while.
            InputError: the disk is full, or there are too many bytes; nothing is left of it.
        """
        upload, count = self.find(id)
        if offset != count:
            raise Busy
        try:
            with self._part(id).open("ab") as file:
                async for chunk in _in_time(chunks):
                    count += len(chunk)
                    if count > upload.length:
                        raise InputError(f"{_shown(upload.name)}: is longer than was said; upload it again")
                    file.write(chunk)
        except InputError:
            self._delete(id)
            raise
        except OSError as error:
            self._delete(id)
            raise self._full(upload, error) from None
        return upload, count

    def finish(self, upload: Upload) -> Path:
        """The path of a whole upload, which is held; the same bytes give the same file.

        Raises InputError where it is no clip, with nothing left, or cannot be stored.
        """
        part = self._part(upload.id)
        try:
            with part.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=10)).hexdigest()
            # one folder a content, so that names stay as they are
            own = self._folder / digest
            own.mkdir(exist_ok=True)
            target = next((one for one in own.iterdir()), own / _safe(upload.name))
            if not target.exists():
                part.replace(target)
            # what comes again after it was removed is the same clip
            os.utime(target, (0, 0))
        except OSError as error:
            raise self._full(upload, error) from None
        finally:
            self._delete(upload.id)
        _check(target)
        return target

    def remove(self, id: str) -> None:
        """Delete what has come of an upload; raises Unknown."""
        self.find(id)
        self._delete(id)

    def _delete(self, id: str) -> None:
        # on Windows what is being written cannot be deleted
        with contextlib.suppress(PermissionError):
            self._facts(id).unlink(missing_ok=True)
            self._part(id).unlink(missing_ok=True)

    def _part(self, id: str) -> Path:
        return self._folder / f".{id}.part"

    def _facts(self, id: str) -> Path:
        return self._folder / f".{id}.part.json"

    def _full(self, upload: Upload, error: OSError) -> InputError:
        return InputError(
            f"{_shown(upload.name)}: could not be stored ({error.strerror}); make room on the disk"
        )


def _tidy(part: Path, facts: Path) -> None:
    """Delete both where nobody went on for long, or where nobody can for one of them is missing."""
    whole = part.exists() and facts.exists()
    if not whole or time.time() - part.stat().st_mtime > _KEPT_SECONDS:
        part.unlink(missing_ok=True)
        facts.unlink(missing_ok=True)


async def _in_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same; raises Stalled, for a TimeoutError is an OSError, as a full disk is."""
    while True:
        try:
            with anyio.fail_after(_PATIENCE):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise Stalled from None
        if chunk is None:
            return
        yield chunk


def _check(path: Path) -> None:
    """Delete an upload that is no clip; raises InputError then, which names it as the user does."""
    try:
        with open_clip(path) as clip:
            if next(iter(clip), None) is None:
                raise InputError(f"{path}: holds no frames; expected a video with pictures")
    except InputError as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise InputError(str(error).replace(str(path), path.name)) from None


def _safe(name: str) -> str:
    path = PurePath(name.replace("\\", "/"))
    stem = re.sub(r'[\x00-\x1f<>:"/|?*]+', "_", path.stem).strip(". ")
    return (stem[:80] or "clip") + path.suffix.lower()


def _shown(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "..."
