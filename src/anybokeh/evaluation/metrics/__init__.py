"""Measures of refocused clips: one file each, plain functions of arrays; `registry` lists them."""

from anybokeh.evaluation.metrics.facts import Facts
from anybokeh.evaluation.metrics.registry import Metric, SetMetric, clip_metrics, set_metrics
from anybokeh.evaluation.metrics.unavailable import Unavailable

__all__ = ["Facts", "Metric", "SetMetric", "Unavailable", "clip_metrics", "set_metrics"]
