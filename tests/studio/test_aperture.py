"""Keyframes in a photographer's terms: shown as a render makes them, and kept until they are edited."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anybokeh.clip import open_clip
from anybokeh.disparity.metres import Metres
from anybokeh.errors import InputError
from anybokeh.job.analysis import analyse
from anybokeh.optics.camera import Camera
from anybokeh.studio.aperture import Aperture
from anybokeh.studio.command_line import command_line
from anybokeh.studio.document import Document
from anybokeh.studio.folders import Folders
from anybokeh.studio.following import Following
from anybokeh.studio.part import Part
from anybokeh.studio.project import Project, project_folder
from anybokeh.studio.render_job import RenderJob
from anybokeh.studio.session import ClipSession
from anybokeh.studio.turns import Turns
from studio.conftest import FRAMES
from studio.serving import serving
from studio.visitor import Visitor

KEYFRAMES = (
    {"time": 0.0, "focus": 0.9, "f_number": 2.8, "ease": "linear"},
    {"frame": 10, "focus": 0.3, "f_number": 1.4, "range": 0.05},
    {"time": 0.8, "focus": 0.4, "blur": 30},
)
CAMERA = Camera(focal_length=85, sensor_width=24, subject_distance=1.5)


@pytest.fixture
def session(tmp_path: Path, media: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClipSession]:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    document = Document(KEYFRAMES, {"disparity": str(media / "maps")}, CAMERA)
    project = Project(tmp_path / "p", media / "clip.mp4", Document(), np.arange(24.0).copy)
    project.change(0, document)
    opened = ClipSession("key", media / "clip.mp4", project, Folders.of([media]), Turns())
    assert opened.disparity.wait(60)
    yield opened
    opened.close()


def blur_of(aperture: Aperture | None, document: Document) -> np.ndarray:
    assert aperture is not None
    task = aperture.task(document)
    assert task.wait(60) and task.result is not None, task.message
    return task.result


@pytest.mark.parametrize("part", [Part(), Part(4, 20)])
def test_it_is_the_blur_of_a_render(session: ClipSession, tmp_path: Path, part: Part) -> None:
    document = replace(session.project.document, part=part)
    job = RenderJob.of("id", session.path, document, session.seconds(part), "ffv1", None)
    (tmp_path / "track.json").write_text(document.track)
    settings = job.settings(tmp_path)
    assert settings.focal_length == 85 and settings.subject_distance == 1.5
    with open_clip(session.path) as clip:
        expected = analyse(clip, settings).track.blur
    found = blur_of(session.aperture, document)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert len(np.unique(found.round(3))) > 10
    assert "--focal-length 85" in command_line(job, tmp_path / "track.json")


def test_it_is_worked_out_anew_for_another_camera(session: ClipSession) -> None:
    document = session.project.document
    assert session.aperture is not None
    assert session.aperture.task(document) is session.aperture.task(replace(document, options={}))
    longer = replace(document, camera=replace(CAMERA, focal_length=170))
    assert blur_of(session.aperture, longer)[0] > 2 * blur_of(session.aperture, document)[0]


class _Metric:
    """Disparity whose scale in metres is known."""

    name = "metric"
    metres = Metres(0.0, 2.0)
    official = None

    def read(self, index: int, picture: np.ndarray | None = None) -> np.ndarray:
        return np.zeros((4, 4), np.float32)


def test_distances_are_disparity_where_the_scale_is_known(session: ClipSession) -> None:
    source = _Metric()
    following = Following(session.info, session.times, source)
    document = replace(session.project.document, keyframes=({"time": 0.0, "distance": 2, "f_number": 2},))
    found = blur_of(Aperture(session.info, session.times, source, following), document)
    # f^2 / N / (1 - f / S) times the span of disparity, on the sensor
    expected = 85 * 0.085 * 2 / (1 - 0.085 / 2) / 24 / 2 * 1024 / 2
    assert found == pytest.approx(expected, rel=1e-5)


def test_what_cannot_be_told_is_said(session: ClipSession) -> None:
    document = session.project.document
    assert session.aperture is not None
    for keyframe, words in (
        ({"time": 0.0, "distance": 2, "f_number": 2}, "does not tell metres"),
        ({"time": 0.0, "focus": 0.0, "f_number": 2}, "infinitely far"),
        ({"time": 0.0, "focus": 0.1, "f_number": 0.5}, "expected at most 512"),
    ):
        task = session.aperture.task(replace(document, keyframes=(keyframe,)))
        assert task.wait(60) and task.state == "failed"
        assert words in task.message and "\n" not in task.message


def test_what_failed_is_told_once_and_tried_again(
    session: ClipSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, aperture = session.project.document, session.aperture
    assert aperture is not None
    fail = threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr(Document, "read_track", lambda _: fail.wait(60) / 0)
        failed = aperture.task(document)
        fail.set()
        assert failed.wait(60)
    assert aperture.task(document) is failed and "ZeroDivisionError" in failed.message
    assert blur_of(aperture, document).shape == (FRAMES,)


def test_it_is_stopped_while_it_waits_for_what_is_followed(
    session: ClipSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = threading.Event()
    monkeypatch.setattr(Following, "_follow", lambda *_: end.wait(60))
    document, aperture = session.project.document, session.aperture
    assert aperture is not None
    waiting = replace(document, keyframes=({"time": 0.0, "focus": "point:50,50", "f_number": 2},))
    superseded = aperture.task(waiting)
    last = aperture.task(replace(waiting, camera=replace(CAMERA, focal_length=50)))
    assert superseded.state == "stopped" and last.state == "working"
    # what is followed is not waited for long either
    threading.Timer(1, end.set).start()
    session.close()
    assert last.state == "stopped"


def test_the_answer_names_the_revision_that_it_is_of(media: Path, tmp_path: Path) -> None:
    arguments = (media / "clip.mp4", "--disparity", media / "maps")
    with serving(tmp_path / "projects", *arguments) as served:
        clip = served.ask("/api/studio")["clips"][0]["id"]
        served.wait(f"/api/clips/{clip}", lambda told: told["progress"]["disparity"]["state"] == "done")
        state = served.ask(f"/api/clips/{clip}")
        document = state["document"] | {"keyframes": list(KEYFRAMES)}
        changed = served.ask(
            f"/api/clips/{clip}", {"revision": state["revision"], "document": document}, "PUT"
        )
        assert changed["revision"] == state["revision"] + 1
        told = served.wait(f"/api/clips/{clip}/blur", lambda told: told["values"])
        assert told["revision"] == changed["revision"] and len(told["values"]) == FRAMES


def test_without_an_aperture_a_render_is_told_no_camera() -> None:
    document = Document(camera=CAMERA)
    assert document.render_options == document.options
    with pytest.raises(InputError, match=r"^track: keyframe 1: "):
        Document(keyframes=({"time": 0.0, "focus": "nonsense"},)).read_track()


def test_the_page_shows_it_and_converts_what_is_edited(browser, media: Path, tmp_path: Path) -> None:
    arguments = (media / "clip.mp4", "--disparity", media / "maps")
    projects = tmp_path / "projects"
    with serving(projects, *arguments) as served:
        clip = served.ask("/api/studio")["clips"][0]["id"]
    track = project_folder(projects, media / "clip.mp4", clip) / "track.json"
    track.write_text(json.dumps({"version": 1, "keyframes": KEYFRAMES}))
    with serving(projects, *arguments) as served, Visitor(browser, served) as visitor:
        page = visitor.page
        visitor.shown()
        blur = served.wait(f"/api/clips/{clip}/blur", lambda told: told["values"])["values"]
        assert len(blur) == FRAMES
        assert visitor.value("#blur-number") == pytest.approx(blur[0], abs=0.06)
        page.locator("[data-shape='blades:5']").click()
        visitor.saved()
        kept = served.ask(f"/api/clips/{clip}")["document"]
        assert kept["aperture"] == "blades:5" and kept["keyframes"] == list(KEYFRAMES)
        visitor.click_picture(0.9, 0.5)
        visitor.shown()
        edited = served.ask(f"/api/clips/{clip}")["document"]["keyframes"]
        assert [one["blur"] for one in edited[:2]] == pytest.approx([blur[0], blur[10]], abs=0.01)
        assert not any("f_number" in one for one in edited)
        page.click("#undo")
        visitor.saved()
        assert served.ask(f"/api/clips/{clip}")["document"]["keyframes"] == list(KEYFRAMES)
