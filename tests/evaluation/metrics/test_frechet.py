"""The Fréchet distance against closed forms and against the matrix root of SciPy."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.evaluation.metrics.frechet import frechet_distance


def standardised(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """Samples whose mean is exactly 0 and whose covariance is exactly the identity."""
    samples = rng.normal(size=(count, size))
    samples -= samples.mean(0)
    return samples @ np.linalg.inv(np.linalg.cholesky(np.cov(samples.T))).T


def test_gaussians_with_parallel_axes_have_a_closed_form() -> None:
    rng = np.random.default_rng(0)
    one, other = standardised(rng, 200, 3), standardised(rng, 150, 3)
    scales, shift = np.array([1.0, 2.0, 0.5]), np.array([3.0, 0.0, -4.0])
    # |m|^2 + sum (s1 - s2)^2
    assert frechet_distance(one, other * scales + shift) == pytest.approx(25 + 0 + 1 + 0.25)


@pytest.mark.parametrize("count", [400, 7])  # more and fewer samples than features
def test_agrees_with_the_matrix_root(count: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(1)
    one = rng.normal(size=(count, 12)) @ rng.normal(size=(12, 12)) + rng.normal(size=12)
    other = rng.normal(size=(count + 3, 12)) @ rng.normal(size=(12, 12))
    covariances = [np.cov(samples.T) for samples in (one, other)]
    # sqrtm of singular matrices needs a little on the diagonal
    lifted = [covariance + 1e-9 * np.eye(12) for covariance in covariances]
    root = linalg.sqrtm(lifted[0] @ lifted[1]).real
    shift = ((one.mean(0) - other.mean(0)) ** 2).sum()
    expected = shift + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-3)


def test_equal_sets_are_at_no_distance() -> None:
    samples = np.random.default_rng(2).normal(size=(9, 20))
    assert frechet_distance(samples, samples[::-1]) == pytest.approx(0, abs=1e-9)
