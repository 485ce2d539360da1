"""Which graphics cards there are, and the one to render on."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from anybokeh.render.webgpu.device import Device

_CARDS = ("DiscreteGPU", "IntegratedGPU")
"""Kinds of adapters, best first; others render in software or cannot be told."""


def adapters() -> list[Any]:
    """Adapters that run compute shaders, cards first; none where wgpu is missing."""
    if find_spec("wgpu") is None:
        return []
    import wgpu

    if not os.environ.get("XDG_RUNTIME_DIR"):
        # Mesa asks the desktop which card it is on, and complains on standard error where there is none
        os.environ.setdefault("NODEVICE_SELECT", "1")
    found = [one for one in wgpu.gpu.enumerate_adapters_sync() if one.info["backend_type"] != "OpenGL"]
    return sorted(found, key=lambda one: (*_CARDS, one.info["adapter_type"]).index(one.info["adapter_type"]))


def is_card(adapter: Any) -> bool:
    """Whether an adapter is a card of its own or part of the processor, and no software."""
    return adapter.info["adapter_type"] in _CARDS


def adapter_text(adapter: Any) -> str:
    """One line: name, kind and backend."""
    info = adapter.info
    return f"{info['device']} ({info['adapter_type']}, {info['backend_type']})"


def open_device(*, software: bool = False) -> Device | str:
    """A device on the best adapter that opens.

    Args:
        software: whether a driver that renders in software will do.

    Returns:
        The device, or in one line why the last adapter did not open; empty where there is none.
    """
    why = ""
    # whatever a broken driver brings up, the processor renders as well
    try:
        for adapter in adapters():
            if software or is_card(adapter):
                try:
                    return Device(adapter)
                except Exception as error:
                    why = f"{adapter_text(adapter)}: {last_line(error)}"
    except Exception as error:
        why = last_line(error)
    return why


def last_line(error: Exception) -> str:
    """What an error says last: wgpu tells where before it tells what."""
    return str(error).strip().rpartition("\n")[2].strip() or type(error).__name__
