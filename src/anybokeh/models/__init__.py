"""The paper's one-step model: its networks, its pipeline, and where weights come from."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anybokeh.models.pipeline import AnyBokehPipeline
    from anybokeh.models.unet import BokehUNet
    from anybokeh.models.vae import BokehVAE

__all__ = ["AnyBokehPipeline", "BokehUNet", "BokehVAE"]

_HOMES = {"AnyBokehPipeline": "pipeline", "BokehUNet": "unet", "BokehVAE": "vae"}


def __getattr__(name: str) -> Any:
    # diffusers takes seconds to import.
    if name in _HOMES:
        return getattr(import_module(f"anybokeh.models.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
