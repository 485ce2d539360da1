"""The light of a frame, as renderers blur it."""

from __future__ import annotations

import numpy as np

from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode_table
from anybokeh.render.border import mend_border
from anybokeh.render.highlights import highlight_gain
from anybokeh.render.transfer import linearise
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Shot

_NO_TABLE = np.empty(0, np.float32)


def light_of_frame(shot: Shot, index: int, lens: Lens, crew: Crew, light: np.ndarray) -> None:
    """Write the linear light of a frame, highlights raised and odd lines at the border mended, to `light`.

    light: (height, width, 3) float32.
    """
    table = _NO_TABLE if shot.transfer == "linear" else decode_table(shot.transfer)
    crew.run(linearise, shot.frames[index], table, light)
    gain = highlight_gain(shot, index, lens)
    if gain is not None:
        light *= gain.transpose(1, 2, 0)
    mend_border(light)
