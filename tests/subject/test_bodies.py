"""Several subjects told apart."""

from __future__ import annotations

import numpy as np

from anybokeh.subject.bodies import Bodies

HEIGHT, WIDTH = 60, 160
STILL = np.zeros((HEIGHT, WIDTH, 2), np.float32)
RED, BLUE = (200, 40, 40), (40, 40, 200)


def box(left: int, top: int = 10, width: int = 16, height: int = 40) -> np.ndarray:
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[top : top + height, max(0, left) : max(0, left + width)] = True
    return inside


def picture(**boxes: np.ndarray) -> np.ndarray:
    """Grey, with a blue box behind a red one."""
    result = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    for name, colour in (("blue", BLUE), ("red", RED)):
        if name in boxes:
            result[boxes[name]] = colour
    return result


def test_bodies_are_numbered_from_left_to_right():
    bodies, right, left = Bodies(), box(100), box(20, height=42)
    numbers = bodies.add(0, 0, picture(red=right, blue=left), right | left, None)
    assert (numbers[left] == 1).all() and (numbers[right] == 2).all()
    assert not numbers[~(left | right)].any()
    assert [body.number for body in bodies.known] == [1, 2]
    assert abs(bodies.known[0].x - 28 / WIDTH) < 0.01


def test_bodies_keep_their_numbers_through_a_crossing():
    bodies = Bodies()
    # for some frames the blue one is hidden as a whole
    for step in range(31):
        red, blue = box(10 + 4 * step), box(130 - 4 * step)
        backward = STILL.copy()
        backward[blue, 0], backward[red, 0] = 4, -4
        shown = picture(red=red, blue=blue)
        numbers = bodies.add(step, 0, shown, red | blue, backward if step else None)
        assert (numbers[red] == 1).mean() > 0.9
    assert len(bodies.known) == 2
    assert (numbers[red] == 1).all() and (numbers[blue] == 2).all()


def test_a_small_thing_belongs_to_who_is_near():
    bodies, ball = Bodies(), box(44, top=20, width=6, height=6)
    numbers = bodies.add(0, 0, picture(), box(20) | box(100) | ball, None)
    assert (numbers[ball] == 1).all() and len(bodies.known) == 2


def test_somebody_who_comes_later_gets_the_next_number():
    bodies = Bodies()
    bodies.add(0, 0, picture(red=box(60)), box(60), None)
    numbers = bodies.add(1, 0, picture(red=box(60), blue=box(5)), box(60) | box(5), STILL)
    assert (numbers[box(60)] == 1).all() and (numbers[box(5)] == 2).all()
    assert [(body.frame, body.frames) for body in bodies.known] == [(0, 2), (1, 1)]


def test_somebody_who_was_hidden_is_known_again_by_colour():
    bodies, both = Bodies(), box(20) | box(100)
    bodies.add(0, 0, picture(red=box(20), blue=box(100)), both, None)
    bodies.add(1, 0, picture(red=box(20)), box(20), STILL)
    numbers = bodies.add(2, 0, picture(red=box(20), blue=box(90)), box(20) | box(90), STILL)
    assert (numbers[box(90)] == 2).all() and len(bodies.known) == 2
    # somebody in other colours is somebody else
    bodies.add(3, 0, picture(red=box(20)), box(20), STILL)
    other = picture(red=box(20))
    other[box(90)] = 250
    assert (bodies.add(4, 0, other, box(20) | box(90), STILL)[box(90)] == 3).all()


def test_every_shot_counts_anew():
    bodies = Bodies()
    bodies.add(0, 0, picture(), box(20) | box(100), None)
    numbers = bodies.add(1, 1, picture(), box(100), None)
    assert (numbers[box(100)] == 1).all()
    assert [(body.shot, body.number) for body in bodies.known] == [(0, 1), (0, 2), (1, 1)]


def test_an_empty_frame():
    assert not Bodies().add(0, 0, picture(), np.zeros((HEIGHT, WIDTH), bool), None).any()
