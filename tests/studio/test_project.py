"""Changes of a project and the revisions that they are made upon."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from anybokeh.errors import InputError
from anybokeh.studio.document import Document, parse_document
from anybokeh.studio.folders import Folders
from anybokeh.studio.project import Conflict, Project

FOUND = ({"time": 0.0, "focus": 0.8, "blur": 16, "range": 0, "ease": "smooth"},)
CHOSEN = ({"time": 0.0, "focus": 0.3, "blur": 20, "range": 0, "ease": "smooth"},)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "clip", tmp_path / "clip.mp4", Document())


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


@pytest.mark.parametrize(
    ("fields", "part"), [({"focus": 0.5, "f_number": 2}, "f_number"), ({"distance": 2}, "distance")]
)
def test_what_the_page_does_not_show_is_refused_and_not_written_over(
    project: Project, tmp_path: Path, fields: dict, part: str
) -> None:
    keyframe = {"time": 0.0, **fields}
    with pytest.raises(InputError, match=f"keyframe 1: {part} is for anybokeh render --track"):
        parse_document({"keyframes": [keyframe]}, Folders(()), "auto")
    text = json.dumps({"version": 1, "keyframes": [keyframe]})
    project.track.write_text(text)
    with pytest.raises(InputError, match=f"track.json: keyframe 1: {part} is for anybokeh render --track"):
        Project(tmp_path / "clip", tmp_path / "clip.mp4", Document())
    assert project.track.read_text() == text
