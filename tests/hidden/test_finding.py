"""What one frame hides is taken from those that saw it."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.hidden import find_hidden, with_hidden
from anybokeh.hidden.finding import REACH
from anybokeh.shot import Behind

from .moving import Moving, moving


def dense(behind: Behind | None, height: int, width: int) -> np.ndarray:
    """(height, width, 5): colour, disparity and confidence of the nearest surface behind, else 0."""
    result = np.zeros((height, width, 5), np.float32)
    if behind is not None:
        y = np.repeat(np.arange(height), np.diff(behind.begins))
        values = np.column_stack([behind.colour, behind.disparity, behind.confidence])
        # the nearer of two comes first, and is to win
        result[y[::-1], behind.x[::-1]] = values[::-1]
    return result


def maps_of(clip: Moving) -> list[np.ndarray]:
    found = find_hidden(clip.frames, clip.disparity)
    return [dense(one, *clip.disparity.shape[1:]) for one in found]


def alike(one: Behind | None, other: Behind | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def test_a_background_is_found_behind_a_block_that_crosses_it() -> None:
    clip = moving()
    for index, found in enumerate(maps_of(clip)[2:-2], 2):
        inside, sure = clip.block[index], found[..., 4]
        assert (sure[inside] > 0.5).mean() > 0.8
        known = inside & (sure > 0.5)
        off = np.abs(found[..., :3] - clip.back[index].transpose(1, 2, 0))[known]
        assert np.median(off) < 0.02
        assert np.quantile(off, 0.95) < 0.1
        assert np.abs(found[..., 3][known] - 0.15).max() < 0.01
        # a background hides nothing
        assert (sure[~inside] > 0).mean() < 0.01


def test_motion_is_that_of_the_surface_behind() -> None:
    clip = moving(back=4.0, block=0.0)
    found, inside = maps_of(clip)[6], clip.block[6]
    known = inside & (found[..., 4] > 0.5)
    assert known.sum() > 0.6 * inside.sum()
    off = np.abs(found[..., :3] - clip.back[6].transpose(1, 2, 0))[known]
    assert np.median(off) < 0.03


@pytest.mark.parametrize("frames", [1, 5])
def test_nothing_is_found_where_nothing_moves(frames: int) -> None:
    clip = moving(frames, back=0.0, block=0.0)
    assert find_hidden(clip.frames, clip.disparity) == (None,) * frames


def test_no_cut_is_crossed() -> None:
    one, other = moving(6), moving(6, seed=9)
    alone = find_hidden(one.frames, one.disparity)
    together = find_hidden(
        np.concatenate([one.frames, 1 - other.frames]), np.concatenate([one.disparity, other.disparity])
    )
    assert all(alike(*both) for both in zip(alone, together[:6], strict=True))


def test_a_part_with_the_frames_around_it_is_as_in_the_whole() -> None:
    clip = moving(2 * REACH + 6, block=-2.0)
    pictures = (clip.frames.transpose(0, 2, 3, 1) * 255 + 0.5).astype(np.uint8)
    items = list(zip(range(len(pictures)), pictures, clip.disparity, strict=True))
    whole = [behind for _, _, behind in with_hidden(items)]
    part = list(with_hidden(items[2 : 2 * REACH + 4], lambda tag: tag in (REACH + 2, REACH + 3)))
    assert [tag for tag, _, _ in part] == [REACH + 2, REACH + 3]
    assert all(alike(behind, whole[tag]) for tag, _, behind in part)
    assert whole[REACH + 2] is not None


@pytest.mark.parametrize("value", [0.0, 1.0, None])
def test_pictures_without_motion_to_be_seen_do_no_harm(value: float | None) -> None:
    clip = moving(8)
    noise = np.random.default_rng(3).random(clip.frames.shape).astype(np.float32)
    frames = noise if value is None else np.full_like(clip.frames, value)
    for behind in find_hidden(frames, clip.disparity):
        assert behind is None or (behind.confidence >= 0).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (9, 17)])
def test_tiny_frames_are_taken(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    frames = rng.random((4, 3, *size)).astype(np.float32)
    assert len(find_hidden(frames, rng.random((4, *size)).astype(np.float32))) == 4


def test_shapes_have_to_match() -> None:
    with pytest.raises(InputError, match="disparity has shape"):
        find_hidden(np.zeros((2, 3, 8, 8), np.float32), np.zeros((2, 8, 9), np.float32))
