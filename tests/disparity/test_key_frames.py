"""Which frames a network looks at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from anybokeh.disparity.key_frames import KeyFrameSettings, moments

HEIGHT, WIDTH = 72, 128


def texture(seed: int, width: int = WIDTH) -> np.ndarray:
    """(HEIGHT, width, 3) uint8 with soft detail that motion can be seen by."""
    noise = np.random.default_rng(seed).integers(20, 236, (HEIGHT // 8, width // 8, 3)).astype(np.uint8)
    return cv2.resize(noise, (width, HEIGHT), interpolation=cv2.INTER_CUBIC)


def panned(steps: Sequence[int], seed: int = 0) -> list[np.ndarray]:
    """A camera that has moved by so many pixels in each frame."""
    wide = texture(seed, 4 * WIDTH)
    return [np.ascontiguousarray(wide[:, step : step + WIDTH]) for step in steps]


def keys(pictures: Sequence[np.ndarray], settings: KeyFrameSettings | None = None) -> list[int]:
    found = moments(pictures, settings or KeyFrameSettings())
    return [index for index, (_, moment) in enumerate(found) if moment.is_key]


def test_a_still_picture_has_a_key_frame_now_and_then() -> None:
    assert keys([texture(0)] * 20, KeyFrameSettings(longest=8)) == [0, 8, 16]


def test_more_motion_has_more_key_frames() -> None:
    slow, fast = keys(panned(range(0, 24, 1))), keys(panned(range(0, 96, 4)))
    assert slow == [0, 12]
    assert len(fast) > 3 and fast[0] == 0
    # a fifth of the width is new after six frames or seven
    assert max(np.diff(fast)) <= 8


def test_a_shot_begins_at_a_cut_and_nowhere_else() -> None:
    pictures = [*panned(range(5)), *panned(range(5), seed=1)]
    first = [index for index, (_, one) in enumerate(moments(pictures, KeyFrameSettings())) if one.is_first]
    assert first == [0, 5]


def test_flows_tell_where_pixels_were() -> None:
    found = [moment for _, moment in moments(panned(range(0, 12, 2)), KeyFrameSettings())]
    middle = np.s_[20:-20, 30:-30]
    # the picture moves left, so pixels were farther right, five steps back by ten pixels
    np.testing.assert_allclose(found[5].to_key[middle][..., 0].mean(), 10, atol=0.5)
    np.testing.assert_allclose(found[5].from_before[middle][..., 0].mean(), -2, atol=0.2)
    assert np.abs(found[5].to_key[middle][..., 1]).mean() < 0.3


def test_pictures_are_passed_on_and_looked_at_small() -> None:
    pictures = panned(range(3))
    found = list(moments(pictures, KeyFrameSettings(width=64)))
    assert all(passed is one for (passed, _), one in zip(found, pictures, strict=True))
    assert found[0][1].picture.shape == (36, 64, 3)


def test_pictures_too_small_for_motion() -> None:
    assert keys([texture(0)[:8]] * 3) == [0]
