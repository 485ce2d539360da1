"""Running a benchmark: every clip with every kind of disparity through every contender."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from anybokeh.errors import InputError
from anybokeh.evaluation.cases import Case, read_case
from anybokeh.evaluation.contenders import Contender
from anybokeh.evaluation.disparities import GIVEN, DisparityKind
from anybokeh.evaluation.metrics import Metric, SetMetric, Unavailable
from anybokeh.evaluation.metrics.frechet import frechet_distance

THE_LENS = "the lens itself"
"""Name of the truth as a contender, in metrics that need no truth: the best that others can reach."""


@dataclass(frozen=True)
class Row:
    """One figure of one clip; of all clips together where `case` is empty."""

    case: str
    disparity: str
    contender: str
    metric: str
    value: float | Unavailable


@dataclass(frozen=True)
class Timing:
    """How long a contender took for one clip."""

    case: str
    disparity: str
    contender: str
    frames: int
    width: int
    height: int
    seconds: float

    @property
    def seconds_per_frame(self) -> float:
        """Seconds for one frame."""
        return self.seconds / self.frames


@dataclass(frozen=True)
class Results:
    """Everything that a run has measured, in the order in which it was measured."""

    rows: list[Row] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)


class Watcher(Protocol):
    """Someone who wants to see the frames."""

    def show(self, case: Case, disparity: str, outputs: Mapping[str, np.ndarray]) -> None:
        """The frames of all contenders for one clip, by name."""
        ...


def run_benchmark(
    cases: Mapping[str, Path],
    contenders: Sequence[Contender],
    kinds: Sequence[DisparityKind],
    metrics: Sequence[Metric],
    set_metrics: Sequence[SetMetric] = (),
    *,
    frames: int | None = None,
    watcher: Watcher | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Measure everything; one clip is in memory at a time.

    Args:
        cases: folders of clips by name.
        contenders: who takes part.
        kinds: of disparity, for clips with truth; real clips are measured once, with theirs.
        metrics: of one clip.
        set_metrics: of all clips with truth together.
        frames: judge only this many frames of every clip, the first ones.
        watcher: is shown all frames of a clip once they are made.
        progress: called with what is done and what there is, in contenders times clips times kinds.

    Raises:
        InputError: a clip or a contender's frames cannot be read, or a contender made something wrong.
    """
    results = Results()
    features = _FeatureStore(
        [metric for metric in set_metrics if not isinstance(metric.features, Unavailable)]
    )
    without_truth = [metric for metric in metrics if "truth" not in metric.needs]
    total, done = len(cases) * len(kinds) * len(contenders), 0
    for name, folder in cases.items():
        case = read_case(folder, name, frames)
        for kind in kinds if case.facts.truth is not None else (GIVEN,):
            disparity = kind.make(case)
            outputs: dict[str, np.ndarray] = {}
            if case.facts.truth is not None:
                results.rows.extend(_rows(case, kind.name, THE_LENS, case.facts.truth, without_truth))
            for contender in contenders:
                if contender.takes(kind.name):
                    result = _judge(case, kind.name, disparity, contender, metrics, results)
                    outputs[contender.name] = result
                    features.add(kind.name, contender.name, result, case)
                done += 1
                if progress:
                    progress(done, total)
            if watcher and outputs:
                watcher.show(case, kind.name, outputs)
    results.rows.extend(_set_rows(set_metrics, features))
    return results


def _judge(
    case: Case,
    kind: str,
    disparity: np.ndarray,
    contender: Contender,
    metrics: Sequence[Metric],
    results: Results,
) -> np.ndarray:
    output = contender.make(case, disparity)
    frames = output.frames
    if frames.shape != case.facts.aif.shape:
        raise InputError(
            f"{contender.name}: made frames of shape {frames.shape} for {case.name};"
            f" expected {case.facts.aif.shape}"
        )
    if not np.isfinite(frames).all():
        raise InputError(f"{contender.name}: made NaN or infinite values for {case.name}; that is no picture")
    if output.seconds is not None:
        count, _, height, width = frames.shape
        timing = Timing(case.name, kind, contender.name, count, width, height, output.seconds)
        results.timings.append(timing)
    results.rows.extend(_rows(case, kind, contender.name, frames, metrics))
    return frames


def _rows(case: Case, kind: str, name: str, frames: np.ndarray, metrics: Sequence[Metric]) -> Iterator[Row]:
    for metric in metrics:
        yield Row(case.name, kind, name, metric.key, metric(frames, case.facts))


class _FeatureStore:
    """Features of truths and results by metric; `pairs` are the kinds of disparity and contenders seen."""

    def __init__(self, metrics: Sequence[SetMetric]) -> None:
        self._metrics = metrics
        self._found: dict[tuple[str, str, str], list[np.ndarray]] = {}
        self._truths: dict[tuple[str, str], np.ndarray] = {}
        self.pairs: dict[tuple[str, str], None] = {}

    def add(self, kind: str, contender: str, frames: np.ndarray, case: Case) -> None:
        if case.facts.truth is None:
            return
        self.pairs[kind, contender] = None
        for metric in self._metrics:
            assert not isinstance(metric.features, Unavailable)
            if (metric.key, case.name) not in self._truths:
                self._truths[metric.key, case.name] = metric.features(case.facts.truth)
            self._found.setdefault((metric.key, kind, contender), []).append(metric.features(frames))

    def distance(self, metric: str, kind: str, contender: str) -> float | Unavailable:
        found = self._found.get((metric, kind, contender), [])
        truths = [features for (key, _), features in self._truths.items() if key == metric]
        if not found or sum(map(len, found)) < 2:
            return Unavailable("needs two clips with truth or more")
        return frechet_distance(np.concatenate(found), np.concatenate(truths))


def _set_rows(metrics: Sequence[SetMetric], features: _FeatureStore) -> list[Row]:
    result = []
    for kind, contender in features.pairs:
        for metric in metrics:
            value = metric.features
            if not isinstance(value, Unavailable):
                value = features.distance(metric.key, kind, contender)
            result.append(Row("", kind, contender, metric.key, value))
    return result
