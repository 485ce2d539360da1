"""Tables of a benchmark's results, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from anybokeh.evaluation.benchmark import THE_LENS, Results, Row, Timing
from anybokeh.evaluation.metrics import Metric, SetMetric, Unavailable
from anybokeh.evaluation.summary import Summary

Summaries = Mapping[tuple[str, str, str], Summary | Unavailable]
AnyMetric = Metric | SetMetric
ARROWS = {"higher": "↑", "lower": "↓"}
TITLES = {"exact": "Exact disparity", "given": "Real clips, with the disparity that they came with"}


def summary_table(
    kind: str,
    names: Sequence[str],
    metrics: Sequence[AnyMetric],
    summaries: Summaries,
    intervals: bool = True,
) -> str:
    """Means of all metrics, one a row, for contenders with one kind of disparity; the best is bold.

    The last column has what the truth itself scores, where that says something. Metrics without any figure
    are listed beneath, with the reason.
    """
    lens = [THE_LENS] if any(key[:2] == (kind, THE_LENS) for key in summaries) else []
    lines = [_line(["", *names, *lens]), _line(["---"] * (len(names) + len(lens) + 1))]
    reasons = []
    for metric in metrics:
        found = {name: summaries.get((kind, name, metric.key)) for name in names}
        known = {name: one for name, one in found.items() if isinstance(one, Summary)}
        if not known:
            reason = next((one for one in found.values() if isinstance(one, Unavailable)), None)
            if reason:
                reasons.append(f"{metric.title}: {reason}")
            continue
        best = _best(metric, known)
        cells = [_cell(metric, found[name], name in best, intervals) for name in names]
        cells += [_cell(metric, summaries.get((kind, name, metric.key)), False, intervals) for name in lens]
        lines.append(_line([_title(metric), *cells]))
    return "\n".join(lines + ([""] + [f"- {reason}" for reason in reasons] if reasons else []))


def clip_table(kind: str, metric: Metric, names: Sequence[str], rows: Sequence[Row]) -> str:
    """One metric of every clip, a clip a row."""
    values = {
        (row.case, row.contender): row.value
        for row in rows
        if row.disparity == kind and row.metric == metric.key
    }
    cases = dict.fromkeys(case for case, _ in values)
    lines = [_line([_title(metric), *names]), _line(["---"] * (len(names) + 1))]
    for case in cases:
        cells = [_number(metric, values.get((case, name))) for name in names]
        lines.append(_line([case, *cells]))
    return "\n".join(lines)


def timing_table(timings: Sequence[Timing]) -> str:
    """Seconds a frame of every contender and size of frame, over all frames of that size."""
    sizes = dict.fromkeys((timing.width, timing.height) for timing in timings)
    names = dict.fromkeys(timing.contender for timing in timings)
    lines = [_line(["seconds a frame", *(f"{w}x{h}" for w, h in sizes)]), _line(["---"] * (len(sizes) + 1))]
    for name in names:
        cells = []
        for size in sizes:
            own = [t for t in timings if t.contender == name and (t.width, t.height) == size]
            frames = sum(t.frames for t in own)
            cells.append(f"{sum(t.seconds for t in own) / frames:.3f}" if frames else "")
        lines.append(_line([name, *cells]))
    return "\n".join(lines)


def contenders_of(results: Results, kind: str) -> list[str]:
    """Who took part with this kind of disparity, in order."""
    names = dict.fromkeys(row.contender for row in results.rows if row.disparity == kind)
    return [name for name in names if name != THE_LENS]


def kinds_of(results: Results) -> list[str]:
    """The kinds of disparity that were measured, in order."""
    return list(dict.fromkeys(row.disparity for row in results.rows))


def heading(kind: str) -> str:
    """The title of a kind's section."""
    return TITLES.get(kind, f"Disparity: {kind}")


def _title(metric: AnyMetric) -> str:
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.title}{unit} {ARROWS[metric.better]}"


def _best(metric: AnyMetric, known: Mapping[str, Summary]) -> set[str]:
    """All whose shown figure is the best, where they differ."""
    shown = {name: round(one.mean, metric.digits) for name, one in known.items()}
    best = max(shown.values()) if metric.better == "higher" else min(shown.values())
    chosen = {name for name, value in shown.items() if value == best}
    return chosen if len(chosen) < len(shown) or len(shown) == 1 else set()


def _cell(metric: AnyMetric, value: Summary | Unavailable | None, best: bool, intervals: bool) -> str:
    if not isinstance(value, Summary):
        return "n/a" if value else ""
    text = f"{value.mean:.{metric.digits}f}"
    text = f"**{text}**" if best else text
    if intervals and value.low is not None and value.high is not None:
        text += f" [{value.low:.{metric.digits}f}, {value.high:.{metric.digits}f}]"
    return text


def _number(metric: Metric, value: float | Unavailable | None) -> str:
    if value is None:
        return ""
    return "n/a" if isinstance(value, Unavailable) else f"{value:.{metric.digits}f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
