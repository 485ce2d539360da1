"""Conventions of the official any-to-bokeh release: values in file names, clips listed in CSV files."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.settings import MAX_BLUR

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf"
_TAGS = re.compile(rf"_zf_(?P<focus>{_NUMBER})(?:_k_(?P<blur>{_NUMBER}))?$", re.IGNORECASE)


@dataclass(frozen=True)
class OfficialTrack:
    """Focus and blur of every frame as the file names carry them.

    focus: (frames,) float32 disparity in [0, 1]. blur: (frames,) float32 K, or None where names carry none.
    """

    focus: np.ndarray
    blur: np.ndarray | None


@dataclass(frozen=True)
class OfficialClip:
    """One row of an official CSV file. blur is None when the row says `change`: file names carry it."""

    aif_folder: Path
    disp_folder: Path
    blur: float | None


def without_tags(path: Path) -> str:
    """File name without suffix and control values, by which the maps are ordered."""
    return _TAGS.sub("", path.stem)


def read_official_names(paths: Sequence[Path]) -> OfficialTrack | None:
    """Focus and blur from names like `00012_zf_0.53367_k_16.png`; None when no name carries `_zf_`.

    Raises InputError when only some names carry them or a value is out of range.
    """
    tags = [_TAGS.search(path.stem) for path in paths]
    if not any(tags):
        return None
    focus, blur = [], []
    for path, tag in zip(paths, tags, strict=True):
        if tag is None:
            raise InputError(
                f"{path}: carries no focus (_zf_VALUE) in its name though other maps of the folder do"
            )
        focus.append(float(tag["focus"]))
        if not 0 <= focus[-1] <= 1:
            raise InputError(f"{path}: focus {tag['focus']} in its name, expected a disparity in [0, 1]")
        if tag["blur"] is not None:
            blur.append(float(tag["blur"]))
            if not 0 <= blur[-1] <= MAX_BLUR:
                raise InputError(f"{path}: blur {tag['blur']} in its name, expected 0 to {MAX_BLUR:g}")
    if blur and len(blur) != len(focus):
        raise InputError(f"{paths[0].parent}: only {len(blur)} of {len(focus)} names carry a blur (_k_VALUE)")
    return OfficialTrack(np.array(focus, np.float32), np.array(blur, np.float32) if blur else None)


def read_official_csv(path: str | Path) -> list[OfficialClip]:
    """Rows of a CSV file with the header `aif_folder,disp_folder,k`.

    Folders are taken as given when they exist, else from the CSV file's folder or the one above it (the
    release keeps its lists in a subfolder and names paths from its root). Raises InputError naming the line.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, skipinitialspace=True)
            missing = {"aif_folder", "disp_folder", "k"} - set(rows.fieldnames or ())
            if missing:
                raise InputError(
                    f"{path}: has no column {', '.join(sorted(missing))}; expected aif_folder,disp_folder,k"
                )
            clips = [_clip(row, path, rows.line_num) for row in rows]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: is not a CSV text file") from None
    if not clips:
        raise InputError(f"{path}: lists no clips")
    return clips


def _clip(row: dict[str, str | None], path: Path, line: int) -> OfficialClip:
    aif, disp, k = ((row[name] or "").strip() for name in ("aif_folder", "disp_folder", "k"))
    if not (aif and disp and k):
        raise InputError(f"{path}, line {line}: a value is missing; expected aif_folder,disp_folder,k")
    try:
        blur = float(k)
    except ValueError:
        if not k.isalpha():
            raise InputError(f"{path}, line {line}: k is {k!r}, expected a number or 'change'") from None
        blur = None
    if blur is not None and not 0 <= blur <= MAX_BLUR:
        raise InputError(f"{path}, line {line}: k is {k}, expected 0 to {MAX_BLUR:g}")
    return OfficialClip(_find(aif, path), _find(disp, path), blur)


def _find(folder: str, listed_in: Path) -> Path:
    given = Path(folder)
    candidates = (given, listed_in.parent / given, listed_in.absolute().parent.parent / given)
    found = next((candidate for candidate in candidates if candidate.exists()), None)
    if found is None:
        raise InputError(f"{listed_in}: lists {folder}, which exists neither as given nor beside the list")
    return found
