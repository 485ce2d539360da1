"""From settings to a report in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.evaluation import charts
from anybokeh.evaluation.benchmark import run_benchmark
from anybokeh.evaluation.cases import find_cases
from anybokeh.evaluation.contenders import Contender, OwnRenderer, Predictions
from anybokeh.evaluation.disparities import disparity_kinds
from anybokeh.evaluation.gallery import Gallery
from anybokeh.evaluation.metrics import clip_metrics, set_metrics, weights
from anybokeh.evaluation.report import Report, check_target, print_tables, write_report
from anybokeh.evaluation.standard import FULL, QUICK, default_folder, make_standard
from anybokeh.optics.lens import Lens
from anybokeh.runtime.whole_files import whole_folder

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class EvaluationSettings:
    """What is measured on what.

    Attributes:
        benchmarks: folders of clips; none means that the standard benchmark is made.
        full: which standard benchmark, the large one or the quick one.
        frames: judge only this many frames of every clip, the first ones.
        disparities: names of kinds, see `disparities`.
        output: folder of the report; an earlier report there is replaced.
        videos: whether to make side-by-side videos.
        metric_weights: where networks that measure have their weights.
        seed: of everything drawn at random.
    """

    benchmarks: tuple[Path, ...] = ()
    full: bool = False
    frames: int | None = None
    disparities: tuple[str, ...] = ("exact",)
    output: Path = Path("out/eval")
    videos: bool = True
    metric_weights: Path = field(default_factory=weights.default_folder)
    seed: int = 0


@dataclass(frozen=True)
class Evaluation:
    """The tables as text, and remarks for the user."""

    tables: str
    notes: tuple[str, ...]


def evaluate(
    settings: EvaluationSettings, contenders: Sequence[Contender], *, progress: Progress | None = None
) -> Evaluation:
    """Make what is to be measured on, measure, and write the report, whole or not at all.

    Raises:
        InputError: anything in the settings or the files is wrong; nothing is left then.
    """
    check_target(settings.output)
    kinds = disparity_kinds(settings.disparities, settings.seed)
    metrics, of_sets = clip_metrics(settings.metric_weights), set_metrics(settings.metric_weights)
    _check_contenders(contenders, [kind.name for kind in kinds])
    benchmarks, notes = _benchmarks(settings, progress)
    cases = find_cases(benchmarks)
    unable = charts.missing()
    notes += [unable.reason] if unable else []
    settings.output.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(settings.output) as temporary:
        gallery = Gallery(temporary, settings.videos)
        results = run_benchmark(
            cases,
            contenders,
            kinds,
            metrics,
            of_sets,
            frames=settings.frames,
            watcher=gallery,
            progress=None if progress is None else lambda done, total: progress("measuring", done, total),
        )
        notes += [note for one in contenders if isinstance(one, OwnRenderer) for note in one.notes]
        report = Report(results, [*metrics, *of_sets], settings.seed, notes)
        write_report(temporary, report, gallery)
    return Evaluation(print_tables(report), tuple(notes))


def _benchmarks(settings: EvaluationSettings, progress: Progress | None) -> tuple[list[Path], list[str]]:
    if settings.benchmarks:
        return list(settings.benchmarks), []
    standard = FULL if settings.full else QUICK
    folder = default_folder(standard, settings.seed)
    return make_standard(folder, standard, settings.seed, progress=progress)


def _check_contenders(contenders: Sequence[Contender], kinds: Sequence[str]) -> None:
    """What would fail only after the work of others."""
    for contender in contenders:
        if isinstance(contender, OwnRenderer):
            contender.load(Lens())
        if isinstance(contender, Predictions) and contender.disparity not in kinds:
            raise InputError(
                f"predictions {contender.name}: made from {contender.disparity!r} disparity, which is not"
                f" among --disparity {','.join(kinds)}"
            )
