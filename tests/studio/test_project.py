"""Changes of a project and the revisions that they are made upon."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.studio.document import Document, parse_document
from anybokeh.studio.folders import Folders
from anybokeh.studio.part import Part
from anybokeh.studio.project import Conflict, Project

TIMES = (np.arange(121) / 24).copy
FOUND = ({"time": 0.0, "focus": 0.8, "blur": 16, "range": 0, "ease": "smooth"},)
CHOSEN = ({"time": 0.0, "focus": 0.3, "blur": 20, "range": 0, "ease": "smooth"},)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "clip", tmp_path / "clip.mp4", Document(), TIMES)


def test_a_change_made_before_the_first_focus_was_found_is_kept(project: Project) -> None:
    changed = replace(project.document, options={"aperture": "blades:9"})
    project.begin_with(replace(project.document, keyframes=FOUND))
    project.change(0, changed)
    assert project.document == replace(changed, keyframes=FOUND)
    assert project.can_undo


def test_keyframes_chosen_before_the_first_focus_was_found_win(project: Project) -> None:
    changed = replace(project.document, keyframes=CHOSEN)
    project.begin_with(replace(project.document, keyframes=FOUND))
    project.change(0, changed)
    assert project.document.keyframes == CHOSEN


def test_other_changes_upon_an_older_revision_are_refused(project: Project) -> None:
    project.begin_with(replace(project.document, keyframes=FOUND))
    project.change(1, replace(project.document, options={"aperture": "blades:5"}))
    for old in (0, 1):
        with pytest.raises(Conflict):
            project.change(old, replace(project.document, options={"aperture": "blades:9"}))
    assert project.document.options["aperture"] == "blades:5"


def test_a_project_that_was_changed_begins_with_nothing_else(project: Project) -> None:
    project.change(0, replace(project.document, keyframes=CHOSEN))
    project.begin_with(replace(project.document, keyframes=FOUND))
    assert project.document.keyframes == CHOSEN


@pytest.mark.parametrize("fields", [{"focus": 0.5, "f_number": 2}, {"distance": 2}])
def test_a_track_in_a_photographers_terms_is_kept_as_it_is(
    project: Project, tmp_path: Path, fields: dict
) -> None:
    keyframe = {"time": 0.0, **fields}
    project.track.write_text(json.dumps({"version": 1, "keyframes": [keyframe]}))
    again = opened(tmp_path)
    assert again.document.keyframes == (keyframe,) and again.notes == []
    # a change of something else sends the keyframes back as they came
    values = json.loads(json.dumps(again.document.to_json())) | {"aperture": "blades:9"}
    again.change(again.revision, parse_document(values, Folders(()), again.document))
    assert json.loads(again.track.read_text())["keyframes"] == [keyframe]


def opened(tmp_path: Path) -> Project:
    return Project(tmp_path / "clip", tmp_path / "clip.mp4", Document(), TIMES)


def rewritten(project: Project, change) -> dict:
    """The file of a project after somebody else changed its values."""
    file = project.folder / "project.json"
    values = json.loads(file.read_text())
    change(values)
    file.write_text(json.dumps(values))
    return values


def test_two_versions_of_the_program_work_on_one_project(project: Project, tmp_path: Path) -> None:
    project.change(0, replace(project.document, keyframes=CHOSEN))

    def newer(values: dict) -> None:
        values |= {"version": 3, "colour": {"look": "film"}}
        for step in values["steps"]:
            step["shutter"] = [1, 2]
            step["camera"]["make"] = "Arri"

    before = rewritten(project, newer)
    again = opened(tmp_path)
    assert again.document.keyframes == CHOSEN and again.can_undo
    assert any("version 3" in note for note in again.notes)
    assert any("colour, camera, shutter" in note or "camera, colour, shutter" in note for note in again.notes)
    kept = tmp_path / "clip" / "project-version-3.json"
    assert json.loads(kept.read_text()) == before
    # a change of the page, which knows nothing of it, keeps it
    values = json.loads(json.dumps(again.document.to_json())) | {"aperture": "blades:9"}
    assert "shutter" not in values and "make" not in values["camera"]
    again.change(again.revision, parse_document(values, Folders(()), again.document))
    now = json.loads((tmp_path / "clip" / "project.json").read_text())
    assert now["version"] == 2 and now["colour"] == {"look": "film"}
    assert [step["shutter"] for step in now["steps"]] == [[1, 2]] * 3
    assert [step["camera"]["make"] for step in now["steps"]] == ["Arri"] * 3
    assert now["steps"][-1]["aperture"] == "blades:9"
    # opened once more, nothing is copied, for the file is of this version
    opened(tmp_path)
    assert len(list((tmp_path / "clip").glob("project-*"))) == 1


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"keyframes"', '"keys"'),
        lambda text: "[]",
        lambda text: text.replace('"place": 1', '"place": 9'),
    ],
    ids=["breaks off", "no keyframes", "no project", "no such step"],
)
def test_a_project_file_that_cannot_be_read_is_kept_and_told(
    project: Project, tmp_path: Path, break_it
) -> None:
    project.change(0, replace(project.document, keyframes=CHOSEN))
    file = tmp_path / "clip" / "project.json"
    broken = break_it(file.read_text())
    assert broken != file.read_text()
    file.write_text(broken)
    again = opened(tmp_path)
    # the track lies beside it
    assert again.document.keyframes == CHOSEN
    (note,) = again.notes
    assert "could not be read" in note and "project-unreadable.json" in note and "\n" not in note
    assert (tmp_path / "clip" / "project-unreadable.json").read_text() == broken
    assert opened(tmp_path).notes == []


def test_a_copy_that_cannot_be_made_leaves_the_file(project: Project, tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "clip" / "project.json"
    file.write_text("{")

    def full(*_: object) -> None:
        raise InputError("cannot be written (No space left on device)")

    monkeypatch.setattr("anybokeh.studio.project_file.write_whole", full)
    with pytest.raises(InputError, match="No space left"):
        opened(tmp_path)
    assert file.read_text() == "{"


def test_a_track_that_breaks_off_is_kept_and_told(project: Project, tmp_path: Path) -> None:
    project.change(0, replace(project.document, keyframes=CHOSEN))
    broken = project.track.read_text()[:30]
    project.track.write_text(broken)
    again = opened(tmp_path)
    assert again.document.keyframes == CHOSEN
    (note,) = again.notes
    assert "track.json: is not valid JSON" in note and "track-unreadable.json" in note
    assert (tmp_path / "clip" / "track-unreadable.json").read_text() == broken


@pytest.mark.parametrize(
    ("start", "end", "part"),
    [
        (0.0417, 0.1667, Part(1, 3)),  # In at 1, Out at 3 of the page then
        (None, 5.0, Part(None, 119)),
        (5.0, None, Part(120, None)),
        (0.3, 0.31, Part(7, 7)),
        (None, 99.0, Part()),
    ],
)
def test_marks_in_seconds_become_frames(project: Project, tmp_path: Path, start, end, part) -> None:
    def older(values: dict) -> None:
        values["version"] = 1
        for step in values["steps"]:
            del step["first"], step["last"]
            step |= {"start": start, "end": end}

    before = rewritten(project, older)
    again = opened(tmp_path)
    assert again.document.part == part
    assert json.loads((tmp_path / "clip" / "project-version-1.json").read_text()) == before
    # nothing is lost, so that nothing is told
    assert again.notes == []


def test_many_keyframes_keep_changes_fast(project: Project, tmp_path: Path) -> None:
    """Of 2,000 keyframes fewer steps are kept, so that the file does not grow to where writing takes long."""
    many = tuple(
        {"time": i / 24, "focus": 0.5, "blur": 16, "range": 0, "ease": "smooth"} for i in range(2000)
    )
    for number in range(30):
        moved = ({**many[0], "focus": round(number / 100, 2)}, *many[1:])
        project.change(project.revision, replace(project.document, keyframes=moved))
    size = (tmp_path / "clip" / "project.json").stat().st_size
    assert 3 << 20 < size < 5 << 20
    assert project.document.keyframes[0]["focus"] == 0.29
    project.undo(project.revision)
    assert opened(tmp_path).document.keyframes[0]["focus"] == 0.28
