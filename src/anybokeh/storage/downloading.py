"""Downloads of files whose digest is known: whole or not there, and taken up where they were interrupted.

What has arrived lies beside the file as `.NAME.part` until its size and digest are those expected.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anybokeh import __version__
from anybokeh.errors import InputError

_CHUNK = 1 << 18
_PATIENCE = 20.0
"""Seconds without a byte after which a connection counts as lost."""
_TRIES = 3
_MOST = 1 << 30
"""Bytes of a file of unknown size."""

Progress = Callable[[int, int | None], None]
"""Called with the bytes that have arrived and their number in all, where that is known."""


class NotReached(InputError):
    """A server does not answer, has no such file, or breaks off."""


@dataclass(frozen=True)
class Content:
    """What a file holds. size: in bytes, None where it is not known. sha256: its digest in hexadecimal."""

    size: int | None
    sha256: str

    def is_in(self, file: Path) -> bool:
        """Whether a file holds just this; False where it cannot be read."""
        try:
            if self.size is not None and file.stat().st_size != self.size:
                return False
            with file.open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


@dataclass(frozen=True)
class Access:
    """How servers are reached, beyond what the environment says.

    certificates: a file of authorities to trust as well. proxy: URL of a proxy. headers: to send to the first
    server alone, such as its password.
    """

    certificates: str | None = None
    proxy: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def open_url(url: str, access: Access, **headers: str) -> Any:
    """An answer that can be read, to a GET request; raises OSError."""
    request = urllib.request.Request(url, headers={"User-Agent": f"anybokeh/{__version__}", **headers})
    for name, value in access.headers:
        request.add_unredirected_header(name, value)
    handlers: list[Any] = [urllib.request.HTTPSHandler(context=_trusted(access.certificates))]
    if access.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": access.proxy, "https": access.proxy}))
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        error.close()
        raise


def download(
    url: str, file: Path, content: Content, *, access: Access | None = None, progress: Progress | None = None
) -> None:
    """Fetch a file from a URL into an existing folder; it appears whole or not at all.

    Raises:
        InputError: it cannot be reached, is not what is expected, or there is no room for it.
    """
    part = file.with_name(f".{file.name}.part")
    access = access or Access()
    for tries_left in reversed(range(_TRIES)):
        before = _size(part)
        try:
            _receive(url, part, content, access, progress)
            break
        except (OSError, http.client.HTTPException) as error:
            # a connection that was lost is taken up again as long as something arrives
            if isinstance(error, urllib.error.HTTPError) or not tries_left or _size(part) == before:
                raise NotReached(f"{url}: {_told(error, part)}") from None
    if not content.is_in(part):
        part.unlink()
        raise InputError(f"{url}: is not the file expected, its SHA-256 is another; nothing was kept")
    part.replace(file)


def _receive(url: str, part: Path, content: Content, access: Access, progress: Progress | None) -> None:
    """Append what is missing of a file; raises OSError, HTTPException where it does not come."""
    done = _size(part)
    if content.size is not None and done == content.size:
        return
    asked = {"Range": f"bytes={done}-"} if done else {}
    try:
        answer = open_url(url, access, **asked)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        # nothing is missing, or this was another file: the digest will tell
        return
    with answer:
        if not _goes_on(answer, done):
            done = 0
        total = _announced(answer, done)
        if content.size is not None and total not in (None, content.size):
            part.unlink(missing_ok=True)
            raise InputError(f"{url}: has {total} bytes; expected {content.size}, so it is another file")
        most = content.size or total or _MOST
        _check_room(part, url, most - done if content.size or total else 0)
        _append(answer, part, done, most, url, progress, content.size or total)
    if (content.size or total) not in (None, _size(part)):
        raise ConnectionError("the connection ended early")


def _append(
    answer: Any, part: Path, done: int, most: int, url: str, progress: Progress | None, total: int | None
) -> None:
    with _written(part, url):
        target = part.open("ab")
    with target:
        with _written(part, url):
            target.truncate(done)
        while chunk := answer.read(_CHUNK):
            done += len(chunk)
            if done > most:
                break
            with _written(part, url):
                target.write(chunk)
                target.flush()
            if progress is not None:
                progress(done, total)
    if done > most:
        part.unlink(missing_ok=True)
        raise InputError(f"{url}: has more than {most} bytes; expected no more, so it is another file")


@contextmanager
def _written(part: Path, url: str) -> Iterator[None]:
    """Turns what the disk refuses into one line, and gives back the room that was taken."""
    try:
        yield
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(
            f"{part.parent}: cannot be written to ({error.strerror}) while {url} is fetched; "
            "make room there or set ANYBOKEH_CACHE to another folder"
        ) from None


def _check_room(part: Path, url: str, missing: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < missing:
        part.unlink(missing_ok=True)
        raise InputError(
            f"{url}: needs {missing >> 20} MB and {free >> 20} MB are free in {part.parent}; "
            "make room there or set ANYBOKEH_CACHE to another folder"
        )


def _goes_on(answer: Any, done: int) -> bool:
    """Whether an answer holds what comes after the first bytes, rather than everything."""
    there = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range") or "")
    return answer.status == http.client.PARTIAL_CONTENT and there is not None and int(there[1]) == done


def _announced(answer: Any, done: int) -> int | None:
    """Bytes of the whole file as a server tells them."""
    length = answer.headers.get("Content-Length") or ""
    return done + int(length) if length.isdecimal() else None


def _trusted(certificates: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    usual = ssl.get_default_verify_paths()
    if usual.cafile is None and usual.capath is None:
        # some Pythons come without authorities
        certificates = certificates or _bundled()
    for file in (certificates, os.environ.get("REQUESTS_CA_BUNDLE")):
        if file and Path(file).is_file():
            context.load_verify_locations(file)
    return context


def _bundled() -> str | None:
    try:
        from certifi import where
    except ImportError:
        try:
            from pip._vendor.certifi import where
        except ImportError:
            return None
    return where()


def _told(error: Exception, part: Path) -> str:
    told = f"cannot be had ({reason_of(error)})"
    if isinstance(error, urllib.error.HTTPError):
        return told
    kept = _size(part)
    goes_on = f"; {kept >> 10} KB have arrived, and the next try goes on from there" if kept else ""
    return f"{told}; check the network{goes_on}"


def reason_of(error: Exception) -> object:
    """What is wrong with a server or the way to it, in a few words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    inner = getattr(error, "reason", None) or error
    return getattr(inner, "strerror", None) or inner


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
