"""What is in focus in one frame, and how strong the blur is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.optics.coc import REFERENCE_WIDTH


@dataclass(frozen=True)
class FrameFocus:
    """Focus (disparity), blur (K) and range (disparity) of one frame."""

    focus: float
    blur: float
    range: float = 0.0

    def strength(self, width: float) -> np.float32:
        """Pixels of the circle of confusion per unit of disparity, in a picture of that displayed width."""
        return np.float32(self.blur * width / REFERENCE_WIDTH)
