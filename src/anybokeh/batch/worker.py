"""A process that renders one clip after another on its share of the processors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anybokeh.batch.manifest import Row
from anybokeh.errors import InputError

if TYPE_CHECKING:
    from anybokeh.cluster import Cluster, ClusterSettings


class Worker:
    """One such process. `connection` becomes readable when it has a result or has died."""

    def __init__(
        self, processors: tuple[int, ...], gpu: str | None, cluster: ClusterSettings | None = None
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.row: Row | None = None
        self._process = context.Process(target=_work, args=(theirs, processors, gpu, cluster), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, row: Row) -> None:
        """Hand it a clip; raises OSError where it has died."""
        self.row = row
        self.connection.send(row)

    def result(self) -> dict[str, Any] | None:
        """What became of its clip; None where it died."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return None

    def death(self) -> str:
        """Why it died, as far as the system tells."""
        self._process.join(5)
        code = self._process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            return f"the worker was ended by {name}" + (
                "; perhaps the memory was full: use fewer --jobs" if name == "SIGKILL" else ""
            )
        return f"the worker ended with status {code}"

    def end(self) -> None:
        """End it, whatever it does: finished segments stay on the disk."""
        self.connection.close()
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(
    connection: Connection,
    processors: tuple[int, ...],
    gpu: str | None,
    cluster_settings: ClusterSettings | None,
) -> None:
    # the parent is told of interrupts, and ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if processors and hasattr(os, "sched_setaffinity"):
        # rendering, encoding and array libraries count the processors that they may use
        os.sched_setaffinity(0, processors)
        os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(len(processors))
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    from anybokeh.runtime.system import keep_freed_memory

    keep_freed_memory()
    with ExitStack() as stack:
        cluster = failure = None
        if cluster_settings is not None:
            from anybokeh.cluster import Cluster

            # Ray tells of lost machines there, and it belongs to --json
            sys.stdout = sys.stderr
            try:
                cluster = stack.enter_context(Cluster(cluster_settings))
            except InputError as error:
                failure = {"status": "failed", "error": str(error)}
        while True:
            try:
                row = connection.recv()
            except (EOFError, OSError):
                return
            try:
                connection.send(failure or render_row(row, cluster))
            except OSError:
                return


def render_row(row: Row, cluster: Cluster | None = None) -> dict[str, Any]:
    """Render one clip; whatever goes wrong with it is told in one line and ends nothing else."""
    from anybokeh.job.refocus import render_clip
    from anybokeh.segments.open_job import NotResumable
    from anybokeh.segments.work_folder import folder_of

    try:
        # an output that is to be replaced is no reason to do nothing
        anew = row.settings.overwrite
        if isinstance(row.output, Path):
            row.output.parent.mkdir(parents=True, exist_ok=True)
            anew = anew and not folder_of(row.output).is_dir()
        try:
            resumed = replace(row.settings, resume=not anew)
            report = render_clip(row.input, row.output, settings=resumed, cluster=cluster)
        except NotResumable:
            report = render_clip(row.input, row.output, settings=row.settings, cluster=cluster)
        return {"status": "done", **asdict(report)}
    except InputError as error:
        return {"status": "failed", "error": str(error)}
    except MemoryError:
        return {"status": "failed", "error": "out of memory; use fewer --jobs or smaller clips"}
    except Exception as error:
        return {"status": "failed", "error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
