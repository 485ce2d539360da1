"""What is in focus in a frame of a shot."""

from __future__ import annotations

from anybokeh.optics.focal_surface import ColourFocus, FocalSurface, focal_surface
from anybokeh.optics.lens import Lens
from anybokeh.shot import Shot


def surface_of_frame(shot: Shot, index: int, lens: Lens, colour: ColourFocus) -> FocalSurface:
    """Where a lens is sharp in frame `index` of a shot, in some of its channels."""
    height, width = shot.frames.shape[2:]
    of_frame = float(shot.focus[index]), float(shot.blur[index]), shot.display_width, float(shot.range[index])
    return focal_surface(lens, colour, (height, width), *of_frame)
