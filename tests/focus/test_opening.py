"""Openings made blur."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import PartialTrack, combine
from anybokeh.focus.opening import are_open, opened

NAN = np.nan
AT_F1 = np.array([40.0, 40.0, 60.0, 60.0])
FOCUS = PartialTrack(focus=np.full(4, 0.5, np.float32))


def test_blur_is_what_the_lens_has_at_f1_over_the_f_number() -> None:
    sources, by_aperture = opened([PartialTrack.constant(4, f_number=2)], AT_F1)
    assert combine(4, FOCUS, *sources).blur == pytest.approx(AT_F1 / 2)
    assert by_aperture.all()


def test_the_first_that_speaks_counts_frame_by_frame() -> None:
    first = PartialTrack(blur=np.array([7, NAN, NAN, 0]), opening=np.array([0, NAN, NAN, 0.1]))
    given = [first, PartialTrack(blur=np.array([1, 1, NAN, 1])), PartialTrack.constant(4, f_number=4)]
    sources, by_aperture = opened(given, AT_F1)
    assert combine(4, FOCUS, *sources).blur == pytest.approx([7, 1, 15, 6])
    assert by_aperture.tolist() == [False, False, True, True]


def test_both_count_on_the_way_from_one_to_the_other() -> None:
    way = PartialTrack(blur=np.full(4, 5.0), opening=np.full(4, 0.25))
    assert combine(4, FOCUS, *opened([way], AT_F1)[0]).blur == pytest.approx(5 + AT_F1 / 4)


def test_too_much_blur_names_the_f_number_and_the_frame() -> None:
    wide = PartialTrack(opening=np.array([NAN, 1, 10, 10]))
    with pytest.raises(InputError, match=r"f-number 0.1 is a blur of K 600 at frame 2: expected at most 512"):
        opened([wide], AT_F1)
    # one that does not come to speak harms nobody
    sources, _ = opened([PartialTrack.constant(4, blur=3), wide], AT_F1)
    assert combine(4, FOCUS, *sources).blur.tolist() == [3] * 4


def test_whether_any_f_number_is_given() -> None:
    assert not are_open([FOCUS, PartialTrack(opening=np.array([NAN, 0, 0, NAN]))])
    assert are_open([FOCUS, PartialTrack(opening=np.array([NAN, 0, 0.5, NAN]))])
