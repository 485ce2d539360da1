from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import frame_times, parse_focus
from anybokeh.focus.resolve import FocusResolver, frame_at

from .moving import COUNT, HEIGHT, WIDTH, Disparity, grey, path

TRUTH = 0.5 + 0.005 * np.arange(COUNT)
TIMES = frame_times(COUNT, 24)
ALL = np.arange(COUNT)


def colour_frames():
    return (np.repeat(grey(index)[..., None], 3, axis=2) for index in range(COUNT))


@pytest.fixture
def resolver():
    # Displayed twice as wide as stored, as anamorphic video is.
    return FocusResolver(Disparity(), TIMES, (2 * WIDTH, HEIGHT), colour_frames)


def test_numbers(resolver):
    assert resolver(parse_focus(0.25), ALL).tolist() == [0.25] * COUNT


def test_points_count_in_the_displayed_frame(resolver):
    x, y = path(12)
    for text in (f"point:{2 * x},{y}@0.5", f"point:{100 * x / WIDTH}%,{y}@0.5"):
        np.testing.assert_allclose(resolver(parse_focus(text), ALL), TRUTH, atol=0.01)
    assert resolver.notes == []


def test_a_point_outside_of_the_frame_or_the_clip(resolver):
    for text in ("point:700,10", "point:10,190", "point:10,10@2"):
        with pytest.raises(InputError):
            resolver(parse_focus(text), ALL)


def test_parts_of_the_clip_get_what_the_whole_gets(resolver, tmp_path):
    for index in range(COUNT):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.circle(mask, [round(v) for v in path(index)], 20, 255, -1)
        cv2.imwrite(str(tmp_path / f"{index}.png"), mask)
    x, y = path(20)
    for spec in (parse_focus(f"mask:{tmp_path}"), parse_focus(f"point:{2 * x},{y}@{20 / 24}")):
        whole = resolver(spec, ALL)
        np.testing.assert_allclose(whole, TRUTH, atol=0.01)
        for part in (ALL[15:22], ALL[:3], ALL[-1:], ALL[[3, 4, 30]]):
            np.testing.assert_allclose(resolver(spec, part), whole[part], atol=1e-6)


def test_a_lost_point_is_noted():
    def frames():
        return (
            frame if index < 20 else 255 - frame[::-1, ::-1] for index, frame in enumerate(colour_frames())
        )

    resolver = FocusResolver(Disparity(), TIMES, (WIDTH, HEIGHT), frames)
    x, y = path(5)
    focus = resolver(parse_focus(f"point:{x},{y}@{5 / 24}"), ALL)
    assert len(resolver.notes) == 1
    assert f"out of sight from {round(20 / 24, 2):g} s on; the focus is held there" in resolver.notes[0]
    np.testing.assert_allclose(focus[20:], TRUTH[19], atol=0.02)


def test_a_subject_needs_the_clip(resolver):
    with pytest.raises(InputError, match="focus subject: the clip is not known"):
        resolver(parse_focus("subject"), ALL)


def test_frame_at():
    times = np.array([0, 0.1, 0.5, 0.6])
    assert [frame_at(t, times) for t in (0, 0.05, 0.1, 0.0999, 0.4, 0.65)] == [0, 0, 1, 1, 1, 3]
    with pytest.raises(InputError, match=r"ends at 0\.7"):
        frame_at(0.8, times)
    assert frame_at(5, np.zeros(1)) == 0
