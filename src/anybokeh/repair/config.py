"""Shape of the repair network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class RepairConfig:
    """Shape of the network.

    Attributes:
        widths: channels at a half, a quarter, an eighth and a sixteenth of the size.
        radii: of the neighbourhoods whose nearest and farthest disparity a pixel may take, in pixels.
        most_stops: largest gain of clipped highlights, in powers of two.
    """

    widths: tuple[int, int, int, int] = (16, 32, 64, 96)
    radii: tuple[int, ...] = (2, 5, 10)
    most_stops: float = 6.0

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> RepairConfig:
        """From JSON values; KeyError or TypeError where one is missing or of another kind."""
        values = {field.name: stated[field.name] for field in fields(cls)}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **lists})

    @property
    def choices(self) -> int:
        """Disparities to choose from: a pixel's own, the farthest and the nearest of each radius."""
        return 1 + 2 * len(self.radii)
