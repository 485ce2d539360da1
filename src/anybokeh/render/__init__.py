"""Renderers: from a shot to its refocused frames."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from anybokeh.errors import InputError
from anybokeh.models.library import find_model
from anybokeh.optics.lens import Lens
from anybokeh.shot import Scene, Shot

if TYPE_CHECKING:
    from anybokeh.render.layered import LayeredRenderer
    from anybokeh.render.segments import Segments

__all__ = ["LayeredRenderer", "Renderer", "Scene", "Shot", "load_renderer"]


class Renderer(Protocol):
    """Whatever refocuses a shot; knows nothing of files."""

    @property
    def name(self) -> str:
        """What to call it in reports."""
        ...

    def segments(self, height: int, width: int) -> Segments:
        """How to cut a clip of that size in pixels so that the result does not depend on the cuts."""
        ...

    def render(self, shot: Shot) -> Any:
        """(frames, 3, height, width) float32, encoded as the shot's frames are, without its context."""
        ...


def load_renderer(name: str = "auto", *, lens: Lens | None = None, device: str = "auto") -> Renderer:
    """The renderer of that name.

    Args:
        name: `layered`, `nano`, or the folder, library name or hub id of a one-step model; `auto` is the
            layered one, which `nano` does not beat by enough for its cost.
        lens: shape of the blur; one-step models draw round discs only.
        device: `auto`, `cpu`, `cuda` or `mps`; `auto` takes a CUDA device where PyTorch finds one.

    Raises:
        InputError: there is no such renderer, or no such device.
    """
    lens = lens or Lens()
    if name == "nano" and not _is_model(name):
        raise InputError(
            "renderer nano has no weights in this version: train it, anybokeh train nano, and give the "
            "folder of its model, or use --renderer layered"
        )
    if name not in ("auto", "layered") and not _is_model(name):
        raise InputError(
            f"renderer is {name!r}: expected 'layered', 'auto', the folder of a model that is there, "
            "a name of anybokeh models list, or a hub id, owner/name"
        )
    from anybokeh.render.device import choose_device

    chosen = choose_device(device)
    if name not in ("auto", "layered"):
        return _load_model(name, lens, chosen)
    if chosen == "cpu":
        from anybokeh.render.layered import LayeredRenderer

        return LayeredRenderer(lens)
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    return TorchLayeredRenderer(lens, chosen)


def _is_model(name: str) -> bool:
    return Path(find_model(name)).is_dir() or bool(re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", name))


def _load_model(name: str, lens: Lens, device: str) -> Renderer:
    missing = [need for need in ("torch", "diffusers", "transformers") if find_spec(need) is None]
    if missing:
        raise InputError(
            f"renderer {name} needs {', '.join(missing)}: pip install 'anybokeh[model]', "
            "or use --renderer layered"
        )
    from anybokeh.render.one_step import load_one_step

    return load_one_step(name, lens=lens, device=device)


def __getattr__(name: str) -> Any:
    # numba is slow to import and not needed to list or check things.
    if name == "LayeredRenderer":
        from anybokeh.render.layered import LayeredRenderer

        return LayeredRenderer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
