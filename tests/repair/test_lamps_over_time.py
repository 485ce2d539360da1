"""Lamps over time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.optics.light import decode, encode
from anybokeh.repair import RepairSettings, repair, repaired
from anybokeh.repair.lamps_over_time import REACH

LAMPS = RepairSettings(disparity=False, highlights=True)
HEIGHT, WIDTH = 144, 256


def picture(
    place: tuple[float, float], light: float, radius: float = 2.5, around: float = 0.02
) -> np.ndarray:
    """(height, width, 3) linear, of a lamp before a dark ground."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    cover = np.clip(radius + 0.5 - np.hypot(y - place[0], x - place[1]), 0, 1)[..., None]
    return cv2.GaussianBlur(around * (1 - cover) + cover * light * np.ones(3), (0, 0), 0.6)


def recorded(lights: list[np.ndarray], grain: float) -> np.ndarray:
    """(frames, 3, height, width) of 8 bits, with grain."""
    rng = np.random.default_rng(0)
    frames = encode(np.minimum(np.stack(lights), 1), "srgb") + grain * rng.standard_normal((
        len(lights), HEIGHT, WIDTH, 3,
    ))  # fmt: skip
    return np.round(np.clip(frames, 0, 1) * 255).astype(np.float32).transpose(0, 3, 1, 2) / 255


def gains(frames: np.ndarray) -> np.ndarray:
    found = repair(frames, np.full((len(frames), HEIGHT, WIDTH), 0.5, np.float32), LAMPS).radiance
    return np.ones_like(frames) if found is None else found


def discs(frames: np.ndarray, gain: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    """(frames,) level of the disc that the lamp becomes."""
    y, x = place
    here = (slice(None), slice(None), slice(y - 8, y + 9), slice(x - 8, x + 9))
    return 255 * encode(np.minimum((decode(frames, "srgb") * gain)[here].mean((1, 2, 3)), 1), "srgb")


@pytest.mark.parametrize(("light", "grain"), [(1.1, 0.025), (1.2, 0.01), (1.2, 0.025), (2.0, 0.01)])
def test_a_lamp_near_clipping_does_not_blink(light: float, grain: float) -> None:
    frames = recorded([picture((40.3, 70.2), light)] * 36, grain)
    found = discs(frames, gains(frames), (40, 70))
    alone = [discs(one[None], gains(one[None]), (40, 70))[0] for one in frames]
    assert found.mean() > discs(frames, np.ones_like(frames), (40, 70)).mean() + 5
    assert found.std() < min(3.5, 0.5 * np.std(alone))


def test_a_lamp_keeps_its_light_while_it_moves() -> None:
    frames = recorded([picture((40.3, 30.2 + 2 * t), 3.0) for t in range(20)], 0.01)
    gain = gains(frames)
    light = [np.log2(one.max()) for one in gain]
    assert min(light) > 1 and np.std(light) < 0.1


def test_a_lamp_comes_and_goes_with_itself() -> None:
    dark, on = picture((40.3, 70.2), 0.02), picture((40.3, 70.2), 4.0)
    gain = gains(recorded([dark] * 8 + [on] * 6 + [dark] * 8, 0.005))
    light = gain.max((1, 2, 3))
    assert (light[:8] == 1).all() and (light[14:] == 1).all()
    assert light[8:14].min() > 2


def test_what_is_white_in_another_shot_is_not_lit() -> None:
    on = picture((40.3, 70.2), 4.0)
    wall = np.full_like(on, 0.4)
    wall[20:70, 40:120] = 1.2
    frames = recorded([on] * 6 + [wall] * 6 + [on] * 6, 0.005)
    gain = gains(frames)
    assert (gain[6:12] == 1).all()
    assert gain[[5, 12]].max((1, 2, 3)).min() > 0.9 * gain[0].max()


def test_the_result_depends_on_the_frames_around_alone() -> None:
    frames = recorded([picture((40.3, 40.2 + t), 1.1) for t in range(2 * REACH + 6)], 0.02)
    whole = gains(frames)
    for index in (REACH, REACH + 3):
        part = gains(frames[index - REACH : index + REACH + 1])
        np.testing.assert_array_equal(part[REACH], whole[index])


def test_no_more_frames_are_held_than_are_looked_at() -> None:
    frames = recorded([picture((40.3, 70.2), 3.0)] * 40, 0.01).transpose(0, 2, 3, 1)
    read: list[int] = []

    def items():
        for index, frame in enumerate(frames):
            read.append(index)
            yield index, frame, frame[..., 0], frame[..., 0]

    for index, _, light in repaired(items(), LAMPS):
        assert light is not None
        assert len(read) <= index + REACH + 20
