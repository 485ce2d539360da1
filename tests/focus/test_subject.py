from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import frame_times, parse_focus
from anybokeh.focus.resolve import FocusResolver
from anybokeh.focus.subject import focus_on_subject
from anybokeh.subject import Course
from anybokeh.subject.bodies import Body

HEIGHT, WIDTH, COUNT = 45, 80, 60
TIMES = frame_times(COUNT, 24)
ALL = range(COUNT)


class Given:
    """A subject in the left half; its confidence and its shots are given."""

    name, size, count = "given", (WIDTH, HEIGHT), COUNT

    def __init__(self, shots: list[int] | None = None, confidence: np.ndarray | None = None) -> None:
        nothing = np.full(COUNT, np.nan)
        confidence = np.ones(COUNT) if confidence is None else confidence
        self.course = Course(np.array(shots or [0] * COUNT), confidence, nothing, nothing)
        self.notes = ["a note"]
        self.bodies = (Body(0, 1, 0, 0.25, 0.5),)

    def read(self, index):
        inside = np.zeros((HEIGHT, WIDTH), bool)
        inside[:, : WIDTH // 2] = self.course.confidence[index] > 0
        return inside

    def numbers(self, index):
        return self.read(index).astype(np.uint8)


class Two(Given):
    """A body in the left third, and another one of a given width at the right."""

    def __init__(self, width: int = WIDTH // 3) -> None:
        super().__init__()
        self.bodies = (*self.bodies, Body(0, 2, 0, 0.9, 0.5))
        self.width = width

    def read(self, index):
        return self.numbers(index) > 0

    def numbers(self, index):
        numbers = np.zeros((HEIGHT, WIDTH), np.uint8)
        numbers[:, : WIDTH // 3], numbers[:, WIDTH - self.width :] = 1, 2
        return numbers


class TwoDepths:
    """The left half and the right half of the picture, at their disparities."""

    name, official, size, count = "made up", None, (WIDTH, HEIGHT), COUNT

    def __init__(self, left: float, right: float) -> None:
        self.left, self.right = left, right

    def read(self, index, frame=None):
        result = np.full((HEIGHT, WIDTH), self.right, np.float32)
        result[:, : WIDTH // 2] = self.left
        return result


class Disparity:
    """0.1 behind; the subject's disparity is given, on a slope of this depth."""

    name, official, size, count = "made up", None, (WIDTH, HEIGHT), COUNT

    def __init__(self, values, depth: float = 0.0) -> None:
        self.values, self.depth = np.broadcast_to(values, COUNT), depth

    def read(self, index, frame=None):
        result = np.full((HEIGHT, WIDTH), 0.1, np.float32)
        slope = np.linspace(-self.depth / 2, self.depth / 2, HEIGHT)[:, None]
        result[:, : WIDTH // 2] = self.values[index] + slope
        return result


def follow(disparity, subject, frames=ALL, **options):
    options = {"fall_back": False, **options}
    return focus_on_subject(disparity, subject, frames, TIMES, **options)


def test_focus_and_range_cover_the_subject():
    track = follow(Disparity(0.6, depth=0.1), Given())
    np.testing.assert_allclose(track.focus, 0.6, atol=0.01)
    np.testing.assert_allclose(track.range, 0.05, atol=0.01)
    assert (track.confidence == 1).all()


def test_a_mask_that_is_partly_wrong_does_not_matter():
    class Leaking(Given):
        def read(self, index):
            inside = super().read(index)
            # a seventh more, of the background
            inside[:, WIDTH // 2 : WIDTH // 2 + WIDTH // 14] = True
            return inside

    track = follow(Disparity(0.6, depth=0.1), Leaking())
    np.testing.assert_allclose(track.focus, 0.6, atol=0.02)
    assert track.range.max() < 0.09


def test_focus_jumps_at_cuts_and_is_pulled_in_between():
    values = np.where(np.arange(COUNT) < 20, 0.3, np.where(np.arange(COUNT) < 40, 0.5, 0.8))
    track = follow(Disparity(values), Given([0] * 20 + [1] * 40))
    np.testing.assert_allclose(track.focus[:20], 0.3, atol=1e-3)
    assert track.focus[20] == pytest.approx(0.5, abs=0.02)
    moved = track.focus[20:]
    assert (np.diff(moved) >= -1e-6).all() and np.diff(moved).max() < 0.08
    # while it moves the range widens by what the focus is off, without tremble, and not before the cut
    assert track.range[:20].max() < 1e-3
    missed = np.abs(values - track.focus)
    assert 35 < track.range.argmax() < 45 and track.range[40] > 0.04
    assert track.range[20:].sum() == pytest.approx(missed[20:].sum(), rel=0.3)
    assert np.abs(np.diff(track.range[20:])).max() < 0.01


def test_the_focus_holds_where_there_is_no_subject():
    confidence = np.ones(COUNT)
    confidence[20:30] = 0
    track = follow(Disparity(0.6), Given(confidence=confidence))
    np.testing.assert_allclose(track.focus, 0.6, atol=1e-3)
    assert (track.confidence[20:30] == 0).all()


def test_a_shot_without_a_subject():
    confidence = np.ones(COUNT)
    confidence[30:] = 0
    subject = Given([0] * 30 + [1] * 30, confidence)
    np.testing.assert_allclose(follow(Disparity(0.6), subject).focus, 0.6, atol=1e-3)
    middle = follow(Disparity(0.9), subject, fall_back=True)
    assert middle.focus[45] == pytest.approx(0.9, abs=0.01) and middle.range[45] == 0


def test_two_who_share_the_shot_are_both_kept():
    track = follow(TwoDepths(0.5, 0.65), Two(), fall_back=True)
    np.testing.assert_allclose(track.focus, 0.575, atol=0.01)
    np.testing.assert_allclose(track.range, 0.075, atol=0.015)


def test_two_who_stand_far_apart_are_not_both_kept():
    track = follow(TwoDepths(0.9, 0.3), Two(width=WIDTH // 4), fall_back=True)
    np.testing.assert_allclose(track.focus, 0.9, atol=0.01)


def test_a_small_figure_behind_does_not_share_the_shot():
    track = follow(TwoDepths(0.6, 0.5), Two(width=WIDTH // 20), fall_back=True)
    np.testing.assert_allclose(track.focus, 0.6, atol=0.01)
    assert track.range.max() < 0.03


@pytest.mark.parametrize(("number", "disparity"), [(1, 0.8), (2, 0.3)])
def test_one_of_several_by_its_number(number, disparity):
    focus = resolver(TwoDepths(0.8, 0.3), Two())(parse_focus(f"subject:{number}"), np.arange(COUNT))
    np.testing.assert_allclose(focus, disparity, atol=0.01)


def test_a_number_that_nobody_has():
    with pytest.raises(InputError, match=r"subject:3.*subject:1, subject:2"):
        follow(Disparity(0.6), Two(), number=3)


def test_no_subject_at_all():
    subject = Given(confidence=np.zeros(COUNT))
    with pytest.raises(InputError, match="give --focus a number"):
        follow(Disparity(0.6), subject)
    assert 0.1 <= follow(Disparity(0.6), subject, fall_back=True).focus[0] <= 0.6 + 1e-6


def test_a_part_of_the_clip():
    track = follow(Disparity(0.3 + 0.005 * np.arange(COUNT)), Given(), range(20, 40))
    whole = follow(Disparity(0.3 + 0.005 * np.arange(COUNT)), Given())
    assert track.focus.shape == (20,)
    np.testing.assert_allclose(track.focus, whole.focus[20:40], atol=0.02)


def resolver(disparity, subject, speed=None):
    return FocusResolver(disparity, TIMES, (WIDTH, HEIGHT), lambda: [], lambda: subject, speed)


@pytest.mark.parametrize("text", ["subject", "auto"])
def test_specs_are_resolved_with_range_confidence_and_notes(text):
    found = resolver(Disparity(0.6, depth=0.1), Given())
    some = np.array([3, 7, 8])
    np.testing.assert_allclose(found(parse_focus(text), some), 0.6, atol=0.01)
    assert found.notes == ["a note"]
    assert np.isnan(found.ranges[4]) and found.ranges[7] > 0.03 and found.confidence[7] == 1
    # asking again neither looks again nor repeats itself
    found(parse_focus(text), some)
    assert found.notes == ["a note"]


def test_focus_speed():
    values = np.where(np.arange(COUNT) < 30, 0.3, 0.7)
    slow, fast = (
        resolver(Disparity(values), Given(), speed)(parse_focus("subject"), np.arange(COUNT))
        for speed in (0.5, 8)
    )
    assert np.diff(slow).max() < np.diff(fast).max() / 3
