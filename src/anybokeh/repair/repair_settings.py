"""Settings of the repair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from anybokeh.repair.config import RepairConfig

BUNDLED = Path(__file__).parents[1] / "weights" / "repair"


@dataclass(frozen=True)
class RepairSettings:
    """What is repaired.

    Attributes:
        disparity: give pixels to the right side of outlines; None where the network is known to help.
        highlights: find lamps among clipped highlights, and how bright they were; None as for disparity.
        folder: of the network.
    """

    disparity: bool | None = None
    highlights: bool | None = None
    folder: Path = BUNDLED

    def chosen(self, config: RepairConfig) -> RepairSettings:
        """The same settings, with None replaced by whether the networks are proven to help."""
        disparity = "disparity" in config.proven if self.disparity is None else self.disparity
        highlights = "highlights" in config.proven if self.highlights is None else self.highlights
        return replace(self, disparity=disparity, highlights=highlights)
