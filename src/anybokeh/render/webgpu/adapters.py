"""Which graphics cards there are, and the one to render on."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from anybokeh.errors import InputError
from anybokeh.render.webgpu.device import Device

_CARDS = ("DiscreteGPU", "IntegratedGPU")
"""Kinds of adapters, best first; others render in software or cannot be told."""


def adapters() -> list[Any]:
    """Adapters that run compute shaders, cards first; none where wgpu is missing."""
    if find_spec("wgpu") is None:
        return []
    import wgpu

    found = [one for one in wgpu.gpu.enumerate_adapters_sync() if one.info["backend_type"] != "OpenGL"]
    return sorted(found, key=lambda one: (*_CARDS, one.info["adapter_type"]).index(one.info["adapter_type"]))


def is_card(adapter: Any) -> bool:
    """Whether an adapter is a card of its own or part of the processor, and no software."""
    return adapter.info["adapter_type"] in _CARDS


def adapter_text(adapter: Any) -> str:
    """One line: name, kind and backend."""
    info = adapter.info
    return f"{info['device']} ({info['adapter_type']}, {info['backend_type']})"


def open_card() -> Device | None:
    """A device on the best card, None where there is none or it does not open."""
    cards = filter(is_card, adapters())
    for card in cards:
        try:
            return Device(card)
        except Exception:  # whatever a driver brings up, the processor renders as well
            continue
    return None


def open_any() -> Device:
    """A device on the best adapter, be it software.

    Raises:
        InputError: there is none, or wgpu is missing.
    """
    if find_spec("wgpu") is None:
        raise InputError("device webgpu needs wgpu: pip install 'anybokeh[gpu]', or use --device cpu")
    found = adapters()
    if not found:
        raise InputError("device webgpu finds no Vulkan, Metal or DirectX 12 driver here: use --device cpu")
    return Device(found[0])
