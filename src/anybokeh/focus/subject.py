"""Focus on the clip's subject: where it is, how deep it is, and how sure one is of it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from anybokeh.disparity.files import DisparitySource
from anybokeh.errors import InputError
from anybokeh.filters.smoothing import bridge, steady
from anybokeh.focus.extent import covering, extent
from anybokeh.focus.mask import values_in_mask
from anybokeh.focus.puller import DEFAULT_SPEED, pull
from anybokeh.subject.clip_subject import ClipSubject

_PARTNER = 0.25
"""Share of the largest body's area from which another one shares the shot with it."""
_MODERATE = 0.2
"""Difference in disparity up to which two bodies are both kept sharp: with more, little is left to blur."""


@dataclass(frozen=True, eq=False)
class SubjectTrack:
    """Focus on a subject at some frames, each (n,) float32.

    Attributes:
        focus: disparity of the focal plane.
        range: half-width in disparity that covers the subject's depth around that.
        confidence: [0, 1]; 0 where there is no subject: focus is held or falls back on the picture's middle.
    """

    focus: np.ndarray
    range: np.ndarray
    confidence: np.ndarray


def focus_on_subject(
    disparity: DisparitySource,
    subject: ClipSubject,
    frames: range,
    times: np.ndarray,
    *,
    fall_back: bool,
    number: int | None = None,
    speed: float = DEFAULT_SPEED,
    threads: int = 2,
) -> SubjectTrack:
    """Follow the subject; focus jumps at cuts and is pulled smoothly in between.

    Args:
        frames: consecutive frame indices.
        times: (frames,) seconds of all frames of the clip.
        fall_back: where a shot has no subject, take what lies in the middle of the picture.
        number: of the one body to focus on; None for all of them.
        speed: see `pull`.

    Raises:
        InputError: no frame has a subject, and `fall_back` is off; or none has this number.
    """
    course = subject.course
    confidence = course.confidence[frames.start : frames.stop]
    if not fall_back and not (confidence > 0).any():
        raise InputError("no subject stands out in this clip; give --focus a number, a point or a mask")

    _check_number(subject, number)

    def measure(index: int) -> tuple[float, float]:
        if course.confidence[index] == 0:
            return np.nan, np.nan
        inside, numbers = subject.read(index), subject.numbers(index)
        if number is None:
            return _shared(disparity.read(index), inside, numbers)
        return _measure(disparity.read(index), inside & (numbers == number))

    with ThreadPoolExecutor(min(threads, os.cpu_count() or 1)) as pool:
        # (n, 2): the subject's middle, and how far it reaches from there
        measured = np.array(list(pool.map(measure, frames))).reshape(-1, 2)
    focus, reach = np.full(len(frames), np.nan), np.full(len(frames), np.nan)
    for shot in course.shots:
        first, last = max(shot.start, frames.start), min(shot.stop, frames.stop)
        if first >= last:
            continue
        part = slice(first - frames.start, last - frames.start)
        middle, depth = measured[part].T
        if np.isnan(middle).all():
            # neighbouring shots say nothing of this one
            focus[part] = _middle(disparity, (first + last) // 2) if fall_back else np.nan
            reach[part] = 0
            continue
        when = times[first:last]
        focus[part] = pull(steady(bridge(middle), sigma=1, reach=2), when, speed)
        reach[part] = covering(middle, depth, focus[part], when, speed)
    confidence = np.where(np.isnan(measured[:, 0]), 0, confidence)
    # shots without a subject hold their neighbour's focus
    return SubjectTrack(
        bridge(focus).clip(0, 1).astype(np.float32),
        np.nan_to_num(reach).clip(0, 1).astype(np.float32),
        confidence.astype(np.float32),
    )


def _check_number(subject: ClipSubject, number: int | None) -> None:
    known = sorted({body.number for body in subject.bodies})
    if number is not None and number not in known:
        names = ", ".join(f"subject:{each}" for each in known)
        raise InputError(f"focus subject:{number}: is not in this clip; found were {names}")


def _shared(disparity: np.ndarray, inside: np.ndarray, numbers: np.ndarray) -> tuple[float, float]:
    """Where to focus, and how far to reach, for all that share the frame.

    Those whose depths differ by little are all kept; else what the median meets.
    """
    areas = np.bincount(numbers[inside])
    areas[:1] = 0
    large = np.flatnonzero(areas >= max(1, _PARTNER * areas.max(initial=0)))
    if len(large) > 1:
        # (n, 2)
        each = np.array([_measure(disparity, inside & (numbers == number)) for number in large])
        near, far = np.nanmax(each.sum(axis=1)), np.nanmin(each[:, 0] - each[:, 1])
        if np.ptp(each[:, 0]) <= _MODERATE:
            return float(near + far) / 2, float(near - far) / 2
    return _measure(disparity, inside)


def _measure(disparity: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Median disparity inside the mask, and how far the subject reaches from it; NaN for an empty mask."""
    values = values_in_mask(disparity, mask)
    if not values.size:
        return np.nan, np.nan
    middle = float(np.median(values))
    return middle, extent(values, middle)


def _middle(disparity: DisparitySource, index: int) -> float:
    """What a photographer without a subject focuses on: the nearer part of the middle of the picture."""
    values = disparity.read(index)
    height, width = values.shape
    centre = values[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return float(np.quantile(centre if centre.size else values, 0.7))
