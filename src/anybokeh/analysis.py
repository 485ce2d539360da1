"""The analysis: what needs the whole clip or its order, done once before rendering.

It opens the disparity, finds where to focus in every frame, and checks that all parts fit together. It knows
nothing of renderers; segments only read its results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anybokeh.clip import ClipInfo, ClipReader, open_clip
from anybokeh.clip.images import SUFFIXES
from anybokeh.clip.times import source_times
from anybokeh.disparity import DisparitySource, check_disparity, open_disparity
from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack, MaskFocus, PartialTrack, combine, parse_focus, read_keyframes
from anybokeh.focus.resolve import FocusResolver
from anybokeh.settings import RenderSettings

# Frame times as floats differ from the exact ones that choose frames; less than any frame lasts.
_TIME_SLACK = 5e-4


@dataclass(frozen=True)
class Analysis:
    """What rendering needs to know of a clip.

    Attributes:
        info: the clip.
        times: (frames,) seconds of every frame of the source.
        disparity: one map for every frame of the source.
        track: focus, blur and range of every frame of the source.
        notes: one-line remarks for the user.
        steady: whether disparity is to be steadied as it is read in order, see `anybokeh.scenes`.
    """

    info: ClipInfo
    times: np.ndarray
    disparity: DisparitySource
    track: FocusTrack
    notes: tuple[str, ...] = ()
    steady: bool = False


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
    displayed = (info.displayed_width, info.height)
    resolve = FocusResolver(disparity, times, displayed, lambda: _pictures(info.path))
    sources = [PartialTrack.constant(len(times), blur=settings.blur, range=settings.focus_range)]
    if spec is not None:
        shown = _shown(times, settings.start, settings.end)
        # Frames outside the range are not rendered: they repeat the nearest value instead of being measured.
        focus = np.interp(np.arange(len(times)), shown, resolve(spec, shown))
        sources.append(PartialTrack(focus=focus.astype(np.float32)))
    if keyframes is not None:
        sources.append(keyframes.evaluate(times, resolve))
    if disparity.official is not None:
        sources.append(PartialTrack(disparity.official.focus, disparity.official.blur))
    track = combine(len(times), *sources)
    return Analysis(info, times, disparity, track, tuple(resolve.notes), settings.steady)


def _shown(times: np.ndarray, start: float | None, end: float | None) -> np.ndarray:
    """Indices of the frames to render, at least one; a frame too many does no harm."""
    first = np.searchsorted(times, (start or 0) - _TIME_SLACK)
    last = np.searchsorted(times, np.inf if end is None else end + _TIME_SLACK)
    first = min(first, len(times) - 1)
    return np.arange(first, max(last, first + 1))


def check_not_an_input(output: str | Path, source: Path, settings: RenderSettings) -> None:
    """Raise InputError where writing `output` would replace the clip or a file that the settings name."""
    target = _resolved(Path(output))
    for path in (source, *_files_of(settings)):
        found = _resolved(path)
        if found.exists() and (found == target or target in found.parents or _is_same_file(found, target)):
            raise InputError(f"{output}: is or holds an input ({path}); write to another path")
        if target.parent == found and target.suffix.lower() in SUFFIXES and target.exists():
            raise InputError(f"{output}: is one of the images of an input ({path}); write to another path")


def _files_of(settings: RenderSettings) -> Iterator[Path]:
    specs = [] if settings.focus is None else [parse_focus(settings.focus)]
    if settings.track is not None:
        yield Path(settings.track)
        specs += [keyframe.focus for keyframe in read_keyframes(settings.track).keyframes]
    yield Path(settings.disparity)
    yield from (spec.path for spec in specs if isinstance(spec, MaskFocus))
    if settings.lens.image is not None:
        yield settings.lens.image


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise InputError(f"{path}: cannot be followed; check for links that point to themselves") from None


def _is_same_file(path: Path, other: Path) -> bool:
    return other.exists() and path.samefile(other)


def _open_disparity(settings: RenderSettings) -> DisparitySource:
    if str(settings.disparity) in ("auto", "salient"):
        raise InputError(
            f"disparity is {settings.disparity!r}: this version has no depth estimation; "
            "give --disparity PATH (a folder of PNGs, a .npy file or a video, one map a frame, white is near)"
        )
    return open_disparity(settings.disparity, normalise=settings.normalise, depth_map=settings.depth_map)


def _pictures(path: Path) -> Iterator[np.ndarray]:
    with open_clip(path) as clip:
        for frame in clip:
            yield frame.pixels
