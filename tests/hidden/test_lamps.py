"""Lamps that something hides are as bright as other frames know them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anybokeh.hidden import find_hidden
from anybokeh.hidden.lamps import lit
from anybokeh.optics.light import decode
from anybokeh.render import LayeredRenderer, Scene, Shot
from anybokeh.repair.lamp_light import Light
from anybokeh.shot import Behind

from .moving import Moving, moving

STOPS = 4.0
COLOUR = np.array([1.0, 0.5, 0.25])
"""Shares of the light above white that its channels have."""


def with_lamp(frames: int = 12) -> tuple[Moving, list[Light], np.ndarray]:
    """A dark background with one white lamp, its light in each frame, and where it is (frames, y, x)."""
    clip = moving(frames)
    pictures, backs = clip.frames.copy(), clip.back.copy()
    lights, lamp = [], np.zeros(clip.block.shape, bool)
    for index in range(frames):
        left = 50 + index
        lamp[index, 33:39, left : left + 6] = True
        backs[index][:, lamp[index]] = 1
        shown = lamp[index] & ~clip.block[index]
        pictures[index][:, shown] = 1
        y, x = np.nonzero(shown)
        stops = np.broadcast_to(STOPS * COLOUR, (len(y), 3)).astype(np.float32)
        lights.append(Light(shown.shape, y.astype(np.int32), x.astype(np.int32), stops))
    return Moving(pictures, clip.disparity, clip.block, backs), lights, lamp


def known_in(behind: Behind | None, where: np.ndarray) -> np.ndarray:
    """Which samples lie where, (samples,) bool."""
    assert behind is not None
    y = np.repeat(np.arange(len(behind.begins) - 1), np.diff(behind.begins))
    return where[y, behind.x] & (behind.confidence > 0.5)


def test_a_hidden_lamp_has_the_light_that_other_frames_know() -> None:
    clip, lights, lamp = with_lamp()
    checked = 0
    for index, behind in enumerate(find_hidden(clip.frames, clip.disparity, lights)):
        hidden = lamp[index] & clip.block[index]
        if not hidden.any() or behind is None:
            continue
        inside = known_in(behind, hidden)
        checked += inside.sum()
        # its outermost pixels may fall beside it in other frames
        assert np.median(behind.gain[inside], 0) == pytest.approx(2 ** (STOPS * COLOUR), rel=0.02)
        assert (behind.gain[known_in(behind, ~lamp[index])] < 1.01).mean() > 0.97
    assert checked > 60


def test_without_lamps_there_is_no_gain() -> None:
    clip, lights, _ = with_lamp()
    plain = find_hidden(clip.frames, clip.disparity)
    found = find_hidden(clip.frames, clip.disparity, lights)
    assert all(behind is None or behind.gain is None for behind in plain)
    for one, other in zip(plain, found, strict=True):
        if one is not None and other is not None:
            assert np.array_equal(one.colour, other.colour)


def test_its_disc_beside_the_subject_keeps_its_brightness() -> None:
    clip, lights, lamp = with_lamp()
    index = next(i for i in range(12) if not (lamp[i] & ~clip.block[i]).any())
    behind = find_hidden(clip.frames, clip.disparity, lights)[index]
    assert behind is not None
    dark = np.ones((1, 3, *lamp.shape[1:]), np.float32)
    bright = dark.copy()
    bright[0][:, lamp[index]] = 2 ** (STOPS * COLOUR)[:, None]
    maps, beside = clip.disparity[index : index + 1], ~clip.block[index]

    def beside_it(frame: np.ndarray, scene: Scene) -> float:
        """Red light beside the subject that is in focus."""
        result = LayeredRenderer().render(Shot(frame[None], scene, 0.85, 20 * 1024 / 128, 0.0))
        return float(decode(result[0, 0], "srgb")[beside].sum())

    # beside the subject is seen what there is without it
    truth = beside_it(clip.back[index], Scene(np.full_like(maps, 0.15), bright))
    found = beside_it(clip.frames[index], Scene(maps, dark, (behind,)))
    clipped = beside_it(clip.frames[index], Scene(maps, dark, (replace(behind, gain=None),)))
    assert found == pytest.approx(truth, rel=0.005)
    assert clipped < 0.95 * truth


def test_lights_are_sorted_by_rows() -> None:
    light = Light(
        (4, 9), np.array([2, 0, 2], np.int32), np.array([5, 3, 1], np.int32), np.eye(3, dtype=np.float32)
    )
    found = lit([None, light], 4)
    assert found is not None
    assert found.begins.tolist() == [[0] * 5, [0, 1, 1, 3, 3]]
    assert found.x.tolist() == [3, 1, 5]
    assert np.array_equal(found.stops, np.eye(3)[[1, 2, 0]])
    assert lit([None, None], 4) is None
