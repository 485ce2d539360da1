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
        reach: radius in pixels of the neighbourhood whose nearest and farthest disparity a pixel may take.
        most_stops: largest gain of clipped highlights, in powers of two.
        proven: outputs that are good enough to be used unless somebody says otherwise, of `disparity` and
            `highlights`.
    """

    widths: tuple[int, int, int, int] = (16, 32, 64, 96)
    reach: int = 10
    most_stops: float = 6.0
    proven: tuple[str, ...] = ()

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> RepairConfig:
        """From JSON values; KeyError or TypeError where one is missing or of another kind."""
        values = {field.name: stated[field.name] for field in fields(cls)}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **lists})
