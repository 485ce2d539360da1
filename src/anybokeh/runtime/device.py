"""Which device to render on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from anybokeh.errors import InputError


def choose_device(device: str) -> str:
    """Where networks run: `cpu`, `cuda` or `mps`.

    `webgpu` is where the layered renderer runs; for networks it is as `auto`.

    Raises:
        InputError: the device does not exist here, or PyTorch is missing.
    """
    if device == "cpu":
        return "cpu"
    if device in ("auto", "webgpu"):
        # Importing PyTorch takes seconds; without an NVIDIA driver there is nothing for it to find.
        driver = sys.platform == "win32" or Path("/dev/nvidiactl").exists()
        return "cuda" if driver and _has_torch() and _available("cuda") else "cpu"
    if device not in ("cuda", "mps"):
        raise InputError(f"device is {device!r}: expected auto, cpu, webgpu, cuda or mps")
    if not _has_torch():
        raise InputError(f"device {device} needs PyTorch: pip install 'anybokeh[torch]', or use --device cpu")
    if not _available(device):
        raise InputError(f"device {device} is not available on this machine: use --device auto or cpu")
    return device


def _has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def _available(device: str) -> bool:
    import torch

    return torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
