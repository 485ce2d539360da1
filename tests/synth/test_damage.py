"""Damaged disparity: repeatable, steady where networks are steady, and off when nothing is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.synth.damage import DAMAGES, DamageSettings, damage, parse_damage

FRAMES, HEIGHT, WIDTH = 6, 72, 128


@pytest.fixture(scope="module")
def disparity() -> np.ndarray:
    """A disc in front of a ramp."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    one = np.where(np.hypot(x - 60, y - 36) < 20, np.float32(0.8), 0.1 + 0.2 * y / HEIGHT)
    return np.repeat(one[None], FRAMES, 0).astype(np.float32)


def error(damaged: np.ndarray, disparity: np.ndarray) -> float:
    return float(np.abs(damaged - disparity).mean())


@pytest.mark.parametrize("name", list(DAMAGES))
def test_damage_repeats_and_stays_in_range(disparity: np.ndarray, name: str) -> None:
    settings = replace(DAMAGES[name], chance=1)
    first, again, other = (damage(disparity, settings, seed, focus=0.8) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert first.dtype == np.float32 and first.shape == disparity.shape
    assert first.min() >= 0 and first.max() <= 1
    assert error(first, disparity) > 1e-3


def test_stronger_settings_damage_more(disparity: np.ndarray) -> None:
    errors = [
        np.mean([error(damage(disparity, DAMAGES[name], seed), disparity) for seed in range(5)])
        for name in ("mild", "network", "strong")
    ]
    assert errors[0] < errors[1] < errors[2]


def test_no_settings_no_damage(disparity: np.ndarray) -> None:
    np.testing.assert_array_equal(damage(disparity, DamageSettings(), 3), disparity)
    np.testing.assert_array_equal(damage(disparity, replace(DAMAGES["strong"], chance=0), 3), disparity)


def test_half_of_the_clips_are_left_alone_by_the_papers_damage(disparity: np.ndarray) -> None:
    untouched = [np.array_equal(damage(disparity[:1], DAMAGES["paper"], s, focus=0.8), disparity[:1])
                 for s in range(60)]  # fmt: skip
    assert 0.3 < np.mean(untouched) < 0.7


def test_outline_errors_last_and_the_papers_do_not(disparity: np.ndarray) -> None:
    lasting = damage(disparity, DamageSettings(shift=6, seconds=2), 1)
    changing = damage(disparity, DamageSettings(shift=6, seconds=0.01), 1)
    jumps = [np.abs(np.diff(one, axis=0)).mean() for one in (lasting, changing)]
    assert jumps[0] < 0.35 * jumps[1]


def test_bias_moves_outlines_one_way(disparity: np.ndarray) -> None:
    areas = [(damage(disparity, DamageSettings(bias=20), seed)[0] > 0.5).sum() for seed in range(8)]
    exact = (disparity[0] > 0.5).sum()
    assert min(areas) < exact < max(areas)


def test_band_noise_stays_near_the_focus(disparity: np.ndarray) -> None:
    moved = DamageSettings(shift=8)
    frayed = replace(moved, band=0.1)
    far = damage(disparity, frayed, 1, focus=1.0)
    np.testing.assert_allclose(far, damage(disparity, moved, 1), atol=1e-6)
    near = damage(disparity, frayed, 1, focus=0.8)
    changed = np.abs(near - damage(disparity, moved, 1)) > 1e-6
    assert 0 < changed.mean() < 0.2


def test_eight_bits_hold_at_most_256_values(disparity: np.ndarray) -> None:
    assert len(np.unique(damage(disparity, DamageSettings(blur=2, bits=8), 1))) <= 256


def test_bad_arguments_are_reported(disparity: np.ndarray) -> None:
    with pytest.raises(InputError, match="damage is 'rust'"):
        parse_damage("rust")
    with pytest.raises(InputError, match="focus is missing"):
        damage(disparity, DAMAGES["paper"], 1)
    with pytest.raises(InputError, match=r"shape \(72, 128\)"):
        damage(disparity[0])
    with pytest.raises(InputError, match="blur is -1"):
        DamageSettings(blur=-1)
