"""Several subjects told apart."""

from __future__ import annotations

import numpy as np

from anybokeh.subject.bodies import Bodies

HEIGHT, WIDTH = 60, 160


def box(left: int, top: int = 10, width: int = 16, height: int = 40) -> np.ndarray:
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[top : top + height, max(0, left) : max(0, left + width)] = True
    return inside


def follow(lefts: list[tuple[int, int]]) -> tuple[list[np.ndarray], Bodies]:
    """Numbers of every frame of two boxes, the first one in front, with their exact flow."""
    bodies, result = Bodies(), []
    for index, (front, behind) in enumerate(lefts):
        backward = None
        if index:
            before = lefts[index - 1]
            backward = np.zeros((HEIGHT, WIDTH, 2), np.float32)
            backward[box(behind), 0] = before[1] - behind
            backward[box(front), 0] = before[0] - front
        result.append(bodies.add(index, 0, box(front) | box(behind), backward))
    return result, bodies


def test_bodies_are_numbered_from_left_to_right():
    bodies = Bodies()
    numbers = bodies.add(0, 0, box(100) | box(20, height=42), None)
    assert (numbers[box(20)] == 1).all() and (numbers[box(100)] == 2).all()
    assert not numbers[~(box(100) | box(20, height=42))].any()
    assert [body.number for body in bodies.known] == [1, 2]
    assert abs(bodies.known[0].x - 28 / WIDTH) < 0.01


def test_bodies_keep_their_numbers_through_a_crossing():
    numbers, bodies = follow([(10 + 4 * step, 130 - 4 * step) for step in range(31)])
    assert len(bodies.known) == 2
    # the one in front went from left to right, and was never taken for the other
    assert all((each[box(10 + 4 * step)] == 1).mean() > 0.9 for step, each in enumerate(numbers))
    assert (numbers[-1][box(130)] == 1).all() and (numbers[-1][box(10)] == 2).mean() > 0.9


def test_a_small_thing_belongs_to_who_is_near():
    bodies = Bodies()
    ball = box(44, top=20, width=6, height=6)
    numbers = bodies.add(0, 0, box(20) | box(100) | ball, None)
    assert (numbers[ball] == 1).all() and len(bodies.known) == 2


def test_somebody_who_comes_later_gets_the_next_number():
    bodies, still = Bodies(), np.zeros((HEIGHT, WIDTH, 2), np.float32)
    bodies.add(0, 0, box(60), None)
    numbers = bodies.add(1, 0, box(60) | box(5), still)
    assert (numbers[box(60)] == 1).all() and (numbers[box(5)] == 2).all()
    assert (bodies.known[1].frame, bodies.known[1].shot) == (1, 0)


def test_somebody_who_was_hidden_is_known_again():
    bodies, still = Bodies(), np.zeros((HEIGHT, WIDTH, 2), np.float32)
    bodies.add(0, 0, box(20) | box(100), None)
    bodies.add(1, 0, box(20), still)
    numbers = bodies.add(2, 0, box(20) | box(100), still)
    assert (numbers[box(100)] == 2).all() and len(bodies.known) == 2


def test_every_shot_counts_anew():
    bodies = Bodies()
    bodies.add(0, 0, box(20) | box(100), None)
    numbers = bodies.add(1, 1, box(100), None)
    assert (numbers[box(100)] == 1).all()
    assert [(body.shot, body.number) for body in bodies.known] == [(0, 1), (0, 2), (1, 1)]


def test_an_empty_frame():
    bodies = Bodies()
    assert not bodies.add(0, 0, np.zeros((HEIGHT, WIDTH), bool), None).any()
