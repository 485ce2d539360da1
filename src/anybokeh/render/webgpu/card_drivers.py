"""Whether the system has the driver of any graphics card, without loading what renders on cards."""

from __future__ import annotations

import sys
from pathlib import Path

_DEVICES = (
    "dri/*", "nvidia*", "nvhost*", "nvgpu*", "nvmap", "dxg", "kfd", "kgsl*", "mali*", "pvr*", "galcore",
)  # fmt: skip
"""What drivers of cards for Linux make below /dev; `dxg` is that of Windows' subsystem for Linux."""


def may_have_card(devices: Path = Path("/dev"), platform: str = sys.platform) -> bool:
    """False where there surely is no card; listing adapters to find that out takes a second.

    Args:
        devices: the folder of devices.
        platform: as `sys.platform`; only Linux tells.
    """
    return platform != "linux" or any(next(devices.glob(one), None) is not None for one in _DEVICES)
