"""Settings of a render, shared by the command line, the Python interface and files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens

Device = Literal["auto", "cpu", "cuda", "mps"]
OnDamage = Literal["fail", "repeat"]

MAX_BLUR = 512.0
"""K above this is refused: at 64 a picture is already extremely blurred."""


@dataclass(frozen=True)
class RenderSettings:
    """Everything about a render but its input and output.

    Attributes:
        disparity: folder of maps, array file or video with one disparity map a frame; folder or hub id of a
            depth network; `auto` takes the best estimate there is.
        normalise: stretch float disparity by one minimum and maximum for the whole clip.
        depth_map: the files hold depth: `near-dark` pictures or `metric` distances.
        depth_size: pixels of the picture's shorter side that a depth network sees; None is its own size.
        steady: align the disparity over time and bring it onto object edges, see `anybokeh.disparity.steady`.
        matte: folder or hub id of a VitMatte model that decides hair and other fine outlines; None for none.
        repair: repair the scene with what the network is proven in (nothing yet), see `anybokeh.repair`.
        focus: disparity of the focal plane, or `mask:PATH`, `point:X,Y[@SECONDS]`,
            `box:LEFT,TOP,RIGHT,BOTTOM[@SECONDS]`, `subject`, `auto`; None
            leaves it to the track or to the official file names, then `auto`.
        focus_speed: how fast the focus moves: at 1 a rack takes about half a second, at 2 half of that. None
            is 1 for subjects, and for points and masks as fast as they are measured.
        blur: K; None leaves it to the track or the file names, then 16.
        focus_range: half-width in disparity that stays sharp; None leaves it to the track, then covers the
            subject's depth where the focus is a subject, a mask, or what a model follows, else 0.
        subject_model: what follows points and boxes: folder or hub id of a SAM 2 or EdgeTAM model; `auto`
            takes the first of those known that is in the local cache, else corners around the point are
            followed; `off` does that always.
        track: a track file with keyframes.
        renderer: `auto`, `layered`, `nano`, or a folder or hub id of a model.
        lens: shape of the blur.
        device: where to render.
        start, end: seconds from the first frame; frames with start <= time < end are rendered.
        codec, crf: how to encode; None chooses by the output's suffix.
        overwrite: replace an existing output.
        resume: go on where an earlier run was stopped; accept an output that is already whole.
        on_damage: what becomes of frames that cannot be decoded: they `fail` the render, or `repeat` the last
            good one.
        segment_frames: how many finished frames are kept at a time, about; None is a second.
    """

    disparity: str | Path = "auto"
    normalise: bool = False
    depth_map: Literal["near-dark", "metric"] | None = None
    depth_size: int | None = None
    steady: bool = True
    matte: str | None = None
    repair: bool = True
    focus: str | float | None = None
    blur: float | None = None
    focus_range: float | None = None
    focus_speed: float | None = None
    subject_model: str | Path = "auto"
    track: str | Path | None = None
    renderer: str = "auto"
    lens: Lens = Lens()
    device: Device = "auto"
    start: float | None = None
    end: float | None = None
    codec: str | None = None
    crf: float | None = None
    overwrite: bool = False
    resume: bool = False
    segment_frames: int | None = None
    on_damage: OnDamage = "fail"

    def __post_init__(self) -> None:
        if self.end == math.inf:
            raise InputError("end is inf: expected seconds; leave it out to render to the last frame")
        _check("blur", self.blur, MAX_BLUR, "K is 16 for a portrait lens, 64 for an extreme one")
        if self.focus_speed is not None and not 0.05 <= self.focus_speed <= 50:
            raise InputError(f"focus speed is {self.focus_speed:g}: expected 0.05 to 50 (1 is half a second)")
        check_on_damage(self.on_damage)
        if self.segment_frames is not None and not 1 <= self.segment_frames <= 1 << 20:
            raise InputError(f"segment frames is {self.segment_frames}: expected 1 or more")
        _check("focus range", self.focus_range, 1.0, "half-width in disparity around the focus")


def check_on_damage(value: str) -> None:
    """Raise InputError for what is neither fail nor repeat."""
    if value not in get_args(OnDamage):
        raise InputError(f"on damage is {value!r}: expected {' or '.join(get_args(OnDamage))}")


def _check(name: str, value: float | None, high: float, hint: str) -> None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= high):
        raise InputError(f"{name} is {value:g}: expected 0 to {high:g} ({hint})")
