"""A clip's state on the disk: the track file beside a small folder, with everything that undo can bring back.

PROJECTS/NAME-KEY/track.json     the track, as `anybokeh render --track` takes it
                  project.json   the clip, the revision, and the documents of undo and redo
                  poster.jpg     a small picture
                  renders/       rendered clips
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.focus import read_keyframes
from anybokeh.runtime.whole_files import write_whole
from anybokeh.studio.document import Document, check_keyframes

_MOST_STEPS = 200


class Conflict(Exception):
    """Somebody else changed the project after this page last saw it."""


class Project:
    """The state of one clip; every change must name the revision that it is made upon.

    A change made upon an older revision raises `Conflict`, unless only `begin_with` came between. A track
    file that was edited by hand since the last time becomes a new revision.
    """

    def __init__(self, folder: Path, clip: Path, initial: Document) -> None:
        self.folder = folder
        self.clip = clip
        self.revision = 0
        self._steps: list[Document] = [initial]
        self._place = 0
        self._before_begin: Document | None = None
        self._lock = threading.RLock()
        try:
            (folder / "renders").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made ({error.strerror}); give other --projects") from None
        self._fresh = not self._load()
        self._save()

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
        return self._steps[self._place]

    @property
    def can_undo(self) -> bool:
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        return self._place < len(self._steps) - 1

    @property
    def untouched(self) -> bool:
        """Whether nobody has changed anything yet."""
        return self._fresh and self.revision == 0

    def begin_with(self, document: Document) -> None:
        """Replace the first document of a project that nobody has changed yet."""
        with self._lock:
            if self.untouched:
                self._before_begin = self.document
                self._steps, self.revision, self._fresh = [document], self.revision + 1, False
                self._save()

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
            steps = [*self._steps[: self._place + 1], document][-_MOST_STEPS:]
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
            if 0 <= self._place + by < len(self._steps):
                self._move(self._steps, self._place + by)

    def _check(self, revision: int) -> None:
        if revision != self.revision:
            raise Conflict

    def _move(self, steps: list[Document], place: int) -> None:
        self._before_begin = None
        before = self._steps, self._place, self.revision, self._fresh
        self._steps, self._place, self.revision, self._fresh = steps, place, self.revision + 1, False
        try:
            self._save()
        except InputError:
            self._steps, self._place, self.revision, self._fresh = before
            raise

    def _save(self) -> None:
        values = {
            "version": 1,
            "clip": str(self.clip),
            "revision": self.revision,
            "fresh": self._fresh,
            "place": self._place,
            "steps": [step.to_json() for step in self._steps],
        }
        write_whole(self.folder / "project.json", json.dumps(values).encode())
        write_whole(self.track, self.document.track.encode())

    def _load(self) -> bool:
        """Take over what an earlier time left; False where there is nothing or it is damaged."""
        try:
            values = json.loads((self.folder / "project.json").read_text(encoding="utf-8"))
            steps = [Document.from_json(step) for step in values["steps"]]
            place, revision = int(values["place"]), int(values["revision"])
            if not 0 <= place < len(steps):
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            return False
        self._steps, self._place, self.revision = steps, place, revision
        self._take_edited_track()
        return not values.get("fresh", False)

    def _take_edited_track(self) -> None:
        """Raises InputError, with nothing written over, where it is in terms that the page does not show."""
        try:
            text = self.track.read_text(encoding="utf-8")
            if text == self.document.track:
                return
            keyframes = read_keyframes(self.track)
            entries = tuple(json.loads(text)["keyframes"])
        except (OSError, ValueError, KeyError):
            return
        try:
            check_keyframes(keyframes)
        except InputError as error:
            raise InputError(f"{self.track}: {error}") from None
        document = replace(self.document, keyframes=entries)
        self._steps = [*self._steps[: self._place + 1], document]
        self._place, self.revision = len(self._steps) - 1, self.revision + 1


def project_folder(projects: Path, clip: Path, key: str) -> Path:
    """Where the project of a clip lies: found again by its content, also after the clip was renamed."""
    found = next((one for one in projects.glob(f"*-{key}") if one.is_dir()), None)
    if found is not None:
        return found
    name = re.sub(r"[^\w.-]+", "_", clip.stem).strip("._")[:40] or "clip"
    return projects / f"{name}-{key}"
