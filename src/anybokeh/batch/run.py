"""Rendering the rows of a manifest on worker processes, going on after failures."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anybokeh.batch.manifest import Row
from anybokeh.batch.metrics import Metrics
from anybokeh.batch.results import Results
from anybokeh.batch.worker import Worker
from anybokeh.errors import InputError
from anybokeh.runtime.log import Log
from anybokeh.storage.staging import exists
from anybokeh.storage.urls import is_url

if TYPE_CHECKING:
    from anybokeh.cluster import ClusterSettings

_MOST_DEATHS = 2
"""After so many workers have died on a row, it has failed."""


@dataclass(frozen=True)
class BatchReport:
    """How many rows ended how, the frames rendered, and the wall seconds."""

    done: int
    failed: int
    skipped: int
    frames: int
    seconds: float
    worker_deaths: int


def run_batch(
    rows: Iterator[Row],
    results: Results,
    *,
    jobs: int = 1,
    cluster: ClusterSettings | None = None,
    metrics: Metrics | None = None,
    log: Log | None = None,
    on_result: Callable[[dict[str, Any]], None] | None = None,
) -> BatchReport:
    """Render all rows.

    Args:
        rows: read as workers become free.
        results: which rows an earlier run finished, and where to write what becomes of the others.
        jobs: clips rendered at a time, each on its share of the processors.
        cluster: renders the segments of all clips; None renders them in the processes of this machine.
        metrics, log: where to report.
        on_result: called with every line of the results.

    Raises:
        InputError: the manifest cannot be read on; the results cannot be written.
    """
    batch = _Batch(results, metrics or Metrics(None), log or Log(None), on_result)
    started = time.perf_counter()
    batch.log.event("batch started", jobs=jobs, results=results.path)
    with ExitStack() as stack:
        together = None if cluster is None else replace(cluster, shares=jobs)
        shares = [(share, gpu, together) for share, gpu in zip(_shares(jobs), _gpus(jobs), strict=True)]
        workers: dict[int, Worker] = {}
        stack.callback(lambda: [worker.end() for worker in workers.values()])
        todo = batch.not_done(rows)
        for place, share in enumerate(shares):
            row = next(todo, None)
            if row is None:
                break
            workers[place] = Worker(*share)
            batch.begin(workers[place], row)
        while workers:
            ready = wait([worker.connection for worker in workers.values()])
            for place, worker in list(workers.items()):
                if worker.connection not in ready:
                    continue
                row, result = worker.row, worker.result()
                assert row is not None
                if result is None:
                    death = worker.death()
                    worker.end()
                    again = batch.died(row, death)
                    del workers[place]
                    row = row if again else next(todo, None)
                    if row is not None:
                        worker = workers[place] = Worker(*shares[place])
                else:
                    batch.ended(row, result)
                    row = next(todo, None)
                    if row is None:
                        worker.end()
                        del workers[place]
                if row is not None:
                    batch.begin(worker, row)
                batch.metrics.running = len(workers)
                batch.write_metrics()
    seconds = time.perf_counter() - started
    batch.metrics.running = 0
    batch.write_metrics(now=True)
    clips = batch.metrics.clips
    report = BatchReport(
        clips["done"], clips["failed"], clips["skipped"], batch.metrics.frames, seconds, batch.metrics.deaths
    )
    batch.log.event("batch ended", **vars(report))
    return report


class _Batch:
    """What becomes of rows, and telling so."""

    def __init__(
        self,
        results: Results,
        metrics: Metrics,
        log: Log,
        on_result: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        self.results = results
        self.metrics = metrics
        self.log = log
        self._on_result = on_result
        self._deaths: dict[int, int] = {}
        self._outputs: set[bytes] = set()

    def not_done(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Rows that are to be rendered; what becomes of the others is told at once."""
        for row in rows:
            # to be looked at now: a row before it may have made its output
            reason = row.error or self._conflict(row)
            if reason is not None:
                self.ended(row, {"status": "failed", "error": reason})
            elif self.results.digest_of(row.output) == row.digest and exists(row.output):
                self.metrics.add({"status": "skipped"})
                self.write_metrics()
            else:
                yield row

    def _conflict(self, row: Row) -> str | None:
        key = os.fsencode(row.output if is_url(row.output) else Path(row.output).absolute())
        if key in self._outputs:
            return f"{row.output}: is the output of another row as well"
        self._outputs.add(key)
        earlier = self.results.digest_of(row.output)
        if earlier not in (None, row.digest) and exists(row.output) and not row.settings.overwrite:
            return f"{row.output}: was made by a row that said something else; delete it or give --overwrite"
        return None

    def begin(self, worker: Worker, row: Row) -> None:
        self.log.event("clip started", row=row.number, input=row.input, output=row.output)
        # where it has died, waiting for it says so
        with contextlib.suppress(OSError):
            worker.begin(row)

    def died(self, row: Row, reason: str) -> bool:
        """Whether the row is to be tried again."""
        self.metrics.deaths += 1
        deaths = self._deaths[row.number] = self._deaths.get(row.number, 0) + 1
        again = deaths < _MOST_DEATHS
        self.log.event("worker died", row=row.number, reason=reason, again=again)
        if not again:
            self.ended(row, {"status": "failed", "error": reason})
        return again

    def ended(self, row: Row, result: dict[str, Any]) -> None:
        self._deaths.pop(row.number, None)
        line = {"row": row.number, "digest": row.digest, "input": row.input, **result, "output": row.output}
        try:
            self.results.add(line)
        except OSError as error:
            raise InputError(f"{self.results.path}: cannot be written ({error.strerror})") from None
        self.metrics.add(result)
        self.log.event("clip ended", **{name: line[name] for name in line if name != "digest"})
        if self._on_result is not None:
            self._on_result(line)

    def write_metrics(self, now: bool = False) -> None:
        try:
            self.metrics.write(now)
        except OSError as error:
            self.log.event("metrics not written", reason=error)


def processors() -> tuple[int, ...]:
    """Numbers of the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def _shares(jobs: int) -> list[tuple[int, ...]]:
    """Processors for each of so many workers, as equal as can be; none is given twice while they last."""
    every = processors()
    return [every[place::jobs] or (every[place % len(every)],) for place in range(jobs)]


def _gpus(jobs: int) -> list[str | None]:
    """A graphics card for each worker, of those that CUDA_VISIBLE_DEVICES names; None leaves it as it is."""
    named = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return [named[place % len(named)] if len(named) > 1 and jobs > 1 else None for place in range(jobs)]


def default_results(manifest: Path) -> Path:
    """Where results go if nothing else is said."""
    return manifest.with_name(f"{manifest.stem}.results.jsonl")
