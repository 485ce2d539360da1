"""The queue of full-quality renders: one at a time, each in a process of its own.

A render depends on no page: it goes on when the browser is closed. One that was stopped, by the user or with
the studio itself, can go on later from its last finished segment.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import write_whole
from anybokeh.studio.background_task import sentence_of
from anybokeh.studio.fault_log import log_fault
from anybokeh.studio.render_job import RenderJob
from anybokeh.studio.worker import start_worker

_STATE = "state.json"
_SECONDS_TO_END = 20


@dataclass
class Render:
    """A render as the page sees it.

    Attributes:
        job: what is rendered.
        folder: where.
        key: of the clip.
        state: queued, working, done, stopped or failed.
        step: what it does while it is at work. left: about how long that will take.
        done, total: frames of the step.
        message: one sentence where it failed.
        seconds: that it took, before it was stopped and after.
        begun: seconds since 1970 when it was asked for.
    """

    job: RenderJob
    folder: Path
    key: str
    state: str = "queued"
    step: str = ""
    left: str = ""
    done: int = 0
    total: int | None = None
    message: str = ""
    seconds: float = 0.0
    begun: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def output(self) -> Path:
        """The result, which is there when it is done."""
        return self.folder / self.job.output

    @property
    def track(self) -> Path:
        """The track that it was rendered with."""
        return self.folder / "track.json"

    @property
    def log(self) -> Path:
        """What its process said of errors, which may be missing."""
        return self.folder / "log.txt"

    @property
    def is_active(self) -> bool:
        """Whether it is at work or waits for that."""
        return self.state in ("queued", "working")

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        size = self.output.stat().st_size if self.state == "done" and self.output.is_file() else None
        return {
            "id": self.job.id,
            "clip": self.key,
            "name": self.job.output,
            "codec": self.job.codec,
            "start": self.job.options["start"],
            "end": self.job.options["end"],
            "state": self.state,
            "step": self.step,
            "left": self.left,
            "done": self.done,
            "total": self.total,
            "message": self.message,
            "seconds": self.seconds,
            "begun": self.begun,
            "notes": list(self.notes),
            "bytes": size,
        }

    def save(self) -> None:
        """Write how it stands; raises InputError."""
        names = ("state", "done", "total", "message", "seconds", "begun", "notes")
        values = {name: getattr(self, name) for name in names}
        write_whole(self.folder / _STATE, json.dumps(values).encode())


class Renders:
    """All renders, and the thread that works through the queue."""

    def __init__(self) -> None:
        self._renders: dict[str, Render] = {}
        self._queue: deque[Render] = deque()
        self._state = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._current: Render | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="renders", daemon=True)
        self._thread.start()

    def find(self, key: str, folder: Path) -> None:
        """Take over the renders of a project that an earlier studio left. folder: of the project."""
        names = {one.name for one in fields(Render)} - {"job", "folder", "key"}
        for file in sorted((folder / "renders").glob("*/job.json")):
            if file.parent.name in self._renders:
                continue
            with contextlib.suppress(InputError, OSError, ValueError, TypeError):
                render = Render(RenderJob.load(file.parent), file.parent, key)
                state = json.loads((file.parent / _STATE).read_text(encoding="utf-8"))
                for name in names & state.keys():
                    setattr(render, name, state[name])
                if render.is_active:
                    render.state = "stopped"
                if render.state == "done" and not render.output.is_file():
                    continue
                self._renders[render.job.id] = render

    def start(self, key: str, folder: Path, job: RenderJob, track: str) -> Render:
        """Queue a render. folder: of the project. track: text of the track file. Raises InputError."""
        own = folder / "renders" / job.id
        try:
            own.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"{own}: cannot be made ({error.strerror})") from None
        render = Render(job, own, key, begun=time.time())
        try:
            job.save(own)
            write_whole(render.track, track.encode())
            render.save()
        except InputError:
            shutil.rmtree(own, ignore_errors=True)
            raise
        self._put(render)
        return render

    def get(self, id: str) -> Render:
        """One render; raises InputError where there is none."""
        render = self._renders.get(id)
        if render is None:
            raise InputError("this render does not exist any more")
        return render

    def of(self, key: str | None = None) -> list[Render]:
        """The renders of a clip, or all, the newest first."""
        chosen = [one for one in self._renders.values() if key is None or one.key == key]
        return sorted(chosen, key=lambda one: -one.begun)

    def cancel(self, id: str) -> None:
        """Stop a render; what is finished of it stays."""
        render = self.get(id)
        with self._state:
            if render.state == "queued":
                self._queue.remove(render)
                self._end(render, "stopped")
            elif render is self._current and self._process is not None:
                self._process.send_signal(signal.SIGTERM)

    def resume(self, id: str) -> None:
        """Go on with a render that was stopped or failed."""
        render = self.get(id)
        if render.state in ("stopped", "failed"):
            self._put(render)

    def remove(self, id: str) -> None:
        """Delete a render that is not at work, and its files."""
        render = self.get(id)
        if render.is_active:
            raise InputError("this render is at work; cancel it first")
        shutil.rmtree(render.folder, ignore_errors=True)
        del self._renders[id]

    def close(self) -> None:
        """Stop the render at work; it can go on later."""
        with self._state:
            self._closed = True
            self._queue.clear()
            process = self._process
            self._state.notify_all()
        if process is not None:
            process.send_signal(signal.SIGTERM)
        self._thread.join(_SECONDS_TO_END)
        if process is not None and process.poll() is None:
            process.kill()

    def _put(self, render: Render) -> None:
        with self._state:
            render.state, render.message, render.notes = "queued", "", ()
            self._renders[render.job.id] = render
            self._queue.append(render)
            self._state.notify_all()

    def _work(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                self._current = render = self._queue.popleft()
                render.state = "working"
            try:
                self._run(render)
            except Exception as error:
                log_fault(f"render {render.job.id}", error)
                self._end(render, "failed", sentence_of(error))

    def _run(self, render: Render) -> None:
        begun = time.monotonic()
        before = render.log.stat().st_size if render.log.exists() else 0
        with start_worker("anybokeh.studio.render_process", render.folder, render.log) as process:
            with self._state:
                self._process = process
                if self._closed:
                    process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            report: dict[str, Any] = {}
            for line in process.stdout:
                with contextlib.suppress(ValueError):
                    told = json.loads(line)
                    report |= told
                    render.step, render.left = report.get("step", ""), report.get("left", "")
                    render.done, render.total = report.get("done", 0), report.get("total")
                    if "note" in told:
                        render.notes = (*render.notes, told["note"])
            status = process.wait()
        with self._state:
            self._process = self._current = None
        render.seconds = round(render.seconds + time.monotonic() - begun, 2)
        if status == 0:
            render.done = render.total = report.get("frames", render.done)
            render.notes = tuple(report.get("notes", ()))
            self._end(render, "done")
        elif status in (130, -signal.SIGTERM):
            self._end(render, "stopped")
        else:
            errors = render.log.read_bytes()[before:].decode(errors="replace").split("\n")
            last = next((line for line in reversed(errors) if line.strip()), "")
            ended = last.strip() or f"the render ended with status {status}"
            self._end(render, "failed", report.get("error") or ended)

    @staticmethod
    def _end(render: Render, state: str, message: str = "") -> None:
        render.state, render.message = state, message
        # on a full disk the page still shows it
        with contextlib.suppress(InputError):
            render.save()


def new_id() -> str:
    """A name for a render that sorts by time."""
    return time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(2)
