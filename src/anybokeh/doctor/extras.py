"""Extras: what each is for, and whether it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

EXTRAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "torch": ("frames as PyTorch tensors", ("torch",)),
    "gpu": ("the layered renderer on a graphics card", ("wgpu",)),
    "model": (
        "the paper's one-step model",
        ("accelerate", "diffusers", "safetensors", "torch", "transformers"),
    ),
    "nano": ("the small one-step model", ("diffusers", "torch", "transformers")),
    "depth": ("depth networks beside the usual one", ("safetensors", "torch", "transformers")),
    "exr": ("OpenEXR images", ("OpenEXR",)),
    "eval": ("charts of anybokeh eval", ("matplotlib",)),
    "tensorboard": ("curves of a training", ("tensorboard",)),
    "studio": ("anybokeh studio", ("sse_starlette", "starlette", "uvicorn")),
    "otio": ("focus tracks in OpenTimelineIO", ("opentimelineio",)),
    "ray": ("rendering on a cluster", ("ray",)),
    "cloud": ("clips in stores, s3:// and gs://", ("fsspec", "gcsfs", "s3fs")),
    "raytrace": ("ray-traced truth", ("mitsuba", "skimage", "scipy")),
}
"""What a user may add: what for, and the modules that it brings."""


def extras() -> dict[str, Any]:
    """For each extra whether it is there; what is missing says what it is for."""
    return {name: _state(name, *EXTRAS[name]) for name in EXTRAS}


def _state(name: str, purpose: str, modules: tuple[str, ...]) -> str:
    missing = [module for module in modules if find_spec(module) is None]
    if name == "nano" and not missing:
        from anybokeh.models.library import nano_folder

        missing = [] if nano_folder() else ["anybokeh_nano"]
    if not missing:
        return "installed"
    return f"missing {', '.join(missing)}: pip install 'anybokeh[{name}]' for {purpose}"
