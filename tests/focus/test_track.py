from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity import OfficialTrack
from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack, PartialTrack, combine, frame_times


def test_constant():
    track = FocusTrack.constant(5, 0.25)
    assert len(track) == 5
    assert (track.focus == 0.25).all() and (track.blur == 16).all() and (track.range == 0).all()
    assert track.focus.dtype == np.float32


def test_slices():
    track = FocusTrack(np.linspace(0, 1, 11), np.arange(11), np.zeros(11))
    part = track[3:7]
    assert isinstance(part, FocusTrack)
    np.testing.assert_allclose(part.blur, [3, 4, 5, 6])


def test_tracks_cannot_be_changed():
    values = np.full(3, 0.5, np.float32)
    track = FocusTrack(values, values, values)
    values[:] = 0.75
    assert (track.focus == 0.5).all()
    with pytest.raises(ValueError):
        track.focus[0] = 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("focus", 1.01),
        ("focus", -0.01),
        ("focus", np.nan),
        ("blur", -3),
        ("blur", 513),
        ("blur", np.inf),
        ("range", 2),
    ],
)
def test_absurd_values_are_refused_by_frame(field, value):
    values = {name: np.full(4, 0.5) for name in ("focus", "blur", "range")}
    values[field][2] = value
    with pytest.raises(InputError, match=f"{field} .* frame 2"):
        FocusTrack(**values)


def test_lengths_must_agree():
    with pytest.raises(InputError, match="blur"):
        FocusTrack(np.zeros(3), np.zeros(4), np.zeros(3))


def test_the_first_source_that_speaks_wins_frame_by_frame():
    option = PartialTrack.constant(4, blur=40)
    track = PartialTrack(focus=np.array([np.nan, np.nan, 0.3, 0.3]), blur=np.full(4, 24))
    official = PartialTrack(focus=np.full(4, 0.6), range=np.full(4, 0.1))
    result = combine(4, option, track, official)
    np.testing.assert_allclose(result.focus, [0.6, 0.6, 0.3, 0.3])
    np.testing.assert_allclose(result.blur, 40)
    np.testing.assert_allclose(result.range, 0.1)


def test_defaults_fill_blur_and_range_but_never_focus():
    result = combine(2, PartialTrack.constant(2, focus=0.5))
    assert result.blur.tolist() == [16, 16] and result.range.tolist() == [0, 0]
    with pytest.raises(InputError, match="--focus"):
        combine(2, PartialTrack.constant(2, blur=3))


def test_official_names():
    track = FocusTrack.from_official(
        OfficialTrack(np.array([0.5, 0.6], np.float32), np.array([8, 9], np.float32))
    )
    np.testing.assert_allclose(track.blur, [8, 9])
    assert (FocusTrack.from_official(OfficialTrack(np.array([0.5]), None)).blur == 16).all()


def test_frame_times():
    np.testing.assert_allclose(frame_times(3, 25), [0, 0.04, 0.08])
    with pytest.raises(InputError):
        frame_times(3, 0)
