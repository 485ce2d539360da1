"""Settings of the repair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

REACH = 1
"""Frames to either side that a frame's result depends on."""
BUNDLED = Path(__file__).parents[1] / "weights" / "repair"


@dataclass(frozen=True)
class RepairSettings:
    """What is repaired.

    Attributes:
        disparity: bring edges to where the picture has them.
        highlights: find how bright clipped highlights were.
        folder: of the network.
        engine: `torch`, `numpy`, or the faster one that is installed.
    """

    disparity: bool = True
    highlights: bool = True
    folder: Path = BUNDLED
    engine: Literal["auto", "torch", "numpy"] = "auto"
