"""From many figures to few: means over clips with their confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anybokeh.evaluation.benchmark import Row
from anybokeh.evaluation.metrics import Unavailable

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Summary:
    """Mean of a metric over clips, with the ends of its 95 % confidence interval.

    low and high are None for one clip and for metrics of the whole set; clips is how many took part.
    """

    mean: float
    low: float | None
    high: float | None
    clips: int


def summarise(rows: Sequence[Row], seed: int = 0) -> dict[tuple[str, str, str], Summary | Unavailable]:
    """Means by (disparity, contender, metric); the first reason where no clip has a figure.

    The intervals are percentiles of means over clips drawn again with replacement (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993), the same draws for every contender.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.disparity, row.contender, row.metric), []).append(row)
    return {key: _summary(group, seed) for key, group in groups.items()}


def bootstrap_interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % confidence interval of the mean of (clips,) values."""
    draws = np.random.default_rng(seed).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _summary(rows: list[Row], seed: int) -> Summary | Unavailable:
    values = np.array([row.value for row in rows if not isinstance(row.value, Unavailable)], np.float64)
    if not len(values):
        reason = rows[0].value
        assert isinstance(reason, Unavailable)
        return reason
    if len(values) == 1:
        return Summary(float(values[0]), None, None, 0 if not rows[0].case else 1)
    return Summary(float(values.mean()), *bootstrap_interval(values, seed), len(values))
