"""The analysis: what needs the whole clip or its order, done once before rendering.

It opens the disparity, finds where to focus in every frame, and checks that all parts fit together. It knows
nothing of renderers; segments only read its results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from anybokeh.clip import ClipInfo, ClipReader, open_again
from anybokeh.clip.sequences import SUFFIXES
from anybokeh.clip.times import source_times
from anybokeh.disparity import DisparitySource, check_disparity
from anybokeh.disparity.choose import EstimateSettings, find_disparity, is_estimated, with_matte
from anybokeh.disparity.metres import metres_of
from anybokeh.disparity.pairing import paired
from anybokeh.errors import InputError
from anybokeh.finish.bars import Inside
from anybokeh.finish.grain import Grain
from anybokeh.focus import (
    AutoFocus,
    BoxFocus,
    DistanceFocus,
    FocusSpec,
    FocusTrack,
    MaskFocus,
    PartialTrack,
    PointFocus,
    combine,
    combined_focus,
    parse_focus,
    read_keyframes,
    silent_frames,
)
from anybokeh.focus.resolve import FocusResolver, frame_at
from anybokeh.job.frame_masks import open_highlight_masks, open_protection_masks
from anybokeh.job.photography import Photograph, asks_for_camera, camera_of, said
from anybokeh.job.remarks import remarks
from anybokeh.options.paths import paths_of, with_paths
from anybokeh.runtime.file_patterns import exists
from anybokeh.runtime.links import followed
from anybokeh.runtime.steps import Progress, Steps, steps_of
from anybokeh.settings import RenderSettings
from anybokeh.storage.urls import is_url
from anybokeh.subject.clip_subject import FINDING, ClipSubject, open_subject
from anybokeh.subject.find import find_predictor

# Frame times as floats differ from the exact ones that choose frames; less than any frame lasts.
_TIME_SLACK = 5e-4
# Frames around a part of the clip that its focus and its steady disparity depend on.
_AROUND = 24


@dataclass(frozen=True)
class Analysis:
    """What rendering needs to know of a clip.

    Attributes:
        info: the clip.
        times: (frames,) seconds of every frame of the source.
        disparity: one map for every frame of the source.
        track: focus, blur and range of every frame of the source.
        notes: one-line remarks for the user.
        steady: whether disparity is to be steadied as it is read in order, see `analysed_frames`.
        confidence: (frames,) how sure the focus is, [0, 1]; NaN where nothing was followed.
        soft: whether outlines of the disparity are guesses, see `anybokeh.Scene`.
        grain: that blurred areas get back, None for none.
        inside: the part of the picture that is rendered, None for all of it.
        f_number: the smallest that the blur amounts to, None without any blur; see `photography`.
        aperture: the same in words; empty without any blur.
    """

    info: ClipInfo
    times: np.ndarray
    disparity: DisparitySource
    track: FocusTrack
    notes: tuple[str, ...] = ()
    steady: bool = False
    confidence: np.ndarray | None = None
    soft: bool = False
    grain: Grain | None = None
    inside: Inside | None = None
    f_number: float | None = None
    aperture: str = ""


def analyse(clip: ClipReader, settings: RenderSettings, progress: Steps | Progress | None = None) -> Analysis:
    """Analyse a clip.

    Args:
        clip: whole, or the part that is to be rendered.
        settings: of the render.
        progress: told what is looked for, and how far that is.

    Raises:
        InputError: disparity, masks, track and clip do not fit together.
    """
    info, steps = clip.info, steps_of(progress)
    given = settings.focus if isinstance(settings.focus, FocusTrack) else None
    spec = parse_focus(settings.focus) if isinstance(settings.focus, (str, float, int)) else None
    keyframes = None if settings.track is None else read_keyframes(settings.track)
    times = source_times(info)
    camera, focused_at, camera_notes = camera_of(settings, info)
    opened = [open_(settings, info, len(times)) for open_ in (open_highlight_masks, open_protection_masks)]
    mask_notes = tuple(note for _, notes in opened for note in notes)
    matted = with_matte(settings.matte, settings.device)
    estimate = EstimateSettings(settings.device, settings.depth_size, _needed(times, settings, spec), steps)
    found = find_disparity(
        settings.disparity,
        info,
        times,
        normalise=settings.normalise,
        depth_map=settings.depth_map,
        fit=settings.disparity_fit,
        channel=settings.depth_channel,
        edges=wants_edges(settings),
        estimate=estimate,
    )
    disparity, pairing = paired(found.disparity, info, times, settings.disparity_timing)
    check_disparity(disparity, len(times), (info.width, info.height))
    displayed = (info.displayed_width, info.height)
    subject = partial(_subject, disparity, info, times, estimate)
    resolve = FocusResolver(
        disparity,
        times,
        displayed,
        lambda: _pictures(info, steps.step("following the focus"), len(times)),
        subject,
        settings.focus_speed,
        partial(find_predictor, settings.subject_model, settings.device),
        info.numbers,
    )
    shown = _shown(times, settings.start, settings.end)
    steps.begin("finding the focus")
    photograph = Photograph(camera, metres_of(disparity), displayed[0] / displayed[1], int(shown[0]))
    options = {"blur": settings.blur, "range": settings.focus_range, "f_number": settings.f_number}
    sources = [PartialTrack.constant(len(times), **options)]
    if given is not None:
        sources.append(_every_frame(given, len(times)))
    if spec is not None:
        sources.append(_focus_of(spec, shown, len(times), resolve))
    if keyframes is not None:
        sources.append(keyframes.evaluate(times, resolve))
    if disparity.official is not None:
        sources.append(PartialTrack(disparity.official.focus, disparity.official.blur))
    sources.append(PartialTrack.constant(len(times), f_number=camera.f_number))
    if focused_at is not None and photograph.metres is not None:
        sources.append(_focus_of(DistanceFocus(focused_at), shown, len(times), resolve))
    if silent_frames(shown, *sources).size:
        sources.append(_focus_of(AutoFocus(), shown, len(times), resolve))
    focus = combined_focus(len(times), *sources)
    blurred, by_aperture, aperture_notes = photograph.blurred(sources, focus)
    ranges = PartialTrack(range=np.where(by_aperture, np.float32(0), resolve.ranges))
    track = combine(len(times), *blurred, ranges)
    f_number = photograph.f_number(track.focus, track.blur, shown)
    aperture = "" if f_number is None else said(camera, f_number, photograph.metres is None)
    if photograph.metres is not None and settings.subject_distance is not None:
        aperture_notes += ("the depth is in metres: --subject-distance changes nothing",)
    if aperture and asks_for_camera(settings) and not by_aperture.any():
        aperture_notes += ("no f-number is given: the camera only tells what aperture the blur amounts to",)
    inside = None if is_estimated(settings.disparity) else resolve.inside
    looked_at = remarks(disparity, track, shown, info.displayed_width, settings.depth_map, inside)
    notes = (*found.notes, *pairing, *camera_notes, *mask_notes, *resolve.notes, *aperture_notes, *looked_at)
    return Analysis(
        info,
        times,
        matted(disparity),
        track,
        tuple(dict.fromkeys(notes)),
        settings.steady and not found.steady,
        resolve.confidence,
        soft=found.soft and settings.matte is None,
        f_number=f_number,
        aperture=aperture,
    )


def wants_edges(settings: RenderSettings) -> bool:
    """Whether maps that are smaller than the frames get sharp edges at once, as nothing aligns them later."""
    return not settings.steady or settings.matte is not None


def _every_frame(track: FocusTrack, count: int) -> PartialTrack:
    if len(track) != count:
        raise InputError(f"the focus track has {len(track)} frames: expected {count}, all of the clip")
    return PartialTrack(track.focus, track.blur, track.range)


def _focus_of(spec: FocusSpec, shown: np.ndarray, count: int, resolve: FocusResolver) -> PartialTrack:
    """Focus where it is shown; other frames are not rendered: they repeat the nearest value."""
    focus = np.interp(np.arange(count), shown, resolve(spec, shown))
    return PartialTrack(focus=focus.astype(np.float32))


def _subject(
    disparity: DisparitySource, info: ClipInfo, times: np.ndarray, estimate: EstimateSettings
) -> ClipSubject:
    from anybokeh.disparity.salient import SalientDisparity

    if isinstance(disparity, SalientDisparity):
        return disparity.subject
    progress = steps_of(estimate.progress).step(FINDING)
    return open_subject(info, times, estimate.shown, progress)


def _shown(times: np.ndarray, start: float | None, end: float | None) -> np.ndarray:
    """Indices of the frames to render, at least one; a frame too many does no harm."""
    first = np.searchsorted(times, (start or 0) - _TIME_SLACK)
    last = np.searchsorted(times, np.inf if end is None else end + _TIME_SLACK)
    first = min(first, len(times) - 1)
    return np.arange(first, max(last, first + 1))


def _needed(times: np.ndarray, settings: RenderSettings, spec: FocusSpec | None) -> range | None:
    """Frames whose disparity is looked at; None for all. Finding the focus and steadying look around."""
    if (settings.start is None and settings.end is None) or settings.track is not None:
        return None
    shown = _shown(times, settings.start, settings.end)
    first, last = int(shown[0]), int(shown[-1])
    if isinstance(spec, PointFocus | BoxFocus):
        at = frame_at(spec.seconds or 0.0, times)
        first, last = min(first, at), max(last, at)
    return range(max(0, first - _AROUND), min(len(times), last + 1 + _AROUND))


def check_not_an_input(output: str | Path, source: Path, settings: RenderSettings) -> None:
    """Raise InputError where writing `output` would replace the clip or a file that the settings name."""
    target = followed(Path(output))
    for path in (source, *files_of(settings)):
        found = followed(path)
        if found.exists() and (found == target or target in found.parents or _is_same_file(found, target)):
            raise InputError(f"{output}: is or holds an input ({path}); write to another path")
        if target.parent == found and target.suffix.lower() in SUFFIXES and target.exists():
            raise InputError(f"{output}: is one of the images of an input ({path}); write to another path")


def files_of(settings: RenderSettings) -> Iterator[Path]:
    """Files and folders that settings name beside the clip; not all need to exist."""
    yield from map(Path, paths_of(settings))
    if settings.track is not None:
        specs = [keyframe.focus for keyframe in read_keyframes(settings.track).keyframes]
        yield from (spec.path for spec in specs if isinstance(spec, MaskFocus))


def with_absolute_paths(settings: RenderSettings) -> RenderSettings:
    """Settings whose files are found from any working directory."""

    def absolute(path: str) -> str:
        return str(Path(path).absolute()) if not is_url(path) and exists(path) else path

    return with_paths(settings, absolute)


def _is_same_file(path: Path, other: Path) -> bool:
    return other.exists() and path.samefile(other)


def _pictures(info: ClipInfo, progress: Progress, count: int) -> Iterator[np.ndarray]:
    with open_again(info) as clip:
        for done, frame in enumerate(clip, 1):
            progress(done, count)
            yield frame.pixels
