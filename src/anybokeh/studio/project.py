"""A clip's state on the disk: the track file beside a small folder, with everything that undo can bring back.

PROJECTS/NAME-KEY/track.json     the track, as `anybokeh render --track` takes it
                  project.json   the clip, the revision, and all steps of undo and redo: `project_file`
                  poster.jpg     a small picture
                  renders/       rendered clips
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus import parse_keyframes
from anybokeh.runtime.whole_files import write_whole
from anybokeh.studio.document import Document, entries_of
from anybokeh.studio.project_file import ProjectState, read_state, set_aside

_MOST_STEPS = 200
_MOST_BYTES = 4 << 20
"""Of all steps, so that a change is kept at once however many keyframes there are."""


class Conflict(Exception):
    """Somebody else changed the project after this page last saw it."""


class Project:
    """The state of one clip; every change must name the revision that it is made upon.

    A change made upon an older revision raises `Conflict`, unless only `begin_with` came between. A track
    file that was edited by hand since the last time becomes a new revision.

    folder, clip: where it is kept, and what it is of. initial: the document of a new one. times: seconds of
    every frame, see `read_state`. notes: what the user should know of its files.
    """

    def __init__(self, folder: Path, clip: Path, initial: Document, times: Callable[[], np.ndarray]) -> None:
        self.folder = folder
        self.clip = clip
        self._before_begin: Document | None = None
        self._lock = threading.RLock()
        try:
            (folder / "renders").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made ({error.strerror}); give other --projects") from None
        state, self.notes = read_state(self._file, times)
        self._state = state or ProjectState((initial,))
        self._take_edited_track()
        self._save(self._state)

    @property
    def _file(self) -> Path:
        return self.folder / "project.json"

    @property
    def track(self) -> Path:
        """The track file."""
        return self.folder / "track.json"

    @property
    def poster(self) -> Path:
        """A small picture of the clip, which may be missing."""
        return self.folder / "poster.jpg"

    @property
    def document(self) -> Document:
        """What holds now."""
        return self._state.document

    @property
    def revision(self) -> int:
        """How often it was changed."""
        return self._state.revision

    @property
    def current(self) -> tuple[int, Document]:
        """The revision and the document of one moment."""
        state = self._state
        return state.revision, state.document

    @property
    def sources(self) -> set[str]:
        """Where disparity came from in any step."""
        return {step.disparity for step in self._state.steps}

    @property
    def can_undo(self) -> bool:
        return self._state.place > 0

    @property
    def can_redo(self) -> bool:
        return self._state.place < len(self._state.steps) - 1

    @property
    def untouched(self) -> bool:
        """Whether nobody has changed anything yet."""
        return self._state.fresh and self.revision == 0

    def begin_with(self, document: Document) -> None:
        """Replace the first document of a project that nobody has changed yet."""
        with self._lock:
            if self.untouched:
                before = self.document
                self._move((document,), 0)
                self._before_begin = before

    def change(self, revision: int, document: Document) -> None:
        """Make a new step; raises Conflict, InputError."""
        with self._lock:
            if self._before_begin is not None and revision == self.revision - 1:
                # the page did not know the first keyframes yet, which are no change of anybody's
                if document.keyframes == self._before_begin.keyframes:
                    document = replace(document, keyframes=self.document.keyframes)
                revision = self.revision
            self._check(revision)
            if document == self.document:
                return
            steps = (*self._state.steps[: self._state.place + 1], document)
            size = 0
            for kept, step in enumerate(reversed(steps)):
                size += len(step.stored)
                if kept and (kept == _MOST_STEPS or size > _MOST_BYTES):
                    steps = steps[-kept:]
                    break
            self._move(steps, len(steps) - 1)

    def undo(self, revision: int) -> None:
        """Go back a step; raises Conflict."""
        self._step(revision, -1)

    def redo(self, revision: int) -> None:
        """Go forward a step; raises Conflict."""
        self._step(revision, 1)

    def _step(self, revision: int, by: int) -> None:
        with self._lock:
            self._check(revision)
            if 0 <= self._state.place + by < len(self._state.steps):
                self._move(self._state.steps, self._state.place + by)

    def _check(self, revision: int) -> None:
        if revision != self.revision:
            raise Conflict

    def _move(self, steps: tuple[Document, ...], place: int) -> None:
        self._save(replace(self._state, steps=steps, place=place, revision=self.revision + 1, fresh=False))
        self._before_begin = None

    def _save(self, state: ProjectState) -> None:
        """It holds once it is written; raises InputError."""
        state.write(self._file, self.clip)
        write_whole(self.track, state.document.track.encode())
        self._state = state

    def _take_edited_track(self) -> None:
        if not self.track.exists():
            return
        try:
            text = self.track.read_text(encoding="utf-8-sig")
            if text == self.document.track:
                return
            parse_keyframes(text, Path(self.track.name))
        except (OSError, ValueError) as error:
            kept = set_aside(self.track, "unreadable")
            why = str(error) if isinstance(error, InputError) else f"{self.track.name}: cannot be read"
            self.notes.append(f"{why}; the studio's last track holds, and the file is kept as {kept.name}")
            return
        state = self._state
        steps = (*state.steps[: state.place + 1], replace(self.document, keyframes=entries_of(text)))
        self._state = replace(
            state, steps=steps, place=len(steps) - 1, revision=self.revision + 1, fresh=False
        )


def project_folder(projects: Path, clip: Path, key: str) -> Path:
    """Where the project of a clip lies: found again by its content, also after the clip was renamed."""
    found = next((one for one in projects.glob(f"*-{key}") if one.is_dir()), None)
    if found is not None:
        return found
    name = re.sub(r"[^\w.-]+", "_", clip.stem).strip("._")[:40] or "clip"
    return projects / f"{name}-{key}"
