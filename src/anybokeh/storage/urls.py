"""URLs of stores, by fsspec. Decoders never see a URL: only whole files, copied to the disk before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.options import is_url

__all__ = ["PROTOCOLS", "check_url", "is_url", "local_path", "name_of", "opened", "unreachable"]

PROTOCOLS = ("file", "s3", "gs", "gcs", "az", "abfs", "memory")
"""Others could lead to hosts or devices that the user did not mean, and chains of them (a::b) anywhere."""
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}


def opened(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path there; raises InputError."""
    check_url(url)
    protocol = url.split("://")[0].lower()
    try:
        import fsspec
        from fsspec.core import url_to_fs
    except ImportError:
        raise InputError(f"{url}: URLs need fsspec: pip install 'anybokeh[cloud]'") from None
    try:
        fsspec.get_filesystem_class(protocol)
        return url_to_fs(url)
    except ImportError:
        raise InputError(f"{url}: needs {_PACKAGES.get(protocol)}: pip install 'anybokeh[cloud]'") from None
    except Exception as error:
        raise unreachable(url, error) from None


def check_url(url: str) -> None:
    """Raise InputError unless a URL is of a known kind and without steps upwards."""
    protocol, rest = url.split("://", 1)
    if protocol.lower() not in PROTOCOLS or "::" in url:
        raise InputError(f"{url}: is no URL that is read or written; expected {', '.join(PROTOCOLS)}")
    # a doubled slash is a folder without a name in some stores
    names = rest.rstrip("/").split("/")
    if protocol.lower() == "file":
        names = names[1:] if names[0] == "" else names
    if any(name in ("", ".", "..") for name in names) or any(ord(c) < 32 for c in url) or "\\" in url:
        raise InputError(f"{url}: has a part that is empty or '..'")


def local_path(url: str) -> Path | None:
    """The path of a file:// URL, None for others."""
    if not url.lower().startswith("file://"):
        return None
    check_url(url)
    return Path(url[len("file://") :])


def name_of(url: str) -> str:
    """The last part of a URL."""
    return url.rstrip("/").rsplit("/", 1)[-1]


def unreachable(url: str, error: Exception) -> InputError:
    """What went wrong with a store as one line."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, FileNotFoundError):
        return InputError(f"{url}: there is no such file or folder; check the URL")
    if isinstance(error, PermissionError):
        return InputError(f"{url}: the store does not permit it; check your credentials")
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(f"{url}: the store cannot be used ({reason})")
