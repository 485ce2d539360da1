"""Weighing the network and motion."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.subject.evidence import filled, liveliness, movers, probability, weigh

HEIGHT, WIDTH = 90, 160
BODY, ARM = (slice(20, 80), slice(60, 90)), (slice(30, 50), slice(90, 110))
BALL = (slice(40, 50), slice(114, 124))


def maps(*moving_parts: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a network finds that sees body and arm, and colours and motion of the parts that move."""
    found, strange = np.full((HEIGHT, WIDTH), 0.01, np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    found[BODY], found[ARM] = 0.98, 0.9
    for part in moving_parts:
        strange[part] = 1
    return found, strange, 3 * strange


def subject(found: np.ndarray, strange: np.ndarray, moving: np.ndarray, **options: bool) -> np.ndarray:
    lively = liveliness(found, strange, moving)
    return probability(weigh(found, strange, moving, lively, **options)) > 0.5


def test_what_stands_still_of_somebody_who_moves_an_arm_is_kept():
    inside = subject(*maps(ARM))
    assert inside[BODY].all() and inside[ARM].all() and not inside[:, :50].any()


def test_what_stands_still_behind_somebody_who_moves_as_a_whole_is_left_out():
    found, strange, moving = maps(BODY, ARM)
    behind = slice(60, 80), slice(90, 100)
    found[behind] = 0.8
    inside = subject(found, strange, moving)
    assert inside[BODY].all() and not inside[behind].any()


def test_what_moves_beside_the_subject_joins_it():
    assert subject(*maps(ARM, BALL))[BALL].mean() > 0.9
    assert not subject(*maps(ARM))[BALL].any()


@pytest.mark.parametrize("stands", [True, False])
def test_something_large_that_moves_far_away(stands):
    walker = slice(20, 70), slice(5, 25)
    inside = subject(*maps(ARM, walker), camera_stands=stands)
    assert inside[walker].all() == stands and inside[BODY].all()


def test_much_that_moves_says_little():
    everything = slice(0, HEIGHT), slice(0, WIDTH // 2)
    _, strange, moving = maps(everything)
    assert not movers(strange, moving).any()
    _, strange, moving = maps((slice(20, 23), slice(5, 8)))
    assert not movers(strange, moving).any()


def test_plain_surfaces_that_move_are_filled_in():
    rim, moving = np.zeros((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    rim[30:60, 60:72], moving[30:60, 60:72] = 1, 3
    rim[32:58, 62:70] = 0
    inside = filled(rim, moving)
    assert inside[30:60, 60:72].min() > 0.9 and not inside[:, :58].any()
    # what stands still between strange colours is a background seen through
    np.testing.assert_array_equal(filled(rim, np.zeros_like(moving)), rim)
