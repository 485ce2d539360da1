"""Controllable, temporally stable depth-of-field blur for any video."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anybokeh.focus import FocusTrack
    from anybokeh.job.in_memory import prepare
    from anybokeh.job.refocus import RenderReport, render_clip
    from anybokeh.job.refocus_frames import refocus
    from anybokeh.models import AnyBokehPipeline
    from anybokeh.optics import Lens
    from anybokeh.runtime.steps import Steps
    from anybokeh.settings import RenderSettings
    from anybokeh.shot import Scene, Shot

__version__ = "0.2.0"

__all__ = [
    "AnyBokehPipeline",
    "FocusTrack",
    "Lens",
    "RenderReport",
    "RenderSettings",
    "Scene",
    "Shot",
    "Steps",
    "prepare",
    "refocus",
    "render_clip",
]

_HOMES = {
    "AnyBokehPipeline": "models",
    "FocusTrack": "focus",
    "Lens": "optics",
    "RenderReport": "job.refocus",
    "RenderSettings": "settings",
    "Scene": "shot",
    "Shot": "shot",
    "Steps": "runtime.steps",
    "prepare": "job.in_memory",
    "refocus": "job.refocus_frames",
    "render_clip": "job.refocus",
}


def __getattr__(name: str) -> Any:
    # Loaded at first use: importing the package must not cost what a command does not need.
    if name in _HOMES:
        return getattr(import_module(f"anybokeh.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'anybokeh' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
