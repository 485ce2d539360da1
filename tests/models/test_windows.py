"""Windows, chunks and segments as plain numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.models.windows import plan_windows, segments, window_count
from anybokeh.render.segment_plan import SegmentPlan, cut

SHAPES = [(8, 4), (8, 2), (8, 0), (6, 3), (5, 1), (2, 1), (1, 0)]


@pytest.mark.parametrize(
    ("frames", "windows"), [(1, 1), (8, 1), (9, 2), (12, 2), (13, 3), (18, 4), (24, 5), (100, 24)]
)
def test_number_of_windows(frames: int, windows: int) -> None:
    assert window_count(frames) == windows == max(1, math.ceil((frames - 4) / 4))
    assert len(plan_windows(frames).windows) == windows


@pytest.mark.parametrize("frames", [1, 5, 8])
def test_short_clips_are_one_window_of_their_own_length(frames: int) -> None:
    plan = plan_windows(frames)
    assert [(w.start, w.stop) for w in plan.windows] == [(0, frames)]
    assert [(c.start, c.stop, c.own) for c in plan.chunks] == [(0, frames, False)]


def test_weights_are_cosine_and_complement_each_other() -> None:
    first, second, *_ = plan_windows(18).windows
    falling = [0.5 * (1 + math.cos(math.pi * j / 4)) for j in range(4)]
    assert first.weights.tolist() == pytest.approx([1, 1, 1, 1, *falling])
    assert second.weights[:4].tolist() == pytest.approx([1 - fall for fall in falling])


@pytest.mark.parametrize(("window", "overlap"), SHAPES)
@pytest.mark.parametrize("frames", [1, 7, 8, 9, 10, 12, 13, 17, 23, 24, 25, 40])
def test_plans_cover_every_frame_once(window: int, overlap: int, frames: int) -> None:
    plan = plan_windows(frames, window, overlap)
    total = np.zeros(plan.windows[-1].stop)
    for one in plan.windows:
        total[one.start : one.stop] += one.weights
    assert total == pytest.approx(1)
    shown = [frame for chunk in plan.chunks for frame in range(chunk.shown_from, chunk.shown_to)]
    assert shown == list(range(frames))
    for chunk in plan.chunks:
        assert chunk.start <= chunk.shown_from < chunk.shown_to <= chunk.stop
        assert chunk.stop - chunk.start <= window
        assert chunk.stop <= plan.windows[chunk.window].stop
        later = plan.windows[chunk.window + 1 :]
        assert chunk.own or all(one.start >= chunk.stop for one in later)


@pytest.mark.parametrize(
    ("frames", "tail"),
    [(9, (4, 12, 8, 9, True)), (12, (4, 12, 8, 12, True)), (13, (8, 16, 8, 13, False))],
)
def test_the_tail_is_decoded_as_in_the_release(frames: int, tail: tuple) -> None:
    last = plan_windows(frames).chunks[-1]
    assert (last.start, last.stop, last.shown_from, last.shown_to, last.own) == tail


@pytest.mark.parametrize(("window", "overlap"), SHAPES)
@pytest.mark.parametrize("most", [1, 16])
def test_segments_have_the_windows_and_chunks_of_the_whole(window: int, overlap: int, most: int) -> None:
    for frames in range(1, 60):
        whole = plan_windows(frames, window, overlap)
        windows, chunks = {}, []
        for part, before, after in cut(range(frames), segments(most, window, overlap)):
            first = part[0]
            plan = plan_windows(len(part), window, overlap, before=before, after=after)
            for one in plan.windows:
                windows[first + one.start] = first + one.stop
            chunks += [(first + c.start, first + c.stop, first + c.shown_from, c.own) for c in plan.chunks]
        assert windows == {one.start: one.stop for one in whole.windows}, frames
        assert chunks == [(c.start, c.stop, c.shown_from, c.own) for c in whole.chunks], frames


def test_cuts_know_nothing_of_the_length() -> None:
    plain = SegmentPlan(3)
    assert [part for part, _, _ in cut(range(7), plain)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [part for part, _, _ in cut(range(6), plain)] == [[0, 1, 2], [3, 4, 5]]
    assert list(cut([], plain)) == []
    taken = []
    stream = cut((taken.append(i) or i for i in range(1000)), segments(8))
    next(stream)
    assert len(taken) == 12


def test_impossible_plans_are_reported() -> None:
    for window, overlap in ((0, 0), (8, 5), (8, -1)):
        with pytest.raises(InputError, match=f"windows of {window} frames overlapping by {overlap}"):
            plan_windows(20, window, overlap)
    for context in ({"before": 3}, {"after": 3}, {"before": 4, "after": 4}):
        with pytest.raises(ValueError, match="not a segment"):
            plan_windows(13, **context)
