"""Where a lens is sharp: not on one plane, nor for all colours alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anybokeh.optics.coc import signed_circle_of_confusion
from anybokeh.optics.lens import Lens


@dataclass(frozen=True)
class ColourFocus:
    """Channels that are focused alike.

    Attributes:
        channels: indices into RGB.
        shift: what their focus lies nearer than the focal plane, in disparity.
    """

    channels: tuple[int, ...]
    shift: float


def colour_focuses(lens: Lens) -> tuple[ColourFocus, ...]:
    """One for all channels, or two: a lens that brings red and blue together leaves green apart."""
    if not lens.axial_colour:
        return (ColourFocus((0, 1, 2), 0.0),)
    return ColourFocus((1,), 0.0), ColourFocus((0, 2), -lens.axial_colour)


@dataclass(frozen=True, eq=False)
class FocalSurface:
    """What is in focus in one frame, for some of its channels, and how blur grows away from it.

    Attributes:
        focus: disparity in focus, one number or (height, width) float32; may lie outside of [0, 1].
        blur: K.
        width: displayed width of the picture in pixels.
        range: half-width in disparity inside which everything stays sharp.
    """

    focus: float | np.ndarray
    blur: float
    width: float
    range: float

    def circle_of_confusion(
        self, disparity: np.ndarray, at: tuple[np.ndarray, np.ndarray] | None = None
    ) -> np.ndarray:
        """Signed circle of confusion, float32 in pixels, see `signed_circle_of_confusion`.

        Args:
            disparity: of the whole picture, (height, width), or of some places.
            at: row and column of those places.
        """
        curved = isinstance(self.focus, np.ndarray) and at is not None
        focus = self.focus[at] if curved else self.focus  # pyright: ignore[reportIndexIssue]
        return signed_circle_of_confusion(disparity, focus, self.blur, self.width, self.range)

    def limits(self) -> tuple[float, float]:
        """The circles of confusion of disparity 0 and 1, the least and the largest of the picture."""
        ends = np.array([np.max(self.focus), np.min(self.focus)])
        low, high = signed_circle_of_confusion(np.array([0.0, 1.0]), ends, self.blur, self.width, self.range)
        return low, high


def focal_surface(
    lens: Lens,
    colour: ColourFocus,
    size: tuple[int, int],
    focus: float,
    blur: float,
    width: float,
    focus_range: float,
) -> FocalSurface:
    """What a lens has in focus in a picture of `size`, height and width; see `signed_circle_of_confusion`."""
    surface: float | np.ndarray = focus + colour.shift
    if lens.field_curvature:
        surface = np.float32(surface) + np.float32(lens.field_curvature) * _squared_distance(size, width)
    return FocalSurface(surface, blur, width, focus_range)


@lru_cache(maxsize=4)
def _squared_distance(size: tuple[int, int], width: float) -> np.ndarray:
    """Squared distance of every pixel from the middle of the picture, 1 in the corners, (height, width)."""
    rows, columns = size
    y = (np.arange(rows, dtype=np.float32) + 0.5) / rows * 2 - 1
    x = (np.arange(columns, dtype=np.float32) + 0.5) / columns * 2 - 1
    squared = (rows * y[:, None]) ** 2 + (width * x[None, :]) ** 2
    return (squared / np.float32(rows**2 + width**2)).astype(np.float32)
