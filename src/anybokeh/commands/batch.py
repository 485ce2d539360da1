"""`anybokeh batch`: render many clips, go on after failures, and restart where it stopped.

Exit status: 0 every row is done; 1 some rows failed; 2 bad arguments or no manifest; 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from anybokeh.commands.cluster import add_cluster_options, cluster_settings
from anybokeh.commands.common import command, list_options
from anybokeh.errors import InputError
from anybokeh.options.command_line import add_options, read_options
from anybokeh.settings import RenderSettings
from anybokeh.storage.urls import is_url, local_path


def add_batch(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "batch", _batch, "Render many clips from a manifest.", two_helps=True)
    parser.add_argument(
        "manifest",
        metavar="MANIFEST",
        type=Path,
        help="CSV or JSON lines with input, and optionally output and options by name (focus_range); or an "
        "official CSV list",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="folder or URL that outputs are seen from and must lie in (default: the manifest's)",
    )
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        help="folder or URL of all inputs (default: the manifest's; of official lists the one above)",
    )
    add_options(parser, RenderSettings(), "batch")
    group = parser.add_argument_group("how to run")
    group.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=1,
        help="clips at a time, each on its share of the processors (default 1, which uses all of them)",
    )
    group.add_argument(
        "--results", metavar="FILE", type=Path, help="results file (default MANIFEST.results.jsonl)"
    )
    group.add_argument("--metrics", metavar="FILE", type=Path, help="keep metrics there for Prometheus")
    group.add_argument("--log", metavar="FILE", type=Path, help="append events there as JSON lines")
    group.add_argument("--json", action="store_true", help="print one line of JSON on standard output")
    add_cluster_options(parser)
    list_options(parser, "manifest", "output", "jobs")


def _batch(options: argparse.Namespace) -> int:
    from anybokeh.batch.manifest import read_manifest
    from anybokeh.batch.metrics import Metrics
    from anybokeh.batch.results import Results
    from anybokeh.batch.run import default_results, run_batch
    from anybokeh.runtime.log import Log

    manifest: Path = options.manifest
    if not 1 <= options.jobs <= 1024:
        raise InputError(f"jobs is {options.jobs}: expected 1 or more")
    if not manifest.is_file():
        raise InputError(f"{manifest}: there is no such file; expected a manifest")
    folders = _folders(options)
    rows = read_manifest(manifest, folders, read_options(options, RenderSettings()))
    # what is no manifest is refused before anything is made
    rows = chain([next(rows)], rows)
    if options.output is not None:
        _make(folders.output)
    with Log(options.log) as log, Results(options.results or default_results(manifest)) as results:
        report = run_batch(
            rows,
            results,
            jobs=options.jobs,
            cluster=cluster_settings(options),
            metrics=Metrics(options.metrics),
            log=log,
            on_result=_print_result,
        )
        path = results.path
    if options.json:
        print(json.dumps({**asdict(report), "results": str(path)}))
    counts = f"{report.done} done, {report.failed} failed, {report.skipped} done before"
    print(f"{path}: {counts}", file=sys.stderr)
    return 1 if report.failed else 0


def _print_result(line: dict[str, Any]) -> None:
    if line["status"] == "failed":
        print(f"row {line['row']} failed: {line['error']}", file=sys.stderr)
    else:
        print(f"row {line['row']}: {line['output']}: {line['frames']} frames", file=sys.stderr)


def _folders(options: argparse.Namespace) -> Any:
    from anybokeh.batch.manifest import Folders, is_official

    base = options.manifest.absolute().parent
    root = _place(options.root) or (base.parent if is_official(options.manifest) else base)
    output = _place(options.output) or base
    if isinstance(root, Path) and not root.is_dir():
        raise InputError(f"{root}: there is no such folder; expected one that holds the inputs")
    return Folders(base, root, output)


def _make(output: Path | str) -> None:
    if isinstance(output, Path):
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{output}: cannot be made a folder ({error.strerror})") from None


def _place(name: str | None) -> Path | str | None:
    if name is None:
        return None
    if not is_url(name):
        return Path(name)
    return local_path(name) or name
