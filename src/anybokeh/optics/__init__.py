"""What a lens does: circle of confusion, aperture shape, and the light that it gathers."""

from anybokeh.optics.coc import circle_of_confusion, signed_circle_of_confusion
from anybokeh.optics.lens import Lens, parse_aperture, parse_highlights

__all__ = ["Lens", "circle_of_confusion", "parse_aperture", "parse_highlights", "signed_circle_of_confusion"]
