"""Copies of files from stores in a folder of limited size, whole or not at all.

    fetched/DIGEST/lock       held, shared, by processes that use the copy
                   content/   the file or folder under its own name

The digest is of the URL and of what the store says of the file (size, ETag, time), so that a file that was
replaced is another file. `$ANYBOKEH_FETCHED_MB` sets how much is kept and how much one render may ask for
(262144); what was not used for longest goes first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.runtime.cache import cache_folder
from anybokeh.runtime.limits import check_frames
from anybokeh.runtime.whole_files import whole_folder
from anybokeh.storage.locks import lock_file
from anybokeh.storage.urls import name_of, opened, unreachable

_VARIABLE = "ANYBOKEH_FETCHED_MB"
_DEFAULT_MB = 262144
_CONTENT = "content"
_IDENTITY = (
    "size",
    "ETag",
    "etag",
    "md5Hash",
    "generation",
    "LastModified",
    "last_modified",
    "updated",
    "created",
)
_MARGIN = 64 << 20
_CHUNK = 8 << 20


def fetched(url: str, resources: ExitStack) -> Path:
    """A local copy of a file or of all files under a prefix, kept until `resources` are closed.

    Raises InputError for what is not there, is larger than the limit, or cannot be fetched.
    """
    fs, path = opened(url)
    try:
        files = _files(fs, path, url)
    except Exception as error:
        raise unreachable(url, error) from None
    sizes = {name: int(details.get("size") or 0) for name, details in files.items()}
    root = storage_folder() / "fetched"
    entry = root / _digest(url, files)
    try:
        # what is fetched may be private
        entry.mkdir(0o700, parents=True, exist_ok=True)
        lock = resources.enter_context((entry / "lock").open("ab"))
        target = entry / _CONTENT / name_of(url)
        lock_file(lock, shared=True)
        # another process may have fetched it, or deleted it, until the lock is here
        while not target.exists():
            lock_file(lock, shared=False)
            if not target.exists():
                _check_room(url, sum(sizes.values()), root)
                _fetch(fs, path, url, sizes, target)
            lock_file(lock, shared=True)
        os.utime(entry)
    except OSError as error:
        raise unreachable(url, error) from None
    return target


def storage_folder() -> Path:
    """Where copies and unfinished outputs are kept."""
    return cache_folder().parent / "storage"


def _files(fs: Any, path: str, url: str) -> dict[str, dict[str, Any]]:
    """What the store knows of each file, by its name under the path; a file itself has the name ''."""
    details = fs.info(path)
    if details["type"] == "file":
        return {"": details}
    found = fs.find(path, detail=True)
    check_frames(url, len(found))
    base = path.rstrip("/") + "/"
    files = {}
    for name, one in found.items():
        under = name.removeprefix(base)
        # stores take any text for a name
        if name == under or any(part in ("", ".", "..") for part in under.split("/")) or "\\" in under:
            raise InputError(f"{url}: holds a file whose name leads elsewhere ({name[:80]})")
        files[under] = one
    if not files:
        raise FileNotFoundError(url)
    return files


def _digest(url: str, files: dict[str, dict[str, Any]]) -> str:
    digest = hashlib.sha256(url.encode())
    for name, details in sorted(files.items()):
        digest.update(repr((name, [str(details.get(key)) for key in _IDENTITY])).encode())
    return digest.hexdigest()[:40]


def _fetch(fs: Any, path: str, url: str, sizes: dict[str, int], target: Path) -> None:
    with whole_folder(target.parent) as temporary:
        for name, size in sizes.items():
            file = temporary / target.name / name if name else temporary / target.name
            file.parent.mkdir(parents=True, exist_ok=True)
            _copy(fs, f"{path.rstrip('/')}/{name}" if name else path, url, size, file)


def _copy(fs: Any, path: str, url: str, size: int, file: Path) -> None:
    """One file, of no more bytes than the store announced."""
    count = 0
    try:
        with fs.open(path, "rb") as source, file.open("wb") as target:
            while chunk := source.read(_CHUNK):
                count += len(chunk)
                if count > size:
                    break
                target.write(chunk)
    except Exception as error:
        raise unreachable(url, error) from None
    if count != size:
        raise InputError(f"{url}: changed while it was read, or is cut short ({count} bytes of {size})")


def limit_bytes() -> int:
    """How much may be fetched and kept; raises InputError when the variable is no number."""
    text = os.environ.get(_VARIABLE, str(_DEFAULT_MB))
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise InputError(f"{_VARIABLE} is {text!r}: expected a number of megabytes")
    return int(text) << 20


def _check_room(url: str, size: int, root: Path) -> None:
    if size > limit_bytes():
        raise InputError(f"{url}: has {size >> 20} MB, more than {limit_bytes() >> 20}; set {_VARIABLE}")
    _shrink(root, limit_bytes() - size)
    free = shutil.disk_usage(root).free
    if free < size + _MARGIN:
        raise InputError(
            f"{url}: has {size >> 20} MB and {free >> 20} MB are free in {root}; make room there"
        )


def _shrink(root: Path, most: int) -> None:
    """Delete what was not used for longest, and is not in use, until the rest fits."""
    with contextlib.suppress(OSError):
        entries = sorted((entry.stat().st_mtime, entry) for entry in root.iterdir() if entry.is_dir())
        sizes = {entry: _size(entry) for _, entry in entries}
        total = sum(sizes.values())
        for _, entry in entries:
            if total <= most:
                break
            with (entry / "lock").open("ab") as lock:
                if lock_file(lock, shared=False, wait=False):
                    for left in entry.iterdir():
                        if left.is_dir():
                            shutil.rmtree(left, ignore_errors=True)
                    total -= sizes[entry]


def _size(entry: Path) -> int:
    return sum(file.stat().st_size for file in entry.rglob("*") if file.is_file())
