"""What stands where a figure cannot be had."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unavailable:
    """A value that could not be measured; `reason` says why, and how to get it where that is possible."""

    reason: str

    def __str__(self) -> str:
        return f"n/a ({self.reason})"
