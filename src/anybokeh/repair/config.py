"""How sure the repair networks have to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class RepairConfig:
    """How predictions of the networks are used.

    Attributes:
        sure: probability from which a pixel is moved to the side of an outline that the network predicts.
        hard_sure: the same where disparity steps from one pixel to the next, as exact disparity does.
        lamp: probabilities up to which a clipped spot is a white surface, and from which it surely is a lamp.
        most_stops: largest gain of clipped highlights, in powers of two.
        proven: outputs that measurements have shown to help, which are used by default, of `disparity` and
            `highlights`.
    """

    sure: float = 0.5
    hard_sure: float = 0.99
    lamp: tuple[float, float] = (0.95, 0.995)
    most_stops: float = 6.0
    proven: tuple[str, ...] = ()

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> RepairConfig:
        """From JSON values; KeyError or TypeError where one is missing or of another kind."""
        values = {field.name: stated[field.name] for field in fields(cls)}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **lists})
