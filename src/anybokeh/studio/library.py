"""The clips that are open, and where projects and uploads lie."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from anybokeh.clip import open_clip
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import write_whole
from anybokeh.studio.content import content_key
from anybokeh.studio.depth_network_file import DepthNetworkFile
from anybokeh.studio.document import Document
from anybokeh.studio.fault_log import begin_log, end_log
from anybokeh.studio.folders import Folders
from anybokeh.studio.project import Project, project_folder
from anybokeh.studio.renders import Renders
from anybokeh.studio.session import ClipSession
from anybokeh.studio.studio_settings import StudioSettings
from anybokeh.studio.turns import Turns

_LIST = "clips.json"


class Library:
    """All open clips, in the order in which they were opened; the list is kept for the next start.

    A clip of the list is opened when it is first asked for. may_fetch: whether the user can have the depth
    network fetched.
    """

    def __init__(self, settings: StudioSettings, may_fetch: bool = False) -> None:
        self.settings = settings
        self.depth_network = DepthNetworkFile(may_fetch, self._look_again)
        self.projects = settings.projects.expanduser().resolve()
        self.uploads = self.projects / "uploads"
        try:
            self.uploads.mkdir(parents=True, exist_ok=True)
            self._held = _hold(self.projects)
        except OSError as error:
            raise InputError(
                f"{self.projects}: cannot be written to ({error.strerror}); give --projects FOLDER"
            ) from None
        self.log = self.projects / "log.txt"
        self._logging = begin_log(self.log)
        maps = Path(settings.disparity)
        single = (*settings.clips, maps) if maps.exists() else settings.clips
        self.folders = Folders.of(settings.folders, single, self.uploads)
        self.renders = Renders()
        self._turns = Turns()
        self._lock = threading.RLock()
        self._sessions: dict[str, ClipSession] = {}
        self._paths: dict[str, Path] = {}
        self._load()

    def open(self, path: str | Path, disparity: str = "auto") -> ClipSession:
        """Open a clip of the chosen folders, or find it open; raises InputError."""
        clip = self.folders.check(path)
        if not clip.exists():
            raise InputError(f"{clip}: there is no such file or folder; check the path")
        with self._lock:
            key = content_key(clip)
            if key not in self._sessions:
                folder = project_folder(self.projects, clip, key)
                document = Document(options={"disparity": disparity})
                project = Project(folder, clip, document, lambda: clip_times(clip))
                if disparity not in ("auto", project.document.disparity):
                    # named at the start: undo brings back what was chosen before
                    project.change(project.revision, replace(project.document, disparity=disparity))
                self._sessions[key] = ClipSession(key, clip, project, self.folders, self._turns)
                self.renders.find(key, folder)
            self._paths[key] = clip
            self._save()
            return self._sessions[key]

    def get(self, key: str) -> ClipSession:
        """An open clip; raises InputError where there is none, or where another one lies there by now."""
        with self._lock:
            session, path = self._sessions.get(key), self._paths.get(key)
            if session is not None and not session.has_changed():
                return session
            if path is None:
                raise InputError("this clip is not open any more")
            if session is None and content_key(path) == key:
                return self.open(path)
            self._drop(key)
        if session is not None:
            session.close()
        raise InputError(
            f"{path.name} has changed on the disk since it was opened; open it again, as a clip of its own"
        )

    def show(self, key: str) -> ClipSession:
        """An open clip that a page shows: it is looked through before others; raises InputError."""
        self._turns.show(key)
        return self.get(key)

    def poster(self, key: str) -> Path | None:
        """A small picture of a clip of the list, which need not be opened for that."""
        path = self._paths.get(key)
        if path is None:
            raise InputError("this clip is not open any more")
        poster = project_folder(self.projects, path, key) / "poster.jpg"
        return poster if poster.is_file() else None

    def forget(self, key: str) -> None:
        """Take a clip off the list, and an upload off the disk; its project stays.

        Raises InputError where a render still needs an upload.
        """
        with self._lock:
            path = self._paths.get(key)
            upload = None if path is None else self.folders.upload_of(path)
            if path and upload and any(one.is_active for one in self.renders.of(key)):
                raise InputError(f"{path.name}: a render of it is at work; cancel that first")
            session = self._sessions.get(key)
            self._drop(key)
        if session is not None:
            session.close()
        if upload is not None:
            shutil.rmtree(upload, ignore_errors=True)

    def _drop(self, key: str) -> None:
        self._sessions.pop(key, None)
        self._paths.pop(key, None)
        self._save()

    def listing(self) -> list[dict[str, Any]]:
        """The open clips, for the page."""
        with self._lock:
            paths = dict(self._paths)
        return [
            {
                "id": key,
                "name": path.name,
                "there": path.exists(),
                "upload": self.folders.upload_of(path) is not None,
            }
            for key, path in paths.items()
        ]

    def _look_again(self) -> None:
        """Find disparity anew where it was looked for without the depth network."""
        with self._lock:
            sessions = list(self._sessions.values())
        for session in sessions:
            if session.project.document.disparity == "auto":
                session.look_again(anew=True)

    def close(self) -> None:
        """Stop everything."""
        self.depth_network.stop()
        self.renders.close()
        for session in self._sessions.values():
            session.close()
        end_log(self._logging)
        self._held.release()

    def _save(self) -> None:
        # without room on the disk the list is lost, the clips are not
        with contextlib.suppress(InputError):
            paths = {key: str(path) for key, path in self._paths.items()}
            write_whole(self.projects / _LIST, json.dumps(paths, indent=1).encode())

    def _load(self) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            for key, path in json.loads((self.projects / _LIST).read_text(encoding="utf-8")).items():
                # folders that are not chosen this time stay out of reach
                with contextlib.suppress(InputError):
                    clip = self.folders.check(path)
                    if clip.exists():
                        self._paths[str(key)] = clip
                        self.renders.find(str(key), project_folder(self.projects, clip, str(key)))


def clip_times(path: Path) -> np.ndarray:
    """Seconds of every frame of a clip, (frames,); raises InputError."""
    with open_clip(path) as clip:
        return source_times(clip.info)


def _hold(projects: Path) -> FileLock:
    """Make sure that no other studio works in the same folder."""
    held = FileLock(projects / ".lock", blocking=False, thread_local=False)
    try:
        held.acquire()
    except Timeout:
        raise InputError(
            f"{projects}: another studio works with this folder; use that one, or give --projects FOLDER"
        ) from None
    return held
