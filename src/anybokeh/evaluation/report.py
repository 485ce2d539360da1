"""A benchmark's report: a folder with tables, figures and pictures.

```
REPORT/report.md          tables, with links to all else
REPORT/report.json        every figure
REPORT/plots/             means and clips (with the extra `eval`)
REPORT/sheets/            contact sheets: input, truth, results and their errors
REPORT/side_by_side/      videos
REPORT/timings.md, timings.json, plots/timings.png     how long it took
```
All but the timings are the same byte for byte when the same is measured with the same seed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from anybokeh import __version__
from anybokeh.errors import InputError
from anybokeh.evaluation import charts
from anybokeh.evaluation.benchmark import Results
from anybokeh.evaluation.gallery import Gallery
from anybokeh.evaluation.metrics import Metric, Unavailable
from anybokeh.evaluation.summary import LEVEL, Summary, summarise
from anybokeh.evaluation.tables import (
    AnyMetric,
    Summaries,
    clip_table,
    contenders_of,
    heading,
    kinds_of,
    summary_table,
    timing_table,
)

MARK = "report.json"
_IN_DETAIL = "psnr", "warped_flicker"


@dataclass(frozen=True)
class Report:
    """What is reported.

    Attributes:
        results: everything measured.
        metrics: all metrics, those of one clip before those of sets.
        seed: of the run.
        notes: remarks for the reader, such as what was left out.
    """

    results: Results
    metrics: Sequence[AnyMetric]
    seed: int
    notes: Sequence[str] = ()

    @property
    def summaries(self) -> Summaries:
        """Means by (disparity, contender, metric)."""
        return summarise(self.results.rows, self.seed)


def check_target(path: Path) -> None:
    """Raise InputError unless a report can be written here: nothing is, or an earlier report."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: is a file; give a folder for the report")
    if path.is_dir() and any(path.iterdir()) and not (path / MARK).is_file():
        raise InputError(f"{path}: holds something else than a report; give another folder")


def write_report(folder: Path, report: Report, gallery: Gallery) -> None:
    """Write the report into a folder that has the gallery's pictures already."""
    summaries = report.summaries
    plots = _draw(folder, report, summaries)
    (folder / "report.md").write_text(_markdown(folder, report, summaries, gallery, plots))
    (folder / "timings.md").write_text(f"# Timings\n\n{timing_table(report.results.timings)}\n")
    timings = [asdict(timing) for timing in report.results.timings]
    (folder / "timings.json").write_text(json.dumps(timings, indent=1) + "\n")
    (folder / MARK).write_text(json.dumps(as_json(report, summaries), indent=1) + "\n")


def as_json(report: Report, summaries: Summaries) -> dict:
    """Every figure: numbers, or `null` with the reason beside it."""
    rows = [
        {
            "clip": row.case or None,
            "disparity": row.disparity,
            "renderer": row.contender,
            "metric": row.metric,
            **_value(row.value),
        }
        for row in report.results.rows
    ]
    means = [
        {"disparity": kind, "renderer": name, "metric": metric, **_mean(value)}
        for (kind, name, metric), value in summaries.items()
    ]
    metrics = [
        {"metric": m.key, "title": m.title, "unit": m.unit, "better": m.better, "measures": m.about}
        for m in report.metrics
    ]
    return {
        "version": __version__,
        "seed": report.seed,
        "notes": list(report.notes),
        "metrics": metrics,
        "means": means,
        "rows": rows,
    }


def print_tables(report: Report) -> str:
    """The tables for the terminal: means without their intervals, and seconds a frame."""
    summaries, parts = report.summaries, []
    for kind in kinds_of(report.results):
        names = contenders_of(report.results, kind)
        parts.append(f"{heading(kind)}, {_clips(report, kind)}\n")
        parts.append(summary_table(kind, names, report.metrics, summaries, intervals=False) + "\n")
    if report.results.timings:
        parts.append(timing_table(report.results.timings))
    return "\n".join(parts)


def _markdown(
    folder: Path, report: Report, summaries: Summaries, gallery: Gallery, plots: Sequence[Path]
) -> str:
    parts = [
        "# Benchmark\n",
        f"anybokeh {__version__}, seed {report.seed}. Means over clips with the {LEVEL:.0%} confidence"
        " interval of the mean (bootstrap over clips); the best is bold. How long it took:"
        " [timings.md](timings.md).\n",
        *(f"Note: {note}\n" for note in report.notes),
    ]
    for kind in kinds_of(report.results):
        names = contenders_of(report.results, kind)
        parts.append(f"## {heading(kind)}\n\n{_clips(report, kind)}.\n")
        parts.append(summary_table(kind, names, report.metrics, summaries) + "\n")
        for metric in report.metrics:
            if isinstance(metric, Metric) and metric.key == _IN_DETAIL[kind == "given"]:
                parts.append(clip_table(kind, metric, names, report.results.rows) + "\n")
    for title, files in (("Charts", plots), ("Sheets", gallery.sheets)):
        if files:
            lines = [f"![{file.stem}]({file.relative_to(folder).as_posix()})" for file in files]
            parts.append(f"## {title}\n\n" + "\n\n".join(lines) + "\n")
    if gallery.videos:
        lines = [f"- [{file.stem}]({file.relative_to(folder).as_posix()})" for file in gallery.videos]
        parts.append("## Side by side\n\n" + "\n".join(lines) + "\n")
    parts.append(
        "## What is measured\n\n" + "\n".join(f"- {m.title}: {m.about}" for m in report.metrics) + "\n"
    )
    return "\n".join(parts)


def _draw(folder: Path, report: Report, summaries: Summaries) -> list[Path]:
    if charts.missing():
        return []
    plots = folder / "plots"
    charts.draw_means(plots / "means.png", report.results, report.metrics, summaries)
    for metric in report.metrics:
        if isinstance(metric, Metric) and metric.key == "psnr":
            for kind in kinds_of(report.results):
                charts.draw_clips(plots / f"psnr_{kind}.png", report.results, metric, kind)
            first = kinds_of(report.results)[0]
            charts.draw_speed(plots / "timings.png", report.results, summaries, first, metric)
    return sorted(path for path in plots.glob("*.png") if path.stem != "timings")


def _clips(report: Report, kind: str) -> str:
    count = len({row.case for row in report.results.rows if row.disparity == kind and row.case})
    return f"{count} clip" if count == 1 else f"{count} clips"


def _value(value: float | Unavailable) -> dict:
    if isinstance(value, Unavailable):
        return {"value": None, "reason": value.reason}
    return {"value": _rounded(value)}


def _mean(value: Summary | Unavailable) -> dict:
    if isinstance(value, Unavailable):
        return {"mean": None, "reason": value.reason}
    return {name: _rounded(v) if isinstance(v, float) else v for name, v in asdict(value).items()}


def _rounded(value: float) -> float:
    """Seven digits: more than is meaningful, less than what the order of additions changes."""
    return float(f"{value:.7g}")
