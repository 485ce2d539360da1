"""Disparity made steady: jitter and noise go, motion, cuts and exact maps stay."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from anybokeh.disparity import steady
from anybokeh.disparity.aligning import consensus
from anybokeh.disparity.averaging import _add
from anybokeh.disparity.glimpses import Calibration, calibrate, glimpse, link
from anybokeh.disparity.steadying import REACH, SteadySettings, steadied
from anybokeh.errors import InputError
from anybokeh.runtime.threads import Crew
from disparity import damaged, plain

TEMPORAL = SteadySettings(outlines=None)


def flicker(result: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(np.diff(result - exact, axis=0)).mean())


def test_exact_disparity_stays() -> None:
    frames, exact = damaged.scene(frames=9)
    result = steady(frames, exact)
    error = np.abs(result - exact)
    assert error.mean() < 2e-4
    assert (error > 0.02).mean() < 1e-3


def test_jitter_of_scale_and_shift_goes() -> None:
    frames, exact = damaged.scene(frames=16)
    wrong = damaged.jittered(exact)
    result = steady(frames, wrong, TEMPORAL)
    inner = slice(3, -3)
    assert flicker(result[inner], exact[inner]) < 0.45 * flicker(wrong[inner], exact[inner])


def test_noise_goes_and_moving_edges_are_not_smeared() -> None:
    frames, exact = damaged.scene(frames=12)
    wrong = damaged.noisy(exact)
    result = steady(frames, wrong, SteadySettings(align=False, outlines=None))
    inner = slice(3, -3)
    assert flicker(result[inner], exact[inner]) < 0.6 * flicker(wrong[inner], exact[inner])
    # nothing lies between two surfaces that did not before
    assert (np.abs(result - exact) > 0.06).mean() < 1e-3


def test_all_of_it_together() -> None:
    frames, exact = damaged.scene(frames=10, seed=2)
    wrong = damaged.jittered(damaged.noisy(damaged.enlarged(exact)))
    result = steady(frames, wrong)
    assert np.abs(result - exact).mean() < 0.7 * np.abs(wrong - exact).mean()
    assert flicker(result, exact) < 0.75 * flicker(wrong, exact)


def deviation(result: np.ndarray, exact: np.ndarray) -> float:
    return float(np.sqrt(((result - exact) ** 2).mean()))


def still(frames: int, levels: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A camera's frames of what stands still, and its exact disparity."""
    pictures, exact = damaged.scene(seed=seed)
    return damaged.filmed(pictures[0], frames, levels, seed), np.repeat(0.1 + 0.8 * exact, frames, axis=0)


@pytest.mark.parametrize("amount", [0.01, 0.03])
@pytest.mark.parametrize("damage", [damaged.wobbling, damaged.speckled])
def test_what_stands_still_does_not_wobble(damage, amount) -> None:
    """Left of the change from frame to frame: 0.06 to 0.11; before 0.36 and 0.83 of cells, 1.04 of pixels.

    Left of the deviation: 0.26 to 0.33, as of the mean over the 10 to 19 frames that are in reach.
    """
    for seed, levels in ((0, 0), (1, 1), (2, 2)):
        frames, exact = still(24, levels, seed)
        wrong = damage(exact, amount, seed)
        result = steady(frames, wrong, TEMPORAL)
        assert flicker(result, exact) < 0.15 * flicker(wrong, exact)
        assert deviation(result, exact) < 0.35 * deviation(wrong, exact)


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("where", [np.s_[:, :], np.s_[30:90, 60:160]])
def test_jumps_of_a_few_frames_go(length, where) -> None:
    """Left of a jump of 0.1 is less than 0.001, before it was 0.044 in them and 0.042 in frames around."""
    frames, exact = still(20, 1)
    wrong = exact.copy()
    wrong[(slice(9, 9 + length), *where)] += 0.1
    assert np.abs(steady(frames, wrong, TEMPORAL) - exact).max() < 0.001


@pytest.mark.parametrize(("scale", "shift"), [(1, 0.1), (1.3, 0), (0.7, 0.1)])
def test_jumps_go_where_things_move(scale, shift) -> None:
    """Left of it 0.10 to 0.25, most at the edges of what moves; before 0.44."""
    for length in (1, 2, 3):
        frames, exact = damaged.scene(frames=20, seed=3)
        exact = 0.1 + 0.7 * exact
        wrong = exact.copy()
        at = slice(9, 9 + length)
        wrong[at] = np.clip(scale * wrong[at] + shift, 0, 1)
        result = steady(frames, wrong, TEMPORAL)
        assert deviation(result[at], exact[at]) < 0.3 * deviation(wrong[at], exact[at])
        assert np.abs(result - exact)[:9].mean() < 0.001


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("amount", [0, 0.01])
def test_what_comes_nearer_is_followed(flat, amount) -> None:
    """Over ten frames 0.3 nearer; it is off by up to 0.005 in the mean, with noise 0.016; before 0.026."""
    frames, exact = damaged.approaching(24, flat)
    result = steady(frames, damaged.wobbling(exact, amount), TEMPORAL)
    off = [(found - true)[true > 0.35].mean() for found, true in zip(result, exact, strict=True)]
    assert np.abs(off).max() < (0.02 if amount else 0.008)


