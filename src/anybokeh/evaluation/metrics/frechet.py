"""Fréchet distance between Gaussians fitted to two sets of features."""

from __future__ import annotations

import numpy as np


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of the samples' means and covariances.

    Dowson and Landau, Journal of Multivariate Analysis 12, 1982; Heusel et al., NeurIPS 2017, for features of
    networks. tr (S1 S2)^(1/2) is the sum of the singular values of A1 A2^T, where S = A^T A and A are the
    centred samples over sqrt(n - 1): this needs no matrix root and stays exact where there are fewer samples
    than features.

    Args:
        one, other: (samples, features), two samples or more each.

    Returns:
        >= 0; 0 for equal sets.
    """
    one, other = (np.asarray(features, np.float64) for features in (one, other))
    roots = [(features - features.mean(0)) / np.sqrt(len(features) - 1) for features in (one, other)]
    cross = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    spread = sum(float((root**2).sum()) for root in roots)
    shift = float(((one.mean(0) - other.mean(0)) ** 2).sum())
    return max(0.0, shift + spread - 2 * float(cross))
