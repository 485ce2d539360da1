"""Renderers: from a shot to its refocused frames."""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.shot import Scene, Shot

if TYPE_CHECKING:
    from anybokeh.render.layered import LayeredRenderer
    from anybokeh.render.segment_plan import SegmentPlan

__all__ = ["LayeredRenderer", "Renderer", "RendererKind", "Scene", "Shot", "load_renderer"]

ENTRY_POINTS = "anybokeh.renderers"
"""Where packages register a `RendererKind`."""


class Renderer(Protocol):
    """Whatever refocuses a shot; knows nothing of files.

    It may have two more attributes: `notes`, one-line remarks for the user, and `drawn_by`, the device that
    renders, in words; a render that was begun on one is not resumed on another.
    """

    @property
    def name(self) -> str:
        """What to call it in reports."""
        ...

    def segments(self, height: int, width: int) -> SegmentPlan:
        """How to cut a clip of that size in pixels so that the result does not depend on the cuts."""
        ...

    def render(self, shot: Shot) -> Any:
        """(frames, 3, height, width) float32, encoded as the shot's frames are, without its context."""
        ...


@runtime_checkable
class ReachingRenderer(Renderer, Protocol):
    """A renderer that tells as well where the blur of what is nearer than the focal plane reaches."""

    def render_with_reach(self, shot: Shot, *, reach: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """As `LayeredRenderer.render_with_reach`."""
        ...


class RendererKind(Protocol):
    """A kind of renderer that other packages add: a module or object with these two functions.

    It is registered as an entry point of the group `anybokeh.renderers`. The paper's model is one, see
    `anybokeh.models.renderers`.
    """

    def knows(self, name: str) -> bool:
        """Whether that name is one of its renderers'; cheap, nothing is loaded."""
        ...

    def load(self, name: str, *, lens: Lens, device: str) -> Renderer:
        """The renderer; raises InputError. device: `cpu`, `cuda` or `mps`."""
        ...


def load_renderer(name: str = "auto", *, lens: Lens | None = None, device: str = "auto") -> Renderer:
    """The renderer of that name.

    Args:
        name: `layered`, `nano`, or the folder, library name or hub id of a one-step model; `auto` is the
            layered one, which `nano` does not beat by enough for its cost.
        lens: shape of the blur; one-step models draw round discs only.
        device: `auto`, `cpu`, `webgpu`, `cuda` or `mps`. The layered renderer takes the best graphics card
            that wgpu finds, but for `cpu`; with `webgpu` also a driver that renders in software. One-step
            models take the device of PyTorch.

    Raises:
        InputError: there is no such renderer, or no such device.
    """
    lens = lens or Lens()
    kind = None if name in ("auto", "layered") else _kind_of(name)
    if kind is not None or device not in ("auto", "webgpu"):
        from anybokeh.runtime.device import choose_device

        chosen = choose_device(device)
        if kind is not None:
            return kind.load(name, lens=lens, device=chosen)
    on_card = "" if device == "cpu" else _on_card(lens, device)
    if not isinstance(on_card, str):
        return on_card
    from anybokeh.render.layered import LayeredRenderer

    notes = (f"rendered on the processor, as the graphics card did not open: {on_card}",) if on_card else ()
    return LayeredRenderer(lens, notes=notes)


def notes_of(renderer: Renderer) -> tuple[str, ...]:
    """What a renderer has to remark, each once."""
    return tuple(dict.fromkeys(getattr(renderer, "notes", ())))


def drawn_by(renderer: Renderer) -> str:
    """What it renders on; empty where it does not tell."""
    return getattr(renderer, "drawn_by", "")


def _on_card(lens: Lens, device: str) -> Renderer | str:
    """The layered renderer on a graphics card, or why it did not open, empty where there is none.

    Raises:
        InputError: `webgpu` is asked for and cannot be had.
    """
    asked = device == "webgpu"
    if find_spec("wgpu") is None:
        if asked:
            raise InputError("device webgpu needs wgpu: pip install 'anybokeh[gpu]', or use --device cpu")
        return ""
    from anybokeh.render.webgpu.card_drivers import may_have_card

    if not asked and not may_have_card():
        return ""
    from anybokeh.render.webgpu.adapters import open_device

    opened = open_device(software=asked)
    if isinstance(opened, str):
        if asked:
            why = (
                f"does not open ({opened})" if opened else "finds no Vulkan, Metal or DirectX 12 driver here"
            )
            raise InputError(f"device webgpu {why}: use --device cpu")
        return opened
    from anybokeh.render.webgpu.renderer import WebGpuRenderer

    return WebGpuRenderer(lens, device=opened)


def _kind_of(name: str) -> RendererKind:
    for entry in entry_points(group=ENTRY_POINTS):
        kind: RendererKind = entry.load()
        if kind.knows(name):
            return kind
    raise InputError(
        f"renderer is {name!r}: expected 'layered', 'auto', the folder of a model that is there, "
        "a name of anybokeh models list, or a hub id, owner/name"
    )


def __getattr__(name: str) -> Any:
    # numba is slow to import and not needed to list or check things.
    if name == "LayeredRenderer":
        from anybokeh.render.layered import LayeredRenderer

        return LayeredRenderer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