def test_a_steady_approach_keeps_its_speed() -> None:
    frames, exact = damaged.scene(frames=12, speed=0)
    rising = exact * np.linspace(0.5, 1, 12, dtype=np.float32)[:, None, None]
    np.testing.assert_allclose(steady(frames, rising, TEMPORAL), rising, atol=0.003)


def test_nothing_crosses_a_cut() -> None:
    one, two = damaged.scene(frames=6, seed=1), damaged.scene(frames=6, seed=5)
    maps = damaged.jittered(np.concatenate([one[1], two[1] * 0.5]))
    cut = steady(np.concatenate([one[0], two[0]]), maps)
    apart = np.concatenate([steady(one[0], maps[:6]), steady(two[0], maps[6:])])
    np.testing.assert_array_equal(cut, apart)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_cuts_every_few_frames(length: int) -> None:
    shots = [damaged.scene(frames=length, seed=seed) for seed in range(4)]
    frames, exact = (np.concatenate(parts) for parts in zip(*shots, strict=True))
    result = steady(frames, exact)
    assert np.abs(result - exact).mean() < 1e-3


def test_a_part_comes_out_as_in_the_whole() -> None:
    frames, exact = damaged.scene(frames=2 * REACH + 8, height=72, width=128)
    wrong = damaged.jittered(damaged.noisy(damaged.enlarged(exact)))
    whole = steady(frames, wrong)
    part = steady(frames[2:-1], wrong[2:-1])
    np.testing.assert_array_equal(part[REACH:-REACH], whole[2 + REACH : -1 - REACH])


def test_frames_are_read_only_a_little_ahead() -> None:
    frames, exact = damaged.scene(frames=3, height=48, width=64)
    read = 0

    def endless() -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        nonlocal read
        for index in range(60):
            read += 1
            pixels = np.ascontiguousarray(frames[index % 3].transpose(1, 2, 0))
            yield index, (pixels * 255).astype(np.uint8), exact[index % 3]

    for index, (tag, _) in enumerate(steadied(endless())):
        assert tag == index
        assert read <= index + REACH + 1
    assert read == 60


@pytest.mark.parametrize("picture", ["black", "white"])
def test_pictures_without_anything_in_them(picture: str) -> None:
    frames = np.full((5, 3, 48, 64), float(picture == "white"), np.float32)
    exact = damaged.scene(frames=5, height=48, width=64, speed=0)[1]
    result = steady(frames, exact)
    assert np.abs(result - exact).mean() < 1e-3


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (20, 16)])
def test_tiny_clips(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    disparity = rng.random((4, *size)).astype(np.float32)
    result = steady(rng.random((4, 3, *size)), disparity)
    assert result.shape == disparity.shape
    assert result.min() >= 0 and result.max() <= 1


def test_torch_tensors_come_back_as_tensors() -> None:
    torch = pytest.importorskip("torch")
    frames, exact = damaged.scene(frames=3, height=48, width=64)
    result = steady(torch.from_numpy(frames), torch.from_numpy(exact))
    np.testing.assert_array_equal(result.numpy(), steady(frames, exact))


def test_shapes_and_values_are_checked() -> None:
    frames, exact = damaged.scene(frames=2, height=48, width=64)
    with pytest.raises(InputError, match="shape"):
        steady(frames, exact[:1])
    with pytest.raises(InputError, match="shape"):
        steady(frames[0], exact)
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        steady(frames, exact + 0.5)


def test_calibration_is_found_in_spite_of_noise_and_moving_things() -> None:
    rng = np.random.default_rng(0)
    there = rng.uniform(0.1, 0.7, 4000)
    here = 1.04 * there - 0.02 + rng.normal(0, 0.004, 4000)
    here[:600] += 0.2
    found = calibrate(there + rng.normal(0, 0.004, 4000), here)
    assert found.scale == pytest.approx(1.04, abs=0.004)
    assert found.shift == pytest.approx(-0.02, abs=0.002)


def test_calibrations_chain_and_turn_round() -> None:
    one, two = Calibration(1.1, -0.05), Calibration(0.9, 0.1)
    assert two.after(one)(0.5) == pytest.approx(float(two(one(np.float32(0.5)))))
    assert one.inverse()(one(np.float32(0.3))) == pytest.approx(0.3)


def test_consensus_undoes_the_jitter_of_one_frame() -> None:
    frames, exact = damaged.scene(frames=7, speed=1)
    maps = exact.copy()
    maps[3] = 1.04 * maps[3] - 0.01
    views = [
        glimpse((one.transpose(1, 2, 0) * 255).astype(np.uint8), disparity)
        for one, disparity in zip(frames, maps, strict=True)
    ]
    links = [link(*pair) for pair in pairwise(views)]
    assert all(links)
    found = consensus(views[3].disparity, links[2::-1], links[3:])
    assert float(found(np.float32(0.8 * 1.04 - 0.01))) == pytest.approx(0.8, abs=0.006)


def test_kernel_does_what_plain_numpy_does() -> None:
    rng = np.random.default_rng(0)
    disparity, small = rng.random((45, 61), np.float32), rng.random((12, 16), np.float32)
    added = rng.normal(0, 0.05, small.shape).astype(np.float32)
    calibration = Calibration(1.1, -0.03)
    result = np.empty_like(disparity)
    with Crew(2) as crew:
        crew.run(_add, disparity, small, added, 0.3, calibration, result)
    np.testing.assert_allclose(result, plain.add(disparity, small, added, 0.3, calibration), atol=2e-5)
