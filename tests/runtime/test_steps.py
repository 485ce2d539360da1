"""Steps of long jobs, and about how long they take."""

from __future__ import annotations

import pytest

from anybokeh.runtime.steps import Remaining, Steps, steps_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told_after(moments: list[tuple[float, int]], total: int = 100) -> float | None:
    clock, left = Clock(), None
    remaining = Remaining(clock)
    for clock.now, done in moments:
        left = remaining.update("rendering", done, total)
    return left


def test_what_is_left_is_told_by_the_pace() -> None:
    assert told_after([(0, 0)]) is None
    assert told_after([(0, 0), (10, 20)]) == pytest.approx(40)
    # frames that an earlier run had finished took no time
    assert told_after([(0, 60), (10, 80)]) == pytest.approx(10)
    # the first sign of progress came late: something was compiled before it
    assert told_after([(0, 0), (30, 10), (31, 20), (32, 30)]) == pytest.approx(7)
    assert told_after([(0, 0), (10, 100)]) == 0
    assert told_after([(0, 0), (10, 120)]) == 0


def test_each_step_begins_anew() -> None:
    clock = Clock()
    remaining = Remaining(clock)
    remaining.update("finding the subject", 0, 10)
    clock.now = 100
    assert remaining.update("finding the subject", 5, 10) == pytest.approx(100)
    assert remaining.update("rendering", 0, 10) is None
    clock.now = 101
    assert remaining.update("rendering", 5, 10) == pytest.approx(1)
    assert remaining.update("joining", 0, None) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (40, "40 s"), (98, "98 s"), (179, "3 min"), (5940, "99 min"), (7800, "2 h 10 min")],
)
def test_durations_for_people(seconds: float, said: str) -> None:
    clock = Clock()
    remaining = Remaining(clock)
    assert remaining.text("rendering", 0, 2) == ""
    clock.now = seconds
    assert remaining.text("rendering", 1, 2) == f"about {said} left"


def test_functions_that_only_count_are_told_of_no_beginnings() -> None:
    counted: list[tuple] = []
    told: list[tuple] = []
    notes: list[str] = []
    own = Steps(lambda *step: told.append(step), notes.append)
    for steps in (steps_of(lambda *count: counted.append(count)), steps_of(own), steps_of(None)):
        steps.begin("rendering", 0, 5)(3, 5)
        steps.begin("joining")
        steps.say(["a note"])
    assert counted == [(3, 5)]
    assert told == [("rendering", 0, 5), ("rendering", 3, 5), ("joining", 0, None)]
    assert notes == own.said == ["a note"]
