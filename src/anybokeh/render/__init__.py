"""Renderers: from a shot to its refocused frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.shot import Scene, Shot

if TYPE_CHECKING:
    from anybokeh.render.layered import LayeredRenderer

__all__ = ["LayeredRenderer", "Renderer", "Scene", "Shot", "load_renderer"]


class Renderer(Protocol):
    """Whatever refocuses a shot; knows nothing of files."""

    @property
    def name(self) -> str:
        """What to call it in reports."""
        ...

    def render(self, shot: Shot) -> Any:
        """(frames, 3, height, width) float32, encoded as the shot's frames are."""
        ...


def load_renderer(name: str = "auto", *, lens: Lens | None = None, device: str = "auto") -> Renderer:
    """The renderer of that name.

    Args:
        name: `layered`; `auto` is the best for the machine, which is the layered one in this version.
        lens: shape of the blur.
        device: `auto`, `cpu`, `cuda` or `mps`; `auto` takes a CUDA device where PyTorch finds one.

    Raises:
        InputError: there is no such renderer, or no such device.
    """
    lens = lens or Lens()
    if name not in ("auto", "layered"):
        raise InputError(f"renderer is {name!r}: this version has 'layered' (or 'auto')")
    from anybokeh.render.device import choose_device

    chosen = choose_device(device)
    if chosen == "cpu":
        from anybokeh.render.layered import LayeredRenderer

        return LayeredRenderer(lens)
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    return TorchLayeredRenderer(lens, chosen)


def __getattr__(name: str) -> Any:
    # numba is slow to import and not needed to list or check things.
    if name == "LayeredRenderer":
        from anybokeh.render.layered import LayeredRenderer

        return LayeredRenderer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
