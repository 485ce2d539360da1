"""What a device needs to know of a frame, whatever is in focus.

Circles of confusion follow from disparities relative to the focal surface at focus 0: `defocus.wgsl` tells
them. Outlines are found for one focus; with relative disparities they serve others nearby as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anybokeh.optics.coc import REFERENCE_WIDTH
from anybokeh.optics.focal_surface import ColourFocus, colour_focuses, focal_surface
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.optics.lens import Lens
from anybokeh.render.known_hidden import KnownHidden, known_hidden
from anybokeh.render.light_of_frame import light_of_frame
from anybokeh.render.outlines import find_outlines
from anybokeh.render.webgpu.frame_records import encoding_record, known_record, outline_record
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Shot

_SLOPE = 1e-4
"""Pixels per unit of disparity that are added, so that disparities differ where all is sharp, too."""


@dataclass(frozen=True, eq=False)
class FrameScene:
    """One frame, as a lens sees it at any focus.

    Attributes:
        lens: through which it is seen.
        transfer: of the frame.
        width: displayed, in pixels.
        frame: (3, height, width) float32 as it came.
        light: (height, width, 3) float32, linear.
        disparity: (height, width) float32, relative to the lens's focal surface at focus 0.
        known: surfaces behind; in place of circles of confusion they have disparities like that.
        soft: whether no outlines are looked for.
    """

    lens: Lens
    transfer: str
    width: float
    frame: np.ndarray
    light: np.ndarray
    disparity: np.ndarray
    known: KnownHidden
    soft: bool

    @classmethod
    def of(cls, shot: Shot, index: int, lens: Lens) -> FrameScene:
        """Frame `index` of a shot."""
        height, width = shot.frames.shape[2:]
        light = np.empty((height, width, 3), np.float32)
        with Crew() as crew:
            light_of_frame(shot, index, lens, crew, light)
        whole = ColourFocus((0, 1, 2), 0.0)
        # with one pixel per unit of disparity, circles of confusion are disparities
        unit = REFERENCE_WIDTH / shot.display_width
        surface = focal_surface(lens, whole, (height, width), 0.0, unit, shot.display_width, 0.0)
        disparity = surface.circle_of_confusion(shot.disparity[index])
        known = known_hidden(shot, index, surface)
        frame, soft = shot.frames[index], shot.scene.soft
        return cls(lens, shot.transfer, shot.display_width, frame, light, disparity, known, soft)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.disparity.shape
        return height, width

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """Least and largest relative disparity, of known surfaces too."""
        return self.known.extremes(self.disparity)

    def buffers(self) -> Mapping[str, np.ndarray]:
        """What does not depend on the focus, by the names that `FramePlans` gives the buffers.

        `halves` and `bytes` are light and frame as `unpack.wgsl` takes them: code values have 8 bits.
        """
        known = self.known
        return {
            "halves": np.minimum(self.light, np.finfo(np.float16).max).astype(np.float16),
            "bytes": np.rint(self.frame * 255).astype(np.uint8),
            "disparity": self.disparity,
            "known": known_record(known),
            "known disparity": np.ascontiguousarray(known.values[:, 3]),
            "encode table": encoding_record(self.transfer),
        }

    def outlines(self, focus: FrameFocus) -> Mapping[str, np.ndarray]:
        """Outlines as they are found at one focus, by the names that `FramePlans` gives the buffers."""
        with Crew() as crew:
            return {
                f"{name} {number}": values
                for number, colour in enumerate(colour_focuses(self.lens))
                for name, values in self._outlines(crew, focus, colour.shift).items()
            }

    def _outlines(self, crew: Crew, focus: FrameFocus, shift: float) -> dict[str, np.ndarray]:
        plane, strength = np.float32(focus.focus + shift), focus.strength(self.width)
        offset = self.disparity - plane
        radius = np.maximum(np.abs(offset) - np.float32(focus.range), 0) * strength
        coc = np.copysign(radius, offset) + np.float32(_SLOPE) * offset
        found = find_outlines(crew, self.light, np.zeros_like(coc) if self.soft else coc)

        def disparity(coc: np.ndarray) -> np.ndarray:
            slope = float(np.float32(_SLOPE))
            away = (np.abs(coc) + strength * focus.range) / (float(strength) + slope)
            sharp = np.abs(coc) <= slope * focus.range
            return (plane + np.where(sharp, coc / slope, np.copysign(away, coc))).astype(np.float32)

        return {
            "outline index": found.index,
            "outline pixels": outline_record(found),
            "near disparity": disparity(found.near[..., 3].astype(np.float64)),
            "far disparity": disparity(found.far[..., 3].astype(np.float64)),
        }
