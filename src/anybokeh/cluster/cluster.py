"""A pool of Ray actors that render segments, however often some of them are lost.

Every actor has at most two segments at a time, one at work and one waiting, so that no more results are under
way than workers can make. Actors may die with their machines: their segments go to others, and new actors
start where there is room, also on machines that join later.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from anybokeh.cluster.clip_task import ClipTask, versions
from anybokeh.cluster.cluster_settings import ClusterSettings
from anybokeh.cluster.engine import OnCluster
from anybokeh.cluster.maker import RenderedSegment, SegmentMaker
from anybokeh.errors import InputError
from anybokeh.render.segment_plan import SegmentPlan
from anybokeh.runtime.threads import available_threads
from anybokeh.segments.plan import Missing
from anybokeh.settings import RenderSettings

_IN_FLIGHT = 2
_LOOK_SECONDS = 5.0
_PATIENCE_SECONDS = 600.0
"""How long to wait where no worker is left before the render is given up."""

Tell = Callable[..., object]
"""Called with the name of an event and its fields."""


@dataclass(eq=False)
class _Worker:
    actor: Any
    ready: Any
    name: str | None = None
    tasks: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class _Work:
    """A clip's runs: those that wait, those at workers by reference, and how often each failed.

    key, box: name the clip for the workers, and hold it.
    """

    key: str
    box: list[Any]
    queue: deque[Missing]
    pending: dict[Any, tuple[_Worker, Missing]] = field(default_factory=dict)
    attempts: Counter[int] = field(default_factory=Counter)

    def forget(self, reference: Any) -> None:
        """Take a run off its worker."""
        worker, _ = self.pending.pop(reference)
        worker.tasks.remove(reference)


class Cluster:
    """A connection to a Ray cluster, and workers there that stay from clip to clip."""

    def __init__(self, settings: ClusterSettings) -> None:
        """Raises InputError where Ray is missing or there is no such cluster."""
        self._settings = settings
        self._ray = _connect(settings)
        self._workers: list[_Worker] = []
        self._gpus = 0.0 if settings.gpus is None else settings.gpus
        self._looked = 0.0
        self.deaths = 0

    def engine(self, input: str, settings: RenderSettings, height: int, width: int) -> OnCluster:
        """An engine for a clip of that size; input, settings: as the workers name the files."""
        return OnCluster(self.render, *self.plan(settings, height, width), input, settings)

    def plan(self, settings: RenderSettings, height: int, width: int) -> tuple[str, SegmentPlan, str]:
        """What `SegmentMaker.plan` of a worker says: no weights are loaded here."""
        if self._settings.gpus is None and settings.device != "cpu":
            self._gpus = float(any(node.get("GPU", 0) for node in self._nodes()))
        self._grow(1)
        while True:
            worker = self._first_ready()
            try:
                return self._ray.get(worker.actor.plan.remote(settings, height, width))
            except Exception as error:
                if not self._is_lost(error):
                    raise _cause(error) from None
                self._lose(worker, error, lambda *_, **__: None)
                self._grow(1)

    def render(
        self, task: ClipTask, runs: Sequence[Missing], tell: Tell
    ) -> Generator[RenderedSegment, None, None]:
        """The segments of these runs in the order in which they are finished.

        tell: receives the events `worker lost` and `segment failed`.

        Raises InputError for what a user can mend, and where a segment or all workers fail too often.
        """
        work = _Work(uuid.uuid4().hex, [self._ray.put(task)], deque(runs))
        alone_since: float | None = None
        try:
            while work.queue or work.pending:
                self._grow(len(work.queue) + len(work.pending))
                self._hand_out(work)
                for reference in self._finished(work, tell):
                    rendered = self._result(work, reference, tell)
                    if rendered is not None:
                        yield rendered
                alone_since = self._check_alone(alone_since)
        finally:
            for worker in self._workers:
                worker.tasks = [one for one in worker.tasks if one not in work.pending]

    def _hand_out(self, work: _Work) -> None:
        """Give waiting runs to workers that are up and have few."""
        for worker in self._by_load():
            if work.queue and worker.name is not None and len(worker.tasks) < _IN_FLIGHT:
                run = work.queue.popleft()
                reference = worker.actor.make.remote(work.key, work.box, run)
                worker.tasks.append(reference)
                work.pending[reference] = worker, run

    def _finished(self, work: _Work, tell: Tell) -> Iterator[Any]:
        """References of runs that ended, one way or the other; welcomes workers that came up meanwhile."""
        starting = {worker.ready: worker for worker in self._workers if worker.name is None}
        done, _ = self._ray.wait([*work.pending, *starting], timeout=_LOOK_SECONDS)
        for reference in done:
            if reference in starting:
                self._welcome(starting[reference], tell)
            # others were lost together with another segment of their worker
            elif reference in work.pending:
                yield reference

    def _result(self, work: _Work, reference: Any, tell: Tell) -> RenderedSegment | None:
        """The segment of a run; None where it failed and waits again."""
        try:
            rendered = self._ray.get(reference)
        except Exception as error:
            self._take_back(work, reference, error, tell)
            return None
        work.forget(reference)
        return rendered

    def _take_back(self, work: _Work, reference: Any, error: Exception, tell: Tell) -> None:
        """Let a run that failed, and all that were lost with its worker, wait again."""
        worker, run = work.pending[reference]
        again = [run]
        if self._is_lost(error):
            at_work = worker.tasks.index(reference) == 0
            again = [work.pending.pop(one)[1] for one in worker.tasks if one in work.pending]
            self._lose(worker, error, tell)
            run = again[0] if at_work else run
        else:
            work.forget(reference)
            error = _cause(error)
            if isinstance(error, InputError):
                raise error from None
            tell("segment failed", segment=run.first, reason=_line(error))
        work.attempts[run.first] += 1
        if work.attempts[run.first] >= self._settings.attempts:
            raise InputError(
                f"segment {run.first} failed {work.attempts[run.first]} times on the cluster:"
                f" {_line(error)}; --resume goes on"
            ) from None
        work.queue.extendleft(reversed(again))

    def _by_load(self) -> list[_Worker]:
        return sorted(self._workers, key=lambda worker: len(worker.tasks))

    def _check_alone(self, since: float | None) -> float | None:
        """Since when no worker is up; raises InputError where that is too long."""
        if any(worker.name is not None for worker in self._workers):
            return None
        since = time.monotonic() if since is None else since
        if time.monotonic() - since > _PATIENCE_SECONDS:
            raise InputError(
                f"ray {self._settings.address}: no worker started within {_PATIENCE_SECONDS:.0f} s; is there"
                f" a machine with {self._settings.cpus} processors to spare? --resume goes on"
            )
        return since

    def _grow(self, wanted: int) -> None:
        """Start workers where there is room for more."""
        room = sum(map(self._room_of, self._nodes())) // self._settings.shares if self._is_due() else 0
        most = min(wanted, self._settings.workers or wanted)
        for _ in range(min(max(room, 1), most) - len(self._workers)):
            actor = self._actor.remote(self._settings.cpus)
            self._workers.append(_Worker(actor, actor.who.remote()))

    def _is_due(self) -> bool:
        if time.monotonic() - self._looked < _LOOK_SECONDS and self._workers:
            return False
        self._looked = time.monotonic()
        return True

    def _room_of(self, node: dict[str, float]) -> int:
        room = int(node.get("CPU", 0) // self._settings.cpus)
        return min(room, int(node.get("GPU", 0) / self._gpus)) if self._gpus else room

    def _nodes(self) -> list[dict[str, float]]:
        return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]

    @property
    def _actor(self) -> Any:
        # restarts are ours, so that a segment waits for no machine that may never come back
        return self._ray.remote(
            num_cpus=self._settings.cpus, num_gpus=self._gpus, max_restarts=0, scheduling_strategy="SPREAD"
        )(SegmentMaker)

    def _first_ready(self) -> _Worker:
        since = None
        while True:
            worker = next((worker for worker in self._workers if worker.name is not None), None)
            if worker is not None:
                return worker
            self._grow(1)
            starting = {worker.ready: worker for worker in self._workers}
            done, _ = self._ray.wait(list(starting), timeout=_LOOK_SECONDS)
            for reference in done:
                self._welcome(starting[reference], lambda *_, **__: None)
            since = self._check_alone(since)

    def _welcome(self, worker: _Worker, tell: Tell) -> None:
        try:
            name, found = self._ray.get(worker.ready)
        except Exception as error:
            if not self._is_lost(error):
                raise _cause(error) from None
            self._lose(worker, error, tell)
            return
        for what, here in versions().items():
            if found[what] != here:
                raise InputError(
                    f"worker {name} has {what} {found[what]}, here it is {here}: install the same"
                )
        worker.name = name
        tell("worker started", worker=name)

    def _lose(self, worker: _Worker, error: Exception, tell: Tell) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            self.deaths += 1
            self._looked = 0.0
            tell("worker lost", worker=worker.name, reason=_line(error))
        # where only its result was lost, it would keep the processors of its successor
        self._kill(worker)

    def _is_lost(self, error: Exception) -> bool:
        kinds = self._ray.exceptions
        return isinstance(error, (kinds.RayActorError, kinds.ObjectLostError, kinds.WorkerCrashedError))

    def _kill(self, worker: _Worker) -> None:
        try:
            self._ray.kill(worker.actor)
        except Exception as error:
            logging.getLogger(__name__).debug("worker %s: %s", worker.name, error)

    def close(self) -> None:
        """End the workers and leave the cluster."""
        for worker in self._workers:
            self._kill(worker)
        self._workers.clear()
        self._ray.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(settings: ClusterSettings) -> Any:
    # no usage statistics leave the machine
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise InputError("--ray needs Ray: pip install 'anybokeh[ray]'") from None
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if settings.address == "local":
            ray.init(address="local", num_cpus=available_threads(), include_dashboard=False, **quiet)
        else:
            ray.init(address=settings.address, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"ray {settings.address}: no cluster answers there ({_line(error)})") from None
    return ray


def _cause(error: Exception) -> Exception:
    """What a worker raised, without the trace that Ray puts around it."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, Exception) else error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
