"""Where outputs go: what is known to fail, and putting them in their place whole."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

from av.error import FFmpegError

from anybokeh.clip import codecs
from anybokeh.clip.info import ClipInfo
from anybokeh.clip.sequences import KINDS, SUFFIXES
from anybokeh.errors import InputError
from anybokeh.runtime.file_patterns import FilePattern, file_pattern

_FREE_MARGIN = 16 << 20
_OWN = re.compile(r"\.bokeh(-\d+)?")


def is_folder(path: Path) -> bool:
    """Whether an output path means a folder of images: it has no suffix, or is `NAME.bokeh`."""
    return path.is_dir() or path.suffix == "" or _OWN.fullmatch(path.suffix) is not None


def named_output(path: str | Path) -> tuple[Path, FilePattern | None, str | None]:
    """An output's path, and, of a name with a place for the number, its folder, that name and the codec.

    Raises InputError for names that images cannot get.
    """
    path = Path(path)
    pattern = file_pattern(path)
    if pattern is None:
        return path, None, None
    kind = KINDS.get(path.suffix.lower())
    if kind not in codecs.IMAGE_CODECS:
        raise InputError(f"{path}: names numbered files of type {path.suffix}; expected .png, .tif or .exr")
    if pattern.any:
        raise InputError(f"{path}: does not say where the number goes; write #### or %04d in place of *")
    return path.parent, pattern, kind


def check_output(
    path: str | Path,
    info: ClipInfo,
    *,
    source: str | Path | None = None,
    start: float | None = None,
    end: float | None = None,
    codec: str | None = None,
    crf: float | None = None,
    overwrite: bool = False,
) -> None:
    """Raise InputError for everything about an output that can be known before work starts.

    The arguments are those of open_writer.
    """
    path = Path(path)
    try:
        there = path.exists()
    except OSError as error:
        raise unwritable(path, error) from None
    for other in (info.path, source):
        if other is not None and _same(path, Path(other)):
            raise InputError(f"{path}: is the input itself; write to another path")
    if path.is_dir() and info.path.resolve().is_relative_to(path.resolve()):
        raise InputError(f"{path}: holds the input {info.path.name}; write to another folder")
    if there and not overwrite and not _is_empty_folder(path):
        raise InputError(f"{path}: exists already; give another path or --overwrite")
    parent = path.parent
    if not parent.is_dir():
        raise InputError(f"{path}: the folder {parent} does not exist; create it first")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"{path}: the folder {parent} cannot be written to; change its permissions")
    if is_folder(path):
        _check_folder(path, info, codec, crf)
        per_pixel = 3.0
    else:
        if path.suffix.lower() in SUFFIXES:
            raise InputError(f"{path}: images are written to a folder; give a path without a suffix")
        per_pixel = 1.0 if codecs.choose(path, info, codec, crf).name in ("ffv1", "prores") else 0.05
    values = _frames_to_come(info, start, end) * info.width * info.height * max(1, info.bit_depth / 8)
    needed = int(values * per_pixel) + _FREE_MARGIN
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise InputError(
            f"{path}: about {needed >> 20} MB are needed and {free >> 20} MB are free; make room on that disk"
        )


def _frames_to_come(info: ClipInfo, start: float | None, end: float | None) -> float:
    """About how many frames will be written; 1 where nothing tells."""
    rate = float(info.rate)
    last = (info.frame_count or 1) / rate
    return max(1.0, (min(last, end or last) - (start or 0)) * rate)


def _check_folder(path: Path, info: ClipInfo, codec: str | None, crf: float | None) -> None:
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: is a file; a path without a suffix means a folder of images")
    if codec is not None and codec not in codecs.IMAGE_CODECS:
        raise InputError(
            f"codec {codec}: a folder takes {', '.join(codecs.IMAGE_CODECS)}; for video, give the output a"
            f" suffix such as {path.name}.mp4"
        )
    if crf is not None:
        raise InputError(f"crf {crf}: images are stored without loss; leave --crf out")
    if path.is_dir():
        strangers = [f.name for f in path.iterdir() if not _is_ours(f, info.naming)]
        if strangers:
            raise InputError(f"{path}: holds other files ({strangers[0]}) that --overwrite would delete")
    if (codec or folder_codec(info)) == "exr":
        from anybokeh.clip import exr

        exr.require()


def _is_ours(file: Path, naming: FilePattern | None) -> bool:
    return file.suffix.lower() in SUFFIXES and (naming is None or naming.matches(file.name))


def folder_codec(info: ClipInfo) -> str:
    return info.codec if info.pixel_format in ("tiff", "exr") else "png"


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None


def _same(a: Path, b: Path) -> bool:
    if a.exists() and b.exists():
        return a.samefile(b)
    return a.resolve() == b.resolve()


def unwritable(path: Path, error: Exception) -> InputError:
    number = getattr(error, "errno", None)
    if number == errno.ENAMETOOLONG:
        return InputError(f"{path}: the name is too long for the file system; give a shorter one")
    if number == errno.ENOSPC:
        return InputError(f"{path}: the disk is full; make room on it, nothing was written")
    reason = getattr(error, "strerror", None) or error
    if isinstance(error, FFmpegError) and not isinstance(error, (PermissionError, FileNotFoundError)):
        return InputError(
            f"{path}: cannot be written ({reason}): the encoder or the container refuses the frames or what"
            " is copied beside them; try another --codec, or .mkv"
        )
    return InputError(f"{path}: cannot be written ({reason}); check the folder and the disk")
