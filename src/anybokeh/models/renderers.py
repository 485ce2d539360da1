"""One-step models by name, as a kind of renderer: registered under the entry points `anybokeh.renderers`."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.models.library import find_model
from anybokeh.optics.lens import Lens
from anybokeh.render import Renderer


def knows(name: str) -> bool:
    """Whether it is `nano`, or what may be the folder, library name or hub id of a model."""
    return name == "nano" or _is_model(name)


def load(name: str, *, lens: Lens, device: str) -> Renderer:
    """The model as a renderer; raises InputError where packages or weights are missing."""
    if not _is_model(name):
        raise InputError(
            f"renderer {name}: its weights are not installed; pip install 'anybokeh[{name}]', "
            "or use --renderer layered"
        )
    missing = [need for need in ("torch", "diffusers", "transformers") if find_spec(need) is None]
    if missing:
        raise InputError(
            f"renderer {name} needs {', '.join(missing)}: pip install 'anybokeh[model]', "
            "or use --renderer layered"
        )
    from anybokeh.models.one_step import load_one_step

    return load_one_step(name, lens=lens, device=device)


def _is_model(name: str) -> bool:
    return Path(find_model(name)).is_dir() or bool(re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", name))
