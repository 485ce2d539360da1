"""Focus, blur and range of every frame, and how several sources of them combine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.spec import FocusSpec
from anybokeh.settings import FOCUS_LIMITS

if TYPE_CHECKING:
    from anybokeh.disparity.official import OfficialTrack

DEFAULT_BLUR = 16.0
DEFAULT_RANGE = 0.0

# Turns a focus that needs the clip into the disparity at each of the given frame indices (n,).
ResolveFocus = Callable[[FocusSpec, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class FocusTrack:
    """Focus, blur and range of every frame, each (frames,) float32.

    focus: disparity of the focal plane, [0, 1]. blur: K, [0, 512]. range: half-width in disparity around the
    focus that stays sharp, [0, 1]. Raises InputError for values outside, naming the frame.
    """

    focus: np.ndarray
    blur: np.ndarray
    range: np.ndarray

    def __post_init__(self) -> None:
        frames = np.size(self.focus)
        for name, largest in FOCUS_LIMITS.items():
            values = np.array(getattr(self, name), np.float32)
            if values.shape != (frames,):
                raise InputError(
                    f"{name} has shape {values.shape}, expected one value for each of {frames} frames"
                )
            with np.errstate(invalid="ignore"):
                wrong = np.flatnonzero(~((values >= 0) & (values <= largest)))
            if wrong.size:
                raise InputError(
                    f"{name} {values[wrong[0]]:g} at frame {wrong[0]}: expected a value from 0 to {largest:g}"
                )
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.focus)

    def __getitem__(self, frames: slice) -> FocusTrack:
        return FocusTrack(self.focus[frames], self.blur[frames], self.range[frames])

    @classmethod
    def constant(
        cls, frames: int, focus: float, blur: float = DEFAULT_BLUR, range: float = DEFAULT_RANGE
    ) -> FocusTrack:
        """The same values for every frame."""
        return cls(np.full(frames, focus), np.full(frames, blur), np.full(frames, range))

    @classmethod
    def from_official(cls, official: OfficialTrack) -> FocusTrack:
        """Values carried by the file names of the official layout."""
        return combine(len(official.focus), PartialTrack(official.focus, official.blur))


@dataclass(frozen=True, eq=False)
class PartialTrack:
    """What one source says of each frame: (frames,) arrays, NaN where it is silent, None if always.

    The blur is `blur` in K and what an opening of 1 / f-number adds to it, `opening`: on the way from one to
    the other both count in part. `anybokeh.focus.opening.opened` makes one K of the two.
    """

    focus: np.ndarray | None = None
    blur: np.ndarray | None = None
    range: np.ndarray | None = None
    opening: np.ndarray | None = None

    @classmethod
    def constant(
        cls,
        frames: int,
        focus: float | None = None,
        blur: float | None = None,
        range: float | None = None,
        f_number: float | None = None,
    ) -> PartialTrack:
        """The same values for every frame, as options of the command line give them."""
        opening = None if f_number is None else 1 / f_number
        values = focus, blur, range, opening
        return cls(*(None if value is None else np.full(frames, value, np.float32) for value in values))


def silent_frames(frames: np.ndarray, *sources: PartialTrack) -> np.ndarray:
    """Those of the frame indices (n,) for which no source gives a focus."""
    for source in sources:
        if source.focus is not None:
            frames = frames[np.isnan(source.focus[frames])]
    return frames


def combine(frames: int, *sources: PartialTrack) -> FocusTrack:
    """Frame by frame and field by field the first source that speaks, then the defaults (blur 16, range 0).

    Raises InputError when nothing gives a frame's focus.
    """
    assert all(source.opening is None for source in sources), "openings are not made blur yet"
    values = {name: _first(frames, name, sources) for name in ("blur", "range")}
    defaults = {"blur": DEFAULT_BLUR, "range": DEFAULT_RANGE}
    others = {name: np.where(np.isnan(one), defaults[name], one) for name, one in values.items()}
    return FocusTrack(combined_focus(frames, *sources), **others)


def combined_focus(frames: int, *sources: PartialTrack) -> np.ndarray:
    """(frames,) focus, frame by frame of the first source that speaks.

    Raises InputError when nothing gives a frame's focus.
    """
    focus = _first(frames, "focus", sources)
    silent = np.flatnonzero(np.isnan(focus))
    if silent.size:
        raise InputError(
            f"no focus is given for frame {silent[0]}: give --focus, or a focus in the track's first keyframe"
        )
    return focus


def _first(frames: int, name: str, sources: Iterable[PartialTrack]) -> np.ndarray:
    """(frames,) of the first source that speaks, NaN where none does."""
    values = np.full(frames, np.nan, np.float32)
    for source in sources:
        given = getattr(source, name)
        if given is not None:
            if np.shape(given) != (frames,):
                raise InputError(f"{name} is given for {np.size(given)} frames, expected {frames}")
            values = np.where(np.isnan(values), given, values)
    return values


def frame_times(frames: int, frame_rate: float | Fraction) -> np.ndarray:
    """Times (frames,) in seconds of a clip of constant rate."""
    if not frame_rate > 0:
        raise InputError(f"frame rate {frame_rate}: expected frames a second, more than 0")
    return np.arange(frames) / float(frame_rate)
