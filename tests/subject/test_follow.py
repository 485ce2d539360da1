from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from anybokeh.subject.follow import KEY_STEP, LOOK_AHEAD, follow_subject
from anybokeh.subject.views import view

from .scenes import COUNT, HEIGHT, WIDTH, Known, frame, iou, mask, texture

MASKS = {index: mask(index) for index in range(COUNT)}


class Nothing:
    name, is_guess = "nothing", True

    def __call__(self, picture):
        return np.zeros(picture.shape[:2], np.float32)


class Fixed:
    """The same answer for every picture."""

    name, is_guess = "fixed", False

    def __init__(self, share: np.ndarray) -> None:
        self.share = share
        self.times = 0

    def __call__(self, picture):
        self.times += 1
        return self.share.astype(np.float32)


@pytest.fixture(scope="module")
def sightings():
    saliency = Known(MASKS)
    return list(follow_subject((view(frame(i)) for i in range(COUNT)), saliency)), saliency


def test_a_moving_subject_is_followed_between_key_frames(sightings):
    found, saliency = sightings
    assert len(found) == COUNT
    assert saliency.requested == list(range(0, COUNT, KEY_STEP))
    scores = [iou(one.share > 0.5, MASKS[index]) for index, one in enumerate(found)]
    assert np.mean(scores) > 0.88 and min(scores) > 0.8
    assert all(one.confidence > 0.6 for one in found)
    assert [one.starts_shot for one in found] == [True] + [False] * (COUNT - 1)


@pytest.mark.slow
def test_motion_makes_up_for_a_network_that_sees_half_of_the_subject(sightings):
    halves = {index: one.copy() for index, one in MASKS.items()}
    for index, one in halves.items():
        one[: np.flatnonzero(MASKS[index].any(axis=1)).mean().astype(int)] = False
    found = follow_subject((view(frame(i)) for i in range(COUNT)), Known(halves))
    scores = [iou(one.share > 0.5, MASKS[index]) for index, one in enumerate(found)]
    # the halves themselves score 0.5
    assert np.mean(scores) > 0.75


def test_a_subject_that_stays_is_what_the_network_says():
    still = mask(0, moves=False)
    saliency = Fixed(still)
    found = list(follow_subject((view(frame(0, False)) for _ in range(12)), saliency))
    assert min(iou(one.share > 0.5, still) for one in found) > 0.9
    assert saliency.times == 2


def test_one_key_frame_that_says_something_else_changes_little():
    still, elsewhere = mask(0, moves=False), np.roll(mask(0, moves=False), 70, axis=1)

    class Flickers(Fixed):
        def __call__(self, picture):
            self.share = elsewhere if self.times == 2 else still
            return super().__call__(picture)

    found = list(follow_subject((view(frame(0, False)) for _ in range(5 * KEY_STEP)), Flickers(still)))
    assert min(iou(one.share > 0.5, still) for one in found) > 0.7


def test_background_that_is_covered_later_is_no_subject():
    # flat, so that flow does not tell where the background begins
    frames = [np.where(mask(i)[..., None], frame(i), 200).astype(np.uint8) for i in range(KEY_STEP + 10)]
    masks = {i: mask(i) for i in range(len(frames))}

    class Exact(Nothing):
        def __call__(self, picture):
            index = int(np.argmin([np.abs(one.astype(int) - picture).sum() for one in frames]))
            return masks[index].astype(np.float32)

    found = list(follow_subject(map(view, frames), Exact()))
    beside = np.zeros_like(masks[0])
    beside[:, 70:] = True
    for index in (0, 1, 5):
        assert (found[index].share > 0.5)[beside & ~masks[index]].mean() < 0.02


@pytest.mark.slow
def test_frames_come_out_a_short_look_ahead_later_and_memory_is_bounded():
    read = 0

    def views():
        nonlocal read
        while True:
            read += 1
            yield view(frame(read % COUNT, False))

    following = follow_subject(views(), Fixed(mask(0, moves=False)))
    for count, _ in enumerate(islice(following, 60)):
        assert read <= count + 1 + LOOK_AHEAD


@pytest.mark.slow
def test_what_comes_after_the_look_ahead_changes_nothing(sightings):
    part = list(follow_subject((view(frame(i)) for i in range(30)), Known(MASKS)))
    for index in range(30 - LOOK_AHEAD):
        np.testing.assert_array_equal(part[index].share, sightings[0][index].share)


def test_what_moves_is_found_from_close_where_the_whole_picture_hides_it():
    def red(index: int) -> np.ndarray:
        picture = frame(index) // 2
        picture[mask(index), 0] += 128
        return picture

    class FromClose(Nothing):
        def __call__(self, picture):
            whole = picture.shape[:2] == (HEIGHT, WIDTH)
            return np.where(whole, 0, picture[..., 0] > 127).astype(np.float32)

    found = list(follow_subject((view(red(index)) for index in range(24)), FromClose()))
    assert np.mean([iou(one.share > 0.5, mask(index)) for index, one in enumerate(found)]) > 0.7


def test_cuts_begin_shots():
    other = texture(9, HEIGHT, 3 * WIDTH)
    frames = [frame(i) for i in range(10)] + [255 - frame(i, False, other)[::-1] // 3 for i in range(10)]
    found = list(follow_subject(map(view, frames), Fixed(mask(5))))
    assert [index for index, one in enumerate(found) if one.starts_shot] == [0, 10]
    assert found[10].link is None and found[11].link is not None


def test_cuts_every_other_frame():
    frames = [np.where(texture(20 + index // 2, HEIGHT, WIDTH) > 128, 230, 20) for index in range(12)]
    found = list(follow_subject((view(one.astype(np.uint8)) for one in frames), Fixed(mask(5))))
    assert sum(one.starts_shot for one in found) == 6
    assert min(iou(one.share > 0.5, mask(5)) for one in found) > 0.7


def test_black_frames_have_no_subject():
    frames = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 5 + [frame(i, False) for i in range(5)]
    saliency = Fixed(mask(0, moves=False))
    found = list(follow_subject(map(view, frames), saliency))
    assert [one.confidence > 0 for one in found] == [False] * 5 + [True] * 5
    assert not found[2].share.any()
    # the network is not asked about nothing
    assert saliency.times == 1


def test_nothing_salient():
    found = list(follow_subject((view(frame(0, False)) for _ in range(3)), Nothing()))
    assert [one.confidence for one in found] == [0, 0, 0]
    assert not any(one.share.any() for one in found)


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (40, 7)])
def test_tiny_frames(shape):
    pictures = [np.random.default_rng(i).integers(0, 256, (*shape, 3), np.uint8) for i in range(4)]
    found = list(follow_subject(map(view, pictures), Nothing()))
    assert [one.share.shape for one in found] == [shape] * 4
