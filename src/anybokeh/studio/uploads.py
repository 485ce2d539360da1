"""Clips that are dropped onto the page: limited in size and type, and checked by decoding."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path, PurePath
from typing import BinaryIO

from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.studio.folders import CLIP_SUFFIXES

_MARGIN = 64 << 20
"""Bytes that stay free on the disk."""


async def receive(
    chunks: AsyncIterator[bytes], name: str, expected: int | None, folder: Path, limit: int
) -> Path:
    """Write an upload into a folder and return its path; the same bytes give the same file.

    Args:
        chunks: the bytes as they come.
        name: of the file, as the browser says.
        expected: bytes to come, None if unknown.
        folder: where uploads go.
        limit: most bytes.

    Raises:
        InputError: too large, no clip by its name, or the disk is full; nothing is left.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in CLIP_SUFFIXES:
        raise InputError(
            f"{_shown(name)}: is no video or image by its name; expected {', '.join(CLIP_SUFFIXES[:8])} …"
        )
    if expected is not None and expected > limit:
        raise InputError(_too_large(name, expected, limit))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if expected is not None and shutil.disk_usage(folder).free < expected + _MARGIN:
            raise InputError(f"{_shown(name)}: the disk is full; {expected >> 20} MB are needed")
        handle, part = tempfile.mkstemp(prefix=".unfinished-", suffix=suffix, dir=folder)
    except OSError as error:
        raise InputError(f"{folder}: uploads cannot be written ({error.strerror})") from None
    try:
        with os.fdopen(handle, "wb") as file:
            digest = await _write(chunks, file, name, expected, limit)
        # one folder a content, so that names stay as they are
        own = folder / digest
        own.mkdir(exist_ok=True)
        target = next((one for one in own.iterdir()), own / _safe(name, suffix))
        if not target.exists():
            # what comes again after it was removed is the same clip
            os.utime(part, (0, 0))
            Path(part).replace(target)
        return target
    except OSError as error:
        raise InputError(
            f"{_shown(name)}: could not be stored ({error.strerror}); make room on the disk"
        ) from None
    finally:
        Path(part).unlink(missing_ok=True)


async def _write(
    chunks: AsyncIterator[bytes], file: BinaryIO, name: str, expected: int | None, limit: int
) -> str:
    digest, count = hashlib.blake2b(digest_size=10), 0
    async for chunk in chunks:
        count += len(chunk)
        if count > limit:
            raise InputError(_too_large(name, count, limit))
        digest.update(chunk)
        file.write(chunk)
    if count == 0:
        raise InputError(f"{_shown(name)}: the file is empty; expected a video")
    if expected is not None and count < expected:
        raise InputError(f"{_shown(name)}: the upload broke off; try again")
    return digest.hexdigest()


def check_upload(path: Path) -> None:
    """Delete an upload that is no clip; raises InputError then, which names it as the user does."""
    try:
        with open_clip(path) as clip:
            if next(iter(clip), None) is None:
                raise InputError(f"{path}: holds no frames; expected a video with pictures")
    except InputError as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise InputError(str(error).replace(str(path), path.name)) from None


def _safe(name: str, suffix: str) -> str:
    stem = re.sub(r'[\x00-\x1f<>:"/|?*]+', "_", PurePath(name.replace("\\", "/")).stem).strip(". ")
    return (stem[:80] or "clip") + suffix


def _shown(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "..."


def _too_large(name: str, count: int, limit: int) -> str:
    return (
        f"{_shown(name)}: is larger than {limit >> 20} MB, the most that is uploaded; start the studio with "
        "--folder and choose the clip there"
    )
