"""Blurred areas get the grain that they lost; what is in focus keeps its bits."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from tests.finish.plain import detail_sums

from anybokeh.clip import Frame
from anybokeh.clip.pixels import to_frames, to_pixels
from anybokeh.finish import Finish, Grain, measure_grain
from anybokeh.finish.lost_grain import CELL, _sum_detail

SHAPE = 256, 384
HALF = SHAPE[1] // 2


def grainy(deviation: float = 3.0, seed: int = 0, softness: float = 0.0) -> np.ndarray:
    """Grey with grain, (height, width, 3) uint8."""
    noise = np.random.default_rng(seed).standard_normal((*SHAPE, 3))
    if softness:
        noise = cv2.GaussianBlur(noise, (0, 0), softness)
        noise /= noise.std()
    return np.clip(np.round(120 + deviation * noise), 0, 255).astype(np.uint8)


def grain_like(**look: float) -> Grain:
    pictures = [grainy(seed=seed, **look).astype(np.float32) / 255 for seed in range(1, 5)]
    grain = measure_grain(list(zip(pictures[::2], pictures[1::2], strict=True)))
    assert grain is not None
    return grain


def frame(pixels: np.ndarray, index: int = 0) -> Frame:
    return Frame(index, Fraction(index, 24), None, pixels)


def disc(radius: float) -> np.ndarray:
    size = 2 * int(np.ceil(radius)) + 1
    offset = (np.arange(size * 16) + 0.5) / 16 - size / 2
    fine = (offset[:, None] ** 2 + offset**2 <= radius**2).astype(np.float32)
    kernel = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    return kernel / kernel.sum()


def half_blurred(pixels: np.ndarray, radius: float) -> np.ndarray:
    """(3, height, width), of which the right half is blurred by a lens."""
    sharp = pixels.astype(np.float32) / 255
    blurred = cv2.filter2D(sharp, -1, disc(radius))
    result = np.concatenate([sharp[:, :HALF], blurred[:, HALF:]], 1)
    return np.ascontiguousarray(result.transpose(2, 0, 1))


def deviations(pixels: np.ndarray) -> tuple[float, float]:
    """Left and right, away from borders."""
    values = pixels[16:-16].astype(float)
    return values[:, 16 : HALF - 16].std(), values[:, HALF + 16 : -16].std()


@pytest.mark.parametrize("radius", [0.7, 1, 1.5, 3, 10])
@pytest.mark.parametrize("softness", [0.0, 0.7])
def test_grain_is_alike_in_focus_and_beside_it(radius: float, softness: float) -> None:
    before = grainy(softness=softness)
    after = Finish(grain_like(softness=softness))(frame(before), half_blurred(before, radius))
    sharp, blurred = deviations(after)
    assert blurred == pytest.approx(sharp, rel=0.1)
    without = Finish()(frame(before), half_blurred(before, radius))
    assert deviations(without)[1] < 0.9 * sharp


def test_what_is_in_focus_keeps_its_bits() -> None:
    before = grainy()
    after = Finish(grain_like(), dither=True)(frame(before), half_blurred(before, 5))
    assert np.array_equal(after[:, :HALF], before[:, :HALF])


def test_a_mixture_of_sharp_and_blurred_gets_what_it_lacks() -> None:
    before = grainy()
    sharp, blurred = before.astype(np.float32) / 255, half_blurred(before, 8).transpose(1, 2, 0)
    half = np.ascontiguousarray((0.5 * sharp + 0.5 * blurred).transpose(2, 0, 1))
    after = Finish(grain_like())(frame(before), half)
    assert deviations(after)[1] == pytest.approx(deviations(before)[1], rel=0.1)


def test_where_the_picture_had_no_grain_none_is_given() -> None:
    before = grainy()
    before[:, HALF:] = 120
    after = half_blurred(before, 5)
    after[:, :, HALF + 16 :] += 0.3 / 255
    found = Finish(grain_like())(frame(before), after)
    assert found[:, HALF + 24 : -8].std() < 0.5


def test_every_frame_has_its_own_and_always_the_same() -> None:
    before, finish = grainy(), Finish(grain_like(), dither=True)
    after = half_blurred(before, 5)
    first, again, other = (
        finish(frame(before), after),
        finish(frame(before), after),
        finish(frame(before, 1), after),
    )
    assert np.array_equal(first, again)
    right = np.s_[16:-16, HALF + 16 : -16]
    apart = np.corrcoef(first[right].ravel().astype(float), other[right].ravel().astype(float))[0, 1]
    assert abs(apart) < 0.1


def test_the_number_of_threads_changes_nothing() -> None:
    before, grain = grainy(), grain_like()
    results = [
        Finish(grain, dither=True, threads=threads)(frame(before), half_blurred(before, 5))
        for threads in (1, 3)
    ]
    assert np.array_equal(*results)


def test_the_mean_stays() -> None:
    before = grainy()
    after = half_blurred(before, 5)
    found = Finish(grain_like(), dither=True)(frame(before), after)
    assert found[:, HALF + 16 :].mean() == pytest.approx(after[..., HALF + 16 :].mean() * 255, abs=0.05)


def ramp() -> np.ndarray:
    """Twenty levels over the width, (3, height, width)."""
    return np.broadcast_to(np.linspace(100, 120, SHAPE[1], dtype=np.float32) / 255, (3, *SHAPE)).copy()


def test_gradients_have_no_steps() -> None:
    before = frame(np.zeros((*SHAPE, 3), np.uint8))
    stepped, smooth = (Finish(dither=dither)(before, ramp()).astype(float) for dither in (False, True))
    errors = [
        np.abs(cv2.blur(pixels, (5, 5)) - 255 * ramp().transpose(1, 2, 0))[4:-4, 4:-4].max()
        for pixels in (stepped, smooth)
    ]
    assert errors[0] > 0.35
    assert errors[1] < 0.25


def test_ten_bits_are_rounded_by_whoever_writes_them() -> None:
    before = frame(np.zeros((*SHAPE, 3), np.uint16))
    after = ramp() / 4
    pixels = Finish(dither=True, depth=10)(before, after)
    ten = np.round(pixels.astype(float) / 65535 * 1023)
    error = np.abs(cv2.blur(ten, (5, 5)) - 1023 * after.transpose(1, 2, 0))[4:-4, 4:-4].max()
    assert error < 0.3


@pytest.mark.parametrize("depth", [12, 16])
def test_deeper_outputs_are_not_dithered(depth: int) -> None:
    before = frame(np.zeros((*SHAPE, 3), np.uint16))
    pixels = Finish(dither=True, depth=depth)(before, ramp())
    assert np.array_equal(pixels, to_pixels(ramp(), np.dtype(np.uint16)))


def test_without_grain_and_dither_values_are_rounded() -> None:
    before = grainy()
    after = half_blurred(before, 2)
    assert np.array_equal(Finish()(frame(before), after), to_pixels(after, np.dtype(np.uint8)))


def test_linear_light_is_left_alone() -> None:
    after = 5 * ramp()
    found = Finish(grain_like(), dither=True, depth=32)(frame(np.zeros((*SHAPE, 3), np.float32)), after)
    assert np.array_equal(to_frames(found), after)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 9)])
def test_tiny_pictures(shape: tuple[int, int]) -> None:
    pixels = grainy()[: shape[0], : shape[1]]
    found = Finish(grain_like(), dither=True)(
        frame(np.ascontiguousarray(pixels)), np.full((3, *shape), 0.3, np.float32)
    )
    assert found.shape == (*shape, 3)


@pytest.mark.parametrize("shape", [(4, 4), (9, 13), (31, 46)])
def test_detail_is_summed_as_in_the_plain_twin(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    before, after = (rng.random(shape).astype(np.float32) for _ in range(2))
    sums = np.zeros((-(-shape[0] // CELL), -(-shape[1] // CELL), 5), np.float32)
    for thread in range(2):
        _sum_detail(thread, 2, before, after, sums)
    assert sums == pytest.approx(detail_sums(before, after), abs=1e-4)
