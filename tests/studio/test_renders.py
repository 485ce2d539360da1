"""The queue of renders, and what a render through the server makes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.studio import renders as module
from anybokeh.studio.content import content_key
from anybokeh.studio.document import Document
from anybokeh.studio.project import project_folder
from anybokeh.studio.render_job import RenderJob
from anybokeh.studio.renders import Render, Renders
from studio.serving import serving


@pytest.fixture
def renders() -> Iterator[Renders]:
    queue = Renders()
    yield queue
    queue.close()


def job(id: str, clip: Path) -> RenderJob:
    return RenderJob.of(id, clip, Document(), (None, None), "h264", None)


def ended(render: Render) -> Render:
    for _ in range(600):
        if render.state not in ("queued", "working"):
            return render
        time.sleep(0.05)
    raise AssertionError(render.state)


def worker(script: str) -> Callable:
    """In the place of `start_worker`: a process that runs this."""

    def start(_: str, folder: Path, log: Path) -> subprocess.Popen:
        command = [sys.executable, "-S", "-c", script]
        with log.open("ab") as errors:
            return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder)

    return start


def test_a_continued_render_tells_the_time_of_all_its_runs(renders, tmp_path, monkeypatch) -> None:
    stopped = "import sys, time; time.sleep(0.4); sys.exit(130)"
    monkeypatch.setattr(module, "start_worker", worker(stopped))
    render = ended(renders.start("key", tmp_path, job("one", tmp_path / "a.mp4"), "{}"))
    before = render.seconds
    assert render.state == "stopped" and before >= 0.4
    # also where the studio was started anew between
    other = Renders()
    other.find("key", tmp_path)
    monkeypatch.setattr(module, "start_worker", worker("print('{\"frames\": 3}')"))
    other.resume("one")
    again = ended(other.get("one"))
    other.close()
    assert again.state == "done" and again.seconds > before


def test_a_worker_that_dies_leaves_its_last_words(renders, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "start_worker", worker("import sys; sys.exit('no memory left')"))
    render = ended(renders.start("key", tmp_path, job("one", tmp_path / "a.mp4"), "{}"))
    assert (render.state, render.message) == ("failed", "no memory left")
    monkeypatch.setattr(module, "start_worker", worker("import os; os._exit(7)"))
    renders.resume("one")
    # what an earlier run said is not said again
    assert ended(render).message == "the render ended with status 7"
    assert "no memory left" in render.log.read_text()


@pytest.mark.slow
def test_in_and_out_render_what_they_stand_on(tmp_path: Path, media: Path) -> None:
    """Frames 1 to 3 of a clip, and beside it a render that failed at an earlier time, whose log is shown."""
    clip = Path(shutil.copy(media / "clip.mp4", tmp_path / "clip.mp4"))
    projects = tmp_path / "projects"
    failed = project_folder(projects, clip, content_key(clip)) / "renders" / "early"
    failed.mkdir(parents=True)
    job("early", clip).save(failed)
    (failed / "state.json").write_text('{"state": "failed", "message": "a fault", "folder": "/etc"}')
    (failed / "log.txt").write_text("Traceback of that")
    with serving(projects, clip, "--disparity", media / "maps") as served:
        (key,) = (one["id"] for one in served.ask("/api/studio")["clips"])
        state = served.wait(f"/api/clips/{key}", lambda s: s["progress"]["disparity"]["state"] == "done")
        document = state["document"] | {"first": 1, "last": 3}
        document["keyframes"][0]["blur"] = 0
        served.ask(f"/api/clips/{key}", {"revision": state["revision"], "document": document}, "PUT")
        render = served.ask(f"/api/clips/{key}/render", {"codec": "ffv1"})["id"]
        done = served.status(
            lambda answer: next(r for r in answer["renders"] if r["id"] == render)["state"] == "done",
        )
        (told,) = (one for one in done["renders"] if one["id"] == render)
        assert told["done"] == 3
        assert served.ask("/api/renders/early/log") == b"Traceback of that"
        assert served.ask("/api/log") == b"Nothing went wrong so far.\n"
        command = served.ask(f"/api/clips/{key}/command")["command"]
    assert "--start" in command and "--end" in command
    (output,) = projects.glob(f"*/renders/{render}/*.mkv")
    result, source = tiny.frames_of(output), tiny.frames_of(clip)
    assert len(result) == 3
    for place, frame in enumerate(result):
        distances = [np.abs(frame.astype(int) - one.astype(int)).mean() for one in source]
        assert int(np.argmin(distances)) == 1 + place
