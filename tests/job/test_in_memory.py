"""Shots of arrays in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack
from anybokeh.job.in_memory import prepare

FRAMES = np.zeros((3, 3, 8, 12), np.float32)
DISPARITY = np.full((3, 8, 12), 0.5, np.float32)
TRACK = FocusTrack(np.array([0.2, 0.4, 0.6]), np.array([8, 16, 24]), np.array([0, 0.1, 0.2]))


def plain(*values: Any, **options: Any) -> Any:
    return prepare(FRAMES, DISPARITY, *values, steady=False, repair=False, **options)


def test_a_track_gives_focus_blur_and_range() -> None:
    shot = plain(TRACK)
    for name in ("focus", "blur", "range"):
        assert np.array_equal(getattr(shot, name), getattr(TRACK, name))


def test_numbers_hold_for_every_frame_and_range_is_zero() -> None:
    shot = plain(0.5, 16)
    assert (shot.focus.tolist(), shot.blur.tolist(), shot.range.tolist()) == ([0.5] * 3, [16] * 3, [0] * 3)
    assert plain(0.5, 16, range=0.25).range.tolist() == [0.25] * 3


@pytest.mark.parametrize(
    ("values", "options", "part"),
    [
        ((TRACK, 16), {}, "blur is given beside a FocusTrack"),
        ((TRACK,), {"range": 0.0}, "range is given beside a FocusTrack"),
        ((TRACK[:2],), {}, "focus has 2 values"),
        ((0.5,), {}, "blur is missing"),
    ],
)
def test_what_does_not_fit_is_refused(values: tuple, options: dict, part: str) -> None:
    with pytest.raises(InputError, match=part):
        plain(*values, **options)
