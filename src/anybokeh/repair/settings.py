"""Settings of the repair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from anybokeh.repair.config import RepairConfig

REACH = 1
"""Frames to either side that a frame's result depends on."""
BUNDLED = Path(__file__).parents[1] / "weights" / "repair"


@dataclass(frozen=True)
class RepairSettings:
    """What is repaired.

    Attributes:
        disparity: bring edges to where the picture has them; None where the network is known to help.
        highlights: find how bright clipped highlights were; None as for disparity.
        folder: of the network.
        engine: `torch`, `numpy`, or the faster one that is installed.
    """

    disparity: bool | None = None
    highlights: bool | None = None
    folder: Path = BUNDLED
    engine: Literal["auto", "torch", "numpy"] = "auto"

    def chosen(self, config: RepairConfig) -> RepairSettings:
        """With what the network is proven in where nothing else was said."""
        disparity = "disparity" in config.proven if self.disparity is None else self.disparity
        highlights = "highlights" in config.proven if self.highlights is None else self.highlights
        return replace(self, disparity=disparity, highlights=highlights)
