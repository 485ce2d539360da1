"""Rendering the rows of a manifest on worker processes, going on after failures."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

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


OnResult = Callable[[dict[str, Any]], None]


class _Share(NamedTuple):
    """Processors, a graphics card, and a cluster for a worker; see `Worker`."""

    processors: tuple[int, ...]
    gpu: str | None
    cluster: ClusterSettings | None


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
    on_result: OnResult | None = None,
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
    with _Crew(batch, batch.not_done(rows), _shares(jobs, cluster)) as crew:
        while crew.workers:
            crew.take_results()
    return batch.report(time.perf_counter() - started)


class _Crew:
    """Workers at their places, each with a row until none is left; a place is a share of the machine."""

    def __init__(self, batch: _Batch, rows: Iterator[Row], shares: list[_Share]) -> None:
        self._batch = batch
        self._rows = rows
        self._shares = shares
        self.workers: dict[int, Worker] = {}

    def __enter__(self) -> Self:
        try:
            for place in range(len(self._shares)):
                row = next(self._rows, None)
                if row is None:
                    break
                self._begin(place, row)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.end()

    def take_results(self) -> None:
        """Wait until a worker has ended a row or died, and give all such their next rows."""
        ready = wait([worker.connection for worker in self.workers.values()])
        for place, worker in list(self.workers.items()):
            if worker.connection in ready:
                self._take_result(place, worker)
                self._batch.metrics.running = len(self.workers)
                self._batch.write_metrics()

    def _take_result(self, place: int, worker: Worker) -> None:
        row, result = worker.row, worker.result()
        assert row is not None
        if result is not None:
            self._batch.ended(row, result)
            following = next(self._rows, None)
        else:
            death = worker.death()
            self._end(place)
            following = row if self._batch.died(row, death) else next(self._rows, None)
        if following is not None:
            self._begin(place, following)
        elif place in self.workers:
            self._end(place)

    def _begin(self, place: int, row: Row) -> None:
        if place not in self.workers:
            self.workers[place] = Worker(*self._shares[place])
        self._batch.begin(self.workers[place], row)

    def _end(self, place: int) -> None:
        self.workers.pop(place).end()


class _Batch:
    """What becomes of rows, and telling so."""

    def __init__(
        self,
        results: Results,
        metrics: Metrics,
        log: Log,
        on_result: OnResult | None,
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

    def report(self, seconds: float) -> BatchReport:
        """Sums, logged as the end of the batch."""
        self.metrics.running = 0
        self.write_metrics(now=True)
        clips = self.metrics.clips
        report = BatchReport(
            clips["done"],
            clips["failed"],
            clips["skipped"],
            self.metrics.frames,
            seconds,
            self.metrics.deaths,
        )
        self.log.event("batch ended", **vars(report))
        return report

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


def _shares(jobs: int, cluster: ClusterSettings | None) -> list[_Share]:
    """What each of so many workers may use, as equal as can be; no processor twice while they last."""
    every = processors()
    together = None if cluster is None else replace(cluster, shares=jobs)
    own = [every[place::jobs] or (every[place % len(every)],) for place in range(jobs)]
    return [_Share(processors, gpu, together) for processors, gpu in zip(own, _gpus(jobs), strict=True)]


def _gpus(jobs: int) -> list[str | None]:
    """A graphics card for each worker, of those that CUDA_VISIBLE_DEVICES names; None leaves it as it is."""
    named = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return [named[place % len(named)] if len(named) > 1 and jobs > 1 else None for place in range(jobs)]


def default_results(manifest: Path) -> Path:
    """Where results go if nothing else is said."""
    return manifest.with_name(f"{manifest.stem}.results.jsonl")
