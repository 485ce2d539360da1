"""What is known of a finished segment."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from anybokeh.segments.segment_file import Damaged

_KEPT = ("delay", "repeated")


@dataclass(frozen=True)
class Segment:
    """A finished run of consecutive frames.

    Attributes:
        number: of the segment in its render, from 0.
        index: of its first frame in the source.
        time: of its first frame, seconds from the source's first.
        frames: how many it holds.
        content: what the kind of output keeps to put the whole together.
    """

    number: int
    index: int
    time: Fraction
    frames: int
    content: dict[str, Any]

    def summary(self) -> Segment:
        """Without what grows with the number of good frames."""
        return replace(self, content={name: value for name, value in self.content.items() if name in _KEPT})

    def as_json(self) -> dict[str, Any]:
        """For the index of a segment file."""
        return {**asdict(self), "time": str(self.time)}

    @classmethod
    def from_json(cls, values: dict[str, Any], path: Path) -> Segment:
        """Raises Damaged where something is missing."""
        try:
            return cls(**{**values, "time": Fraction(values["time"])})
        except (TypeError, ValueError, KeyError, ZeroDivisionError):
            raise Damaged(f"{path}: its index is of another version") from None
