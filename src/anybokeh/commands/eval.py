"""`anybokeh eval`: measure renderers on clips whose true bokeh is known, and on real ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anybokeh.commands.common import command
from anybokeh.errors import InputError
from anybokeh.runtime.progress import progress

if TYPE_CHECKING:
    from anybokeh.evaluation.contenders import Contender


def add_eval(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "eval", _eval, "Measure renderers on clips with known bokeh and on real ones.")
    parser.add_argument(
        "benchmarks",
        metavar="BENCH",
        nargs="*",
        type=Path,
        help="folders of samples or real clips; without any, a benchmark is made",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", action="store_true", help="small benchmark, minutes; of BENCH, 4 frames of every clip"
    )
    size.add_argument("--full", action="store_true", help="large benchmark, about an hour; all of BENCH")
    group = parser.add_argument_group("who takes part")
    group.add_argument(
        "--renderers",
        metavar="NAMES",
        default="layered,layered+used",
        help="renderers or model folders, or none; NAME+used as renders use it: steadied, repaired, hidden",
    )
    group.add_argument("--rivals", metavar="NAMES", default="all", help="simpler ways: all, none, or names")
    group.add_argument(
        "--predictions",
        metavar="NAME=FOLDER",
        action="append",
        default=[],
        help="another program's frames, FOLDER/CLIP/00000.png …; NAME@damaged=FOLDER if made from that",
    )
    group.add_argument("--device", choices=("auto", "cpu", "webgpu", "cuda", "mps"), default="auto")
    group = parser.add_argument_group("what they are given")
    group.add_argument(
        "--disparity", metavar="KINDS", default="exact,damaged", help="exact, damaged, or how (see the guide)"
    )
    group.add_argument("--radiance", action="store_true", help="tell how bright clipped pixels were")
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        metavar="REPORT",
        type=Path,
        default=Path("out/eval"),
        help="folder of the report, replaced (default out/eval)",
    )
    group.add_argument("--no-videos", action="store_true", help="leave out the side-by-side videos")
    group.add_argument(
        "--metric-weights", metavar="FOLDER", type=Path, help="weights of networks that measure"
    )
    group.add_argument("--seed", metavar="N", type=int, default=0, help="decides everything (default 0)")


def _eval(options: argparse.Namespace) -> int:
    from anybokeh.evaluation.evaluating import EvaluationSettings, evaluate

    if options.seed < 0:
        raise InputError(f"seed is {options.seed}: expected 0 or more")
    settings = EvaluationSettings(
        benchmarks=tuple(options.benchmarks),
        full=options.full,
        frames=4 if options.quick and options.benchmarks else None,
        disparities=_names(options.disparity),
        output=options.output,
        videos=not options.no_videos,
        seed=options.seed,
        **({"metric_weights": options.metric_weights} if options.metric_weights else {}),
    )
    contenders = _contenders(options)
    with _progress_bar() as on_progress:
        done = evaluate(settings, contenders, progress=on_progress)
    for note in done.notes:
        print(f"note: {note}", file=sys.stderr)
    print(done.tables)
    print(f"{options.output}: report.md and all that belongs to it", file=sys.stderr)
    return 0


def _contenders(options: argparse.Namespace) -> list[Contender]:
    from anybokeh.evaluation.baselines import BASELINES, PROGRAMS
    from anybokeh.evaluation.contenders import USED, OwnRenderer, Rival, parse_predictions

    known = BASELINES | PROGRAMS
    rivals = _chosen(options.rivals, list(known), list(BASELINES))
    ours = [] if options.renderers == "none" else list(_names(options.renderers))
    contenders: list[Contender] = [
        *(Rival(name, known[name], options.radiance) for name in rivals),
        *(parse_predictions(text) for text in options.predictions),
        *(
            OwnRenderer(name.removesuffix(USED), options.radiance, options.device, name.endswith(USED))
            for name in ours
        ),
    ]
    if not contenders:
        raise InputError("nobody takes part: give --renderers, --rivals or --predictions")
    names = [contender.name for contender in contenders]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name!r} takes part twice; give every contender its own name")
    return contenders


def _chosen(text: str, known: list[str], standard: list[str]) -> list[str]:
    if text in ("all", "none"):
        return standard if text == "all" else []
    by_lower = {name.lower(): name for name in known}
    for name in _names(text):
        if name.lower() not in by_lower:
            raise InputError(f"rival is {name!r}: expected all, none, or some of: {', '.join(known)}")
    return [by_lower[name.lower()] for name in _names(text)]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar for each kind of work in turn."""
    with progress("evaluating") as bar:
        yield lambda what, done, total: bar(done, total)
