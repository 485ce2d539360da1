"""The user's models: pipeline folders by name, in one place on the disk."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from anybokeh.errors import InputError

_HOME = "ANYBOKEH_HOME"
_NANO = "anybokeh_nano"
"""The package that holds the weights of `nano`."""
_BESIDE = Path(__file__).parents[3] / "packages" / "anybokeh-nano" / "src" / _NANO
"""The same in a checkout, where nobody needs to install it."""


def library_folder() -> Path:
    """Where models are kept: `models` in ANYBOKEH_HOME, or in the user's data folder."""
    home = os.environ.get(_HOME)
    if home:
        return Path(home) / "models"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "anybokeh" / "models"


def library_models() -> list[Path]:
    """The folders of all models, by name."""
    folder = library_folder()
    return sorted(path.parent for path in folder.glob("*/model_index.json")) if folder.is_dir() else []


def nano_folder() -> Path | None:
    """The weights of `nano`: of the package `anybokeh-nano`, or beside the sources; None without."""
    spec = find_spec(_NANO)
    installed = [] if spec is None else list(map(Path, spec.submodule_search_locations or ()))
    return next((place for place in (*installed, _BESIDE) if (place / "model_index.json").is_file()), None)


def find_model(name: str | Path) -> str | Path:
    """The folder of a model in the library, or that of `nano`; other names come back as they are."""
    if str(name) == "nano":
        return nano_folder() or name
    if re.fullmatch(r"[\w.-]+", str(name)) and not Path(name).is_dir():
        found = library_folder() / str(name)
        if (found / "model_index.json").is_file():
            return found
    return name


def new_model(name: str) -> Path:
    """The folder for a model to add.

    Raises InputError where the name cannot be one or is taken.
    """
    if not re.fullmatch(r"\w[\w.-]*", name) or name in ("auto", "layered", "nano"):
        raise InputError(f"name {name!r} of a model: expected letters, digits, '.', '-' and '_'")
    folder = library_folder() / name
    if folder.exists():
        raise InputError(f"{folder}: exists; give another --name, or remove the folder")
    return folder
