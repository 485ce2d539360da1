"""Charts of a benchmark's results; needs the extra `eval`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.evaluation.benchmark import Results
from anybokeh.evaluation.metrics import Metric, Unavailable
from anybokeh.evaluation.summary import Summary
from anybokeh.evaluation.tables import ARROWS, AnyMetric, Summaries, contenders_of, kinds_of

# Okabe and Ito's palette, which colour-blind readers tell apart.
COLOURS = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#000000"
SHOWN = "psnr", "edge_psnr", "ssim", "flicker", "blur_error", "highlight_error", "focus_untouched", "vepi"


def missing() -> Unavailable | None:
    """Why no charts can be drawn, or None."""
    return None if find_spec("matplotlib") else Unavailable("no charts: pip install 'anybokeh[eval]'")


def draw_means(path: Path, results: Results, metrics: Sequence[AnyMetric], summaries: Summaries) -> None:
    """One panel a metric: a bar a contender and kind of disparity, with the mean's confidence interval."""
    kinds = kinds_of(results)
    names = list(dict.fromkeys(name for kind in kinds for name in contenders_of(results, kind)))
    known = {key: value for key, value in summaries.items() if isinstance(value, Summary)}
    chosen = [m for m in metrics if m.key in SHOWN and any(key[2] == m.key for key in known)]
    if not chosen:
        return
    columns = 2
    rows = -(-len(chosen) // columns)
    panel_height = 0.6 + 0.24 * len(names) * len(kinds)
    figure = _figure((11, rows * panel_height + 0.6))
    axes = np.asarray(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis, metric in zip(axes, chosen, strict=False):
        for shift, kind in enumerate(kinds):
            for place, name in enumerate(names):
                summary = known.get((kind, name, metric.key))
                if summary:
                    _bar(
                        axis, place + (shift - (len(kinds) - 1) / 2) * 0.8 / len(kinds), summary, shift, kinds
                    )
        axis.set_yticks(range(len(names)), names, fontsize=8)
        axis.invert_yaxis()
        unit = f", {metric.unit}" if metric.unit else ""
        axis.set_title(f"{metric.title}{unit} {ARROWS[metric.better]}", fontsize=9)
        if metric.key in ("psnr", "edge_psnr", "ssim", "vepi"):
            _start_near_values(axis, [one for key, one in known.items() if key[2] == metric.key])
    for axis in axes[len(chosen) :]:
        axis.set_visible(False)
    handles = [_patch(COLOURS[index % len(COLOURS)]) for index in range(len(kinds))]
    names_of_kinds = [f"{kind} disparity" for kind in kinds]
    figure.legend(handles, names_of_kinds, loc="outside upper center", ncols=len(kinds), fontsize=8)
    _save(figure, path)


def draw_clips(path: Path, results: Results, metric: Metric, kind: str) -> None:
    """One metric of every clip: a line of dots a clip, a colour a contender."""
    rows = [r for r in results.rows if r.metric == metric.key and r.disparity == kind and r.case]
    values = {(r.case, r.contender): r.value for r in rows if not isinstance(r.value, Unavailable)}
    cases, names = (list(dict.fromkeys(key[index] for key in values)) for index in (0, 1))
    if not cases:
        return
    figure = _figure((9, 1.4 + 0.3 * len(cases)))
    axis = figure.subplots()
    for place, name in enumerate(names):
        points = [(values[case, name], row) for row, case in enumerate(cases) if (case, name) in values]
        marker = "os^DvP*X"[place % 8]
        axis.scatter(*zip(*points, strict=True), color=COLOURS[place % 8], marker=marker, label=name, s=36)
    axis.set_yticks(range(len(cases)), cases, fontsize=8)
    axis.invert_yaxis()
    axis.grid(axis="x", color="0.9")
    axis.set_axisbelow(True)
    axis.set_xlabel(f"{metric.title} ({metric.unit}) {ARROWS[metric.better]}", fontsize=9)
    axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))
    _save(figure, path)


def draw_speed(path: Path, results: Results, summaries: Summaries, kind: str, metric: Metric) -> None:
    """Quality over time a frame, one dot a contender."""
    points = []
    for name in contenders_of(results, kind):
        summary = summaries.get((kind, name, metric.key))
        own = [t for t in results.timings if t.contender == name and t.disparity == kind]
        if isinstance(summary, Summary) and own:
            seconds = sum(t.seconds for t in own) / sum(t.frames for t in own)
            points.append((name, max(seconds, 1e-5), summary.mean))
    if not points:
        return
    figure = _figure((7, 4.5))
    axis = figure.subplots()
    for place, (name, seconds, value) in enumerate(points):
        axis.scatter(seconds, value, color=COLOURS[place % 8], s=48)
        axis.annotate(name, (seconds, value), xytext=(6, 4), textcoords="offset points", fontsize=8)
    axis.set_xscale("log")
    axis.margins(x=0.25, y=0.1)
    axis.grid(color="0.9")
    axis.set_axisbelow(True)
    axis.set_xlabel("seconds a frame", fontsize=9)
    axis.set_ylabel(f"{metric.title} ({metric.unit}) {ARROWS[metric.better]}", fontsize=9)
    _save(figure, path)


def _bar(axis: Any, place: float, summary: Summary, shift: int, kinds: Sequence[str]) -> None:
    spread = None
    if summary.low is not None and summary.high is not None:
        spread = [[max(0.0, summary.mean - summary.low)], [max(0.0, summary.high - summary.mean)]]
    colour, height = COLOURS[shift % len(COLOURS)], 0.75 / len(kinds)
    axis.barh(place, summary.mean, height, xerr=spread, color=colour, error_kw={"lw": 0.8, "capsize": 2})


def _start_near_values(axis: Any, summaries: Sequence[Summary]) -> None:
    """Differences matter in these, not their distance from zero."""
    low = min(one.mean if one.low is None else one.low for one in summaries)
    high = max(one.mean if one.high is None else one.high for one in summaries)
    room = max(high - low, 1e-3) * 0.15
    axis.set_xlim(low - room, high + room)


def _patch(colour: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour)


def _figure(size: tuple[float, float]) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, metadata={"Software": None})
