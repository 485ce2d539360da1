"""What a lens does: circle of confusion, aperture shape, and the light that it gathers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anybokeh.optics.lens import Lens, parse_aperture, parse_highlights

if TYPE_CHECKING:
    from anybokeh.optics.coc import circle_of_confusion, signed_circle_of_confusion

__all__ = ["Lens", "circle_of_confusion", "parse_aperture", "parse_highlights", "signed_circle_of_confusion"]


def __getattr__(name: str) -> Any:
    # numpy is not needed to list options.
    if name in __all__:
        from anybokeh.optics import coc

        return getattr(coc, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
