"""The analysis: what needs the whole clip or its order, done once before rendering.

It opens the disparity, finds where to focus in every frame, and checks that all parts fit together. It knows
nothing of renderers; segments only read its results.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anybokeh.clip import ClipInfo, ClipReader, open_clip
from anybokeh.clip.times import source_times
from anybokeh.disparity import DisparitySource, check_disparity, open_disparity
from anybokeh.errors import InputError
from anybokeh.focus import (
    FocusSpec,
    FocusTrack,
    MaskFocus,
    NumberFocus,
    PartialTrack,
    PointFocus,
    combine,
    parse_focus,
    read_keyframes,
)
from anybokeh.settings import RenderSettings


@dataclass(frozen=True)
class Analysis:
    """What rendering needs to know of a clip.

    Attributes:
        info: the clip.
        times: (frames,) seconds of every frame of the source.
        disparity: one map for every frame of the source.
        track: focus, blur and range of every frame of the source.
        notes: one-line remarks for the user.
    """

    info: ClipInfo
    times: np.ndarray
    disparity: DisparitySource
    track: FocusTrack
    notes: tuple[str, ...] = ()


def analyse(clip: ClipReader, settings: RenderSettings) -> Analysis:
    """Analyse a clip.

    Raises:
        InputError: disparity, masks, track and clip do not fit together, or no focus is given.
    """
    info = clip.info
    spec = None if settings.focus is None else parse_focus(settings.focus)
    keyframes = None if settings.track is None else read_keyframes(settings.track)
    disparity = _open_disparity(settings)
    times = source_times(info)
    check_disparity(disparity, len(times), (info.width, info.height))
    notes: list[str] = []
    resolve = _resolver(info, disparity, times, notes)
    every = np.arange(len(times))
    sources = [PartialTrack.constant(len(times), blur=settings.blur, range=settings.focus_range)]
    if spec is not None:
        sources.append(PartialTrack(focus=resolve(spec, every)))
    if keyframes is not None:
        sources.append(keyframes.evaluate(times, resolve))
    if disparity.official is not None:
        sources.append(PartialTrack(disparity.official.focus, disparity.official.blur))
    return Analysis(info, times, disparity, combine(len(times), *sources), tuple(notes))


def _open_disparity(settings: RenderSettings) -> DisparitySource:
    if str(settings.disparity) in ("auto", "salient"):
        raise InputError(
            f"disparity is {settings.disparity!r}: this version has no depth estimation; give --disparity PATH "
            "(a folder of 8- or 16-bit PNG maps, a .npy file or a video, one map a frame, white is near)"
        )
    return open_disparity(settings.disparity, normalise=settings.normalise, depth_map=settings.depth_map)


def _resolver(
    info: ClipInfo, disparity: DisparitySource, times: np.ndarray, notes: list[str]
) -> Callable[[FocusSpec, np.ndarray], np.ndarray]:
    def resolve(spec: FocusSpec, frames: np.ndarray) -> np.ndarray:
        if isinstance(spec, NumberFocus):
            return np.full(len(frames), spec.disparity, np.float32)
        if isinstance(spec, MaskFocus):
            from anybokeh.focus.mask import focus_from_masks, open_masks

            return focus_from_masks(disparity, open_masks(spec.path), frames)
        if isinstance(spec, PointFocus):
            followed = _follow(info, disparity, times, spec)
            if followed.note:
                notes.append(f"{spec}: {followed.note}")
            return followed.focus[frames]
        raise InputError(
            f"focus is '{spec}': this version cannot find a subject by itself; "
            "give a number, mask:PATH or point:X,Y[@SECONDS]"
        )

    return resolve


def _follow(info: ClipInfo, disparity: DisparitySource, times: np.ndarray, spec: PointFocus):
    from anybokeh.focus.point import focus_along, follow_point, small_grey

    displayed = (round(info.displayed_width), info.height)
    x, y = spec.pixels(*displayed)
    seconds = spec.seconds or 0.0
    if seconds > times[-1]:
        raise InputError(f"{spec}: the clip's last frame is at {times[-1]:.3f} s; give an earlier time")
    at = int(np.searchsorted(times, seconds + 5e-4, side="right")) - 1
    with open_clip(Path(info.path)) as clip:
        greys = (small_grey(frame.pixels) for frame in clip)
        return focus_along(disparity, follow_point(greys, (x / displayed[0], y / displayed[1]), max(at, 0)))
