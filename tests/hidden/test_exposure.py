"""Changes of exposure are told from what moves."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.hidden.exposure import combined, gain_between

SIZE = 48, 80


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(30, 200, (*SIZE, 3)).astype(np.float32)


def still() -> np.ndarray:
    return np.zeros((*SIZE, 3), np.float32)


def test_each_channel_has_its_gain() -> None:
    here = picture()
    found = gain_between(here, here / np.float32([1.1, 0.95, 1.0]), still())
    assert found == pytest.approx([1.1, 0.95, 1.0], abs=1e-3)


def test_flow_leads_to_the_same_surface() -> None:
    here = picture()
    there, flow = np.roll(here, 3, axis=1) * np.float32(0.8), still()
    flow[..., 0] = 3
    assert gain_between(here, there, flow) == pytest.approx([1.25] * 3, abs=1e-3)


def test_what_moves_by_itself_does_not_count() -> None:
    here, there = picture(), picture() * np.float32(0.9)
    there[:, :24] = picture(1)[:, :24]
    assert gain_between(here, there, still()) == pytest.approx([1 / 0.9] * 3, abs=0.01)


def test_black_and_white_tell_nothing() -> None:
    here = np.full((*SIZE, 3), 255, np.float32)
    assert (gain_between(here, here * 0, still()) == 1).all()
    assert (gain_between(here, here * np.float32(0.9), still()) == 1).all()


def test_gains_from_frame_to_frame_are_multiplied_and_noise_is_none() -> None:
    one = np.float32([1.1, 0.5, 1.001])
    assert combined([one, one]) == pytest.approx([1.21, 0.25, 1], abs=1e-6)
    assert combined([one, one])[2] == 1
