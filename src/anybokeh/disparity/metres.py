"""How disparity in [0, 1] and metres belong together, where that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anybokeh.errors import InputError

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Metres:
    """A scale: 1 / metres is `low` at disparity 0 and `high` at disparity 1, and linear between."""

    low: float
    high: float

    @property
    def span(self) -> float:
        """1 / metres of a disparity difference of 1."""
        return self.high - self.low

    def nearness(self, disparity: Any) -> Any:
        """1 / metres, of the disparity's shape."""
        return self.low + disparity * self.span

    def disparity(self, metres: float) -> float:
        """The disparity of a distance; InputError where it lies outside of [0, 1]."""
        found = (1 / metres - self.low) / self.span
        if not -_ROUNDING <= found <= 1 + _ROUNDING:
            nearest, farthest = 1 / self.high, 1 / self.low if self.low > 0 else float("inf")
            where = "nearer" if found > 1 else "farther"
            raise InputError(
                f"{metres:g} m is {where} than all that the depth shows: expected {nearest:.3g} to "
                f"{farthest:.3g} m"
            )
        return min(max(found, 0.0), 1.0)


def metres_of(source: Any) -> Metres | None:
    """The scale of a `DisparitySource`, None where its disparity is relative.

    A source tells it by an attribute `metres`.
    """
    return getattr(source, "metres", None)
