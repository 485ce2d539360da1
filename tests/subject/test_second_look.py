from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.subject.second_look import look_again
from anybokeh.subject.views import view

HEIGHT, WIDTH = 180, 320
FIGURE = slice(60, 120), slice(200, 230)


class FromClose:
    """Sees what is red, and only where it fills a good part of the picture."""

    name, is_guess = "from close", False

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        self.shapes.append(picture.shape[:2])
        red = (picture[..., 0] > 128).astype(np.float32)
        return red if red.mean() > 0.1 else np.zeros_like(red)


def scene(*red: tuple[slice, slice]) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    for part in red:
        picture[part] = (200, 40, 40)
    return picture


def region(*parts: tuple[slice, slice]) -> np.ndarray:
    result = np.zeros((HEIGHT, WIDTH), np.float32)
    for part in parts:
        result[part] = 1
    return result


def test_what_moves_and_was_overlooked_is_found_from_close():
    saliency = FromClose()
    found = look_again(view(scene(FIGURE)), saliency, region(), region(FIGURE))
    assert found[FIGURE].mean() > 0.9 and found.sum() < 1.2 * region(FIGURE).sum()
    assert all(rows < 0.8 * HEIGHT and columns < 0.8 * WIDTH for rows, columns in saliency.shapes)


def test_larger_frames_are_looked_at_in_more_detail():
    saliency = FromClose()
    large = cv2.resize(scene(FIGURE), (1024, 576), interpolation=cv2.INTER_NEAREST)
    found = look_again(view(large), saliency, region(), region(FIGURE))
    assert found[FIGURE].mean() > 0.9
    assert saliency.shapes[0][0] > 120


def test_what_was_found_is_not_looked_at_again():
    saliency = FromClose()
    before = region(FIGURE)
    np.testing.assert_array_equal(look_again(view(scene(FIGURE)), saliency, before, region(FIGURE)), before)
    assert not saliency.shapes


def test_what_moves_and_is_nothing_from_close_stays_out():
    assert not look_again(view(scene()), FromClose(), region(), region(FIGURE)).any()


def test_somebody_else_beside_what_moves_stays_out():
    beside = slice(60, 120), slice(245, 265)
    found = look_again(view(scene(FIGURE, beside)), FromClose(), region(), region(FIGURE))
    assert found[FIGURE].mean() > 0.9 and not found[beside].any()


@pytest.mark.parametrize("count", [1, 6])
def test_few_looks_a_picture(count):
    parts = [(slice(20, 50), slice(10 + 50 * index, 30 + 50 * index)) for index in range(count)]
    saliency = FromClose()
    look_again(view(scene()), saliency, region(), region(*parts))
    assert len(saliency.shapes) == min(count, 2)
