"""PSNR, SSIM, flicker and the band at edges against values known by arithmetic or from other programs."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.evaluation.metrics.edge_band import edge_band, edge_band_psnr
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.evaluation.metrics.relative_motion import flicker, relative_motion
from anybokeh.evaluation.metrics.ssim import ssim


@pytest.fixture
def clip() -> np.ndarray:
    return np.random.default_rng(1).uniform(0.2, 0.8, (3, 3, 40, 56)).astype(np.float32)


def test_psnr_of_a_known_error_is_the_mean_over_frames(clip: np.ndarray) -> None:
    error = np.array([0.1, 0.01, 0.001], np.float32)[:, None, None, None]
    assert psnr(clip + error, clip) == pytest.approx((20 + 40 + 60) / 3, abs=1e-3)


def test_psnr_counts_the_chosen_pixels_alone(clip: np.ndarray) -> None:
    where = np.zeros((3, 40, 56), bool)
    where[:2, 10:20, 10:20] = True  # nothing in the last frame
    result = clip + np.where(where[:, None], np.float32(0.1), np.float32(0.5))
    assert psnr(result, clip, where) == pytest.approx(20, abs=1e-3)
    assert np.isnan(psnr(clip, clip, np.zeros_like(where)))


def test_psnr_of_equal_frames_is_finite(clip: np.ndarray) -> None:
    assert psnr(clip, clip) == 100


@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_ssim_is_that_of_scikit_image(clip: np.ndarray, noise: float) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    rng = np.random.default_rng(2)
    result = np.clip(clip + rng.normal(0, noise, clip.shape), 0, 1).astype(np.float32)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
    expected = [
        metrics.structural_similarity(one, other, channel_axis=0, **options)
        for one, other in zip(result, clip, strict=True)
    ]
    assert ssim(result, clip) == pytest.approx(np.mean(expected), abs=2e-5)


def test_ssim_of_constant_frames_is_the_formula_of_luminance() -> None:
    one, other = (np.full((1, 3, 20, 20), value, np.float32) for value in (0.3, 0.6))
    expected = (2 * 0.3 * 0.6 + 1e-4) / (0.3**2 + 0.6**2 + 1e-4)
    assert ssim(one, other) == pytest.approx(expected, abs=1e-5)
    assert ssim(other, other) == pytest.approx(1)


def test_flicker_sees_change_and_not_a_constant_error(clip: np.ndarray) -> None:
    assert flicker(clip + np.float32(0.1), clip) == pytest.approx(0, abs=1e-4)
    pulse = clip.copy()
    pulse[1] += np.float32(2 / 255)  # up and down again: 2 levels at both changes
    assert flicker(pulse, clip) == pytest.approx(2, abs=1e-4)
    assert relative_motion(pulse, clip) == pytest.approx(2 / 255, abs=1e-6)


def test_flicker_sees_what_should_have_changed() -> None:
    truth = np.zeros((2, 3, 8, 8), np.float32)
    truth[1, :, :, :4] = 1
    assert flicker(np.zeros_like(truth), truth) == pytest.approx(255 / 2)


def test_edge_band_surrounds_jumps_of_the_circle_of_confusion() -> None:
    coc = np.zeros((1, 30, 1024), np.float32)
    coc[:, :, 400:] = -5
    coc[:, :, 600:] += np.linspace(0, 9, 424, dtype=np.float32)  # a slope is no edge
    columns = np.flatnonzero(edge_band(coc, width=8)[0].all(axis=0))
    # 399 and 400 are the edge; 8 pixels to either side.
    assert (columns == np.arange(391, 409)).all()
    assert not edge_band(np.zeros_like(coc)).any()


def test_edge_band_psnr_is_of_the_band_alone() -> None:
    coc = np.zeros((1, 30, 256), np.float32)
    coc[:, :, 100:] = -5
    band = edge_band(coc)
    truth = np.full((1, 3, 30, 256), 0.5, np.float32)
    assert edge_band_psnr(truth + 0.4 * ~band[:, None], truth, band) == 100
    assert edge_band_psnr(truth + 0.1 * band[:, None], truth, band) == pytest.approx(20, abs=1e-3)
