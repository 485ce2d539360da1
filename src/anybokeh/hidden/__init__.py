"""What is hidden in a frame and was seen in others: colour, disparity and confidence of what is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anybokeh.hidden.finding import find_hidden, with_hidden

__all__ = ["find_hidden", "with_hidden"]


def __getattr__(name: str) -> Any:
    # compiled code is loaded where it is used
    if name in __all__:
        from anybokeh.hidden import finding

        return getattr(finding, name)
    raise AttributeError(f"module 'anybokeh.hidden' has no attribute {name!r}")
