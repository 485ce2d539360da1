"""Where estimated disparity is kept, so that a clip is estimated once.

The folder is `disparity` in `$ANYBOKEH_CACHE`, else in `$XDG_CACHE_HOME/anybokeh` or `~/.cache/anybokeh`. It
holds at most `$ANYBOKEH_CACHE_MB` megabytes (4096); what was not used for longest goes first. It may be
deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.runtime.file_patterns import files_named
from anybokeh.runtime.whole_files import UNFINISHED, whole_file

_SUFFIX = ".maps"
_DEFAULT_MB = 4096
_ABANDONED_SECONDS = 24 * 3600
_CHUNK = 1 << 20


def cache_folder() -> Path:
    """The folder of estimated disparity; it need not exist."""
    own = os.environ.get("ANYBOKEH_CACHE")
    return (Path(own).expanduser() if own else usual_cache()) / "disparity"


def usual_cache() -> Path:
    """The program's folder in the user's cache folder, whatever `ANYBOKEH_CACHE` says."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "anybokeh"


def limit_bytes() -> int:
    """How much the cache may hold; raises InputError when the variable is no number."""
    text = os.environ.get("ANYBOKEH_CACHE_MB", str(_DEFAULT_MB))
    try:
        megabytes = float(text)
        if not 0 <= megabytes < float("inf"):
            raise ValueError
    except ValueError:
        raise InputError(f"ANYBOKEH_CACHE_MB is {text!r}: expected a number of megabytes") from None
    return int(megabytes * (1 << 20))


def clip_key(clip: Path, *settings: object) -> str:
    """A name for what is estimated from the contents of a clip (a file, or several) with these settings."""
    digest = hashlib.blake2b(digest_size=20)
    for setting in settings:
        digest.update(repr(setting).encode() + b"\0")
    for file in files_named(clip):
        if file != clip:
            digest.update(file.name.encode() + b"\0")
        try:
            with file.open("rb") as opened:
                while chunk := opened.read(_CHUNK):
                    digest.update(chunk)
        except OSError as error:
            raise InputError(f"{file}: cannot be read ({error.strerror})") from None
    return digest.hexdigest()


@contextmanager
def cached(key: str, make: Callable[[Path], object]) -> Iterator[Path]:
    """The file of that name, made by `make(path)` if it is not there yet.

    It appears whole or not at all. Where the folder cannot be written to, a temporary file serves, which is
    deleted on leaving the block.
    """
    folder = cache_folder()
    file = folder / (key + _SUFFIX)
    try:
        if file.is_file():
            os.utime(file)
            yield file
            return
    except OSError:
        pass
    if _is_writable(folder):
        with whole_file(file) as temporary:
            make(temporary)
        _shrink(folder, file)
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="anybokeh-", ignore_cleanup_errors=True) as own:
        file = Path(own) / file.name
        make(file)
        yield file


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _shrink(folder: Path, newest: Path) -> None:
    """Delete what was not used for longest until the rest fits; never the newest."""
    with contextlib.suppress(OSError):
        for left in folder.glob(UNFINISHED):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                left.unlink()
        entries = sorted((f.stat().st_mtime, f.stat().st_size, f) for f in folder.glob("*" + _SUFFIX))
        total = sum(size for _, size, _ in entries)
        for _, size, file in entries:
            if total <= limit_bytes():
                break
            if file != newest:
                file.unlink()
                total -= size
