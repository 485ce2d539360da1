"""What disparity leaves out: small networks move outlines to where they are and find lamps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anybokeh.repair.gains import joined_gains
from anybokeh.repair.repair_settings import RepairSettings

if TYPE_CHECKING:
    from anybokeh.repair.repairing import repair, repaired

__all__ = ["RepairSettings", "joined_gains", "repair", "repaired"]


def __getattr__(name: str) -> Any:
    # the network's code is loaded where it is used
    if name in ("repair", "repaired"):
        from anybokeh.repair import repairing

        return getattr(repairing, name)
    raise AttributeError(f"module 'anybokeh.repair' has no attribute {name!r}")
