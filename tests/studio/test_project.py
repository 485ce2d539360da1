"""Changes of a project and the revisions that they are made upon."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anybokeh.studio.document import Document
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
