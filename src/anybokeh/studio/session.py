"""A clip that is open in the studio: its frames, its disparity, and its project."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from anybokeh.clip import open_clip
from anybokeh.clip.times import source_times, time_stamps
from anybokeh.disparity import DisparitySource, check_disparity
from anybokeh.disparity.choose import EstimateSettings, find_disparity, is_estimated
from anybokeh.errors import InputError
from anybokeh.finish.bars import Inside
from anybokeh.finish.protection import Protection
from anybokeh.job.remarks import flat_remark
from anybokeh.runtime.steps import Steps
from anybokeh.settings import RenderSettings
from anybokeh.studio.aperture import Aperture
from anybokeh.studio.background_task import Task
from anybokeh.studio.clip_bars import bars_of, scaled
from anybokeh.studio.display import display_size
from anybokeh.studio.folders import Folders
from anybokeh.studio.following import Following
from anybokeh.studio.frames import frame_times
from anybokeh.studio.part import Part
from anybokeh.studio.project import Project
from anybokeh.studio.proxies import Proxies
from anybokeh.studio.recent import Recent
from anybokeh.studio.rough import rough_disparity
from anybokeh.studio.still_masks import StillMasks
from anybokeh.studio.turns import Turns
from anybokeh.studio.whole_scene import AROUND, StillScene, whole_scene

NOT_YET = "the disparity is not known yet; wait a moment"
_SCENES = 12
_NEAREST = 0.8
"""Share of the middle of a picture that lies behind what stands nearest in it."""


class _Wanted(NamedTuple):
    """A frame, and what a render would do to its scene."""

    index: int
    steady: bool
    repair: bool
    hidden: bool
    protect: str


class ClipSession:
    """One open clip.

    key: its name by content, see `content_key`. folders: where disparity maps may lie. turns: which clip is
    looked through first.
    """

    def __init__(self, key: str, path: Path, project: Project, folders: Folders, turns: Turns) -> None:
        self._facts = _facts(path)
        with open_clip(path) as clip:
            self.info = clip.info
        self.key = key
        self.path = path
        self.project = project
        self._folders = folders
        self._turns = turns
        self.times, self._exact = frame_times(self.info)
        if not len(self.times):
            raise InputError(f"{path}: holds no frames; expected a video with pictures")
        self.size = display_size(self.info)
        self.proxies = Proxies(self.info, self.times, key, self._exact)
        self._masks = StillMasks(self.info, len(self.times))
        # a clip whose first frame cannot be shown is not opened
        first = self.proxies.thumbnail(0)
        with contextlib.suppress(OSError):
            project.poster.write_bytes(first)
        self.following: Following | None = None
        self.aperture: Aperture | None = None
        self.disparity_notes: tuple[str, ...] = ()
        self._scenes = Recent(self._scene, _SCENES)
        self._rough = Recent(self._rough_scene, _SCENES)
        self._whole = Recent(self._whole_scene, _SCENES)
        self._newest = -1
        self._finishing = threading.Lock()
        self._is_steady = self.is_soft = False
        self._inside: Inside | None = None
        self._knows_bars = False
        self._lock = threading.Lock()
        self._source = project.document.disparity
        self.disparity = self._find()
        self.proxies.start()

    def scene(self, index: int) -> StillScene:
        """A frame with its disparity; a rough estimate while the clip is still being looked through.

        Raises InputError where disparity cannot be had.
        """
        self.check(index)
        if self.disparity.state == "working":
            return self._rough(index)
        return self._scenes(index)

    def best_scene(self, index: int, settings: RenderSettings) -> StillScene:
        """The scene as a render makes it if `finish` has made it, else as `scene`, `masked`."""
        self.check(index)
        known = self._whole.known(self._wanted(index)._replace(protect=str(settings.protect)))
        return self.masked(known or self.scene(index), index, settings)

    def masked(self, scene: StillScene, index: int, settings: RenderSettings) -> StillScene:
        """What of a frame's scene, of any size, is rendered, and where highlights act; raises InputError.

        settings: of which `protect` and what is said of highlights count.
        """
        if scene.whole is None:
            scene = self._protected(scene, index, str(settings.protect))
        masks = self._masks.highlights(settings, scene.size)
        if masks is None:
            return scene
        return scene._replace(highlights=scene.protection.cut(masks.read(index)))

    def _protected(self, scene: StillScene, index: int, protect: str) -> StillScene:
        inside = self._inside if protect == "auto" else None
        inside = None if inside is None else scaled(inside, self.size, scene.size)
        masks = self._masks.protection(protect, scene.size)
        return scene.protected(Protection(inside, masks), index)

    def finish(self, index: int) -> bool:
        """Make the scene of a frame as a render does.

        Returns:
            Whether it is there; not so while the clip is being looked through, or if another frame was asked
            for meanwhile.

        Raises:
            InputError: disparity cannot be had.
        """
        self.check(index)
        self._newest = index
        with self._finishing:
            if self._newest != index or self.disparity.state == "working":
                return False
            self._whole(self._wanted(index))
            return True

    def check(self, index: int) -> None:
        """Raise InputError for a frame that the clip has not."""
        if not 0 <= index < len(self.times):
            raise InputError(f"frame {index}: the clip has frames 0 to {len(self.times) - 1}")

    def has_changed(self) -> bool:
        """Whether something else lies in the clip's place by now."""
        return _facts(self.path) != self._facts

    def seconds(self, part: Part) -> tuple[float | None, float | None]:
        """Where a render of a part begins and ends, see `Part.seconds`; raises InputError."""
        return (None, None) if part == Part() else part.seconds(time_stamps(self.info))

    def look_again(self, *, anew: bool = False) -> None:
        """Find disparity if the document names another source. anew: even if it names the same."""
        with self._lock:
            if self.project.document.disparity == self._source and not anew:
                return
            self._stop_looking()
            self._source = self.project.document.disparity
            self._scenes.forget()
            self._whole.forget()
            self.following = self.aperture = None
            self.disparity = self._find()

    def close(self) -> None:
        """Stop all that goes on in the background."""
        self._stop_looking()
        self.proxies.close()

    def to_json(self) -> dict[str, Any]:
        """What the page must know of the clip, without the state of its project."""
        info = self.info
        rate = float(info.frame_rate) if info.frame_rate else 24.0
        return {
            "id": self.key,
            "name": self.path.name,
            "path": str(self.path),
            "width": round(info.displayed_width),
            "height": info.height,
            "display": self.size,
            "frames": len(self.times),
            "rate": rate,
            "times": None if self._is_even(rate) else [round(float(time), 5) for time in self.times],
            "exact": self._exact,
            "codec": info.codec,
            "bit_depth": info.bit_depth,
            "transfer": info.transfer,
            "audio": info.audio_streams,
            "notes": [*info.notes, *self.disparity_notes],
            "project_notes": self.project.notes,
            "images": info.frame_rate is None,
        }

    def state(self) -> dict[str, Any]:
        """The project's state."""
        project = self.project
        return {
            "revision": project.revision,
            "document": project.document.to_json(),
            "undo": project.can_undo,
            "redo": project.can_redo,
        }

    def progress(self) -> dict[str, Any]:
        """What goes on in the background."""
        following = self.following
        return {
            "disparity": self.disparity.to_json()
            | {"of": self._source, "estimated": is_estimated(self._source)},
            "following": following.working() if following else [],
            "followed": following.notes() if following else {},
            "proxies": self.proxies.done,
            "exact": self._exact,
            "notes": list(self.disparity_notes),
        }

    def _is_even(self, rate: float) -> bool:
        return bool(np.allclose(self.times, np.arange(len(self.times)) / rate, atol=1e-4))

    def _scene(self, index: int) -> StillScene:
        source = self.disparity.result
        if source is None:
            raise InputError(self.disparity.message or NOT_YET)
        picture = self.proxies.picture(index)
        return StillScene(picture, source.read(index, picture), soft=self.is_soft)

    def _wanted(self, index: int) -> _Wanted:
        settings = self.project.document.settings
        return _Wanted(index, settings.steady, settings.repair, settings.hidden, str(settings.protect))

    def _whole_scene(self, wanted: _Wanted) -> StillScene:
        index, steady, repair, hidden, protect = wanted
        settings = replace(self.project.document.settings, steady=steady, repair=repair, hidden=hidden)
        first, end = max(index - AROUND, 0), min(index + AROUND + 1, len(self.times))
        around = [self._protected(self._scenes(one), one, protect) for one in range(first, end)]
        steady = steady and not self._is_steady
        return whole_scene(around, index - first, settings, self.info.transfer, steady=steady)

    def _rough_scene(self, index: int) -> StillScene:
        if not is_estimated(self._source):
            raise InputError(NOT_YET)
        picture = self.proxies.picture(index)
        return StillScene(picture, rough_disparity(self.info, self.times, index, picture), soft=True)

    def _find(self) -> Task[DisparitySource]:
        return Task("disparity", self._find_disparity)

    def _find_disparity(self, steps: Steps) -> DisparitySource:
        def in_turn(step: str, done: int, total: int | None) -> None:
            progress = steps.begin(step, done, total)
            self._turns.wait(self.key, lambda: progress(done, total))

        self._turns.begin(self.key)
        try:
            return self._look_through(Steps(in_turn))
        finally:
            self._turns.end(self.key)

    def _look_through(self, steps: Steps) -> DisparitySource:
        if Path(self._source).exists():
            self._folders.check(self._source)
        times = self._exact_times()
        steps.begin("looking through the clip", 0, len(times))
        if not self._knows_bars:
            # where a frame is damaged, the picture is taken for whole
            with contextlib.suppress(InputError):
                self._inside = bars_of(self.info, times, self.size)
            self._knows_bars = True
        found = find_disparity(self._source, self.info, times, estimate=EstimateSettings(progress=steps))
        self._is_steady, self.is_soft = found.steady, found.soft
        check_disparity(found.disparity, len(times), (self.info.width, self.info.height))
        # estimates begin at the first read
        picture = self.proxies.picture(0)
        first = found.disparity.read(0, picture)
        flat = flat_remark(found.disparity.read(int(one)) for one in np.linspace(0, len(times) - 1, 3))
        self.disparity_notes = found.notes if flat is None else (*found.notes, flat)
        self.following = Following(self.info, times, found.disparity)
        self.aperture = Aperture(self.info, times, found.disparity, self.following)
        if self.project.untouched:
            self._begin(first)
        return found.disparity

    def _begin(self, first: np.ndarray) -> None:
        """Start with the focus on what stands nearest in the middle of the first frame."""
        height, width = first.shape
        middle = first[height // 4 : -(-3 * height // 4), width // 3 : -(-2 * width // 3)]
        focus = round(float(np.quantile(middle, _NEAREST)), 4)
        keyframe = {"time": 0.0, "focus": focus, "blur": 16, "range": 0, "ease": "smooth"}
        self.project.begin_with(replace(self.project.document, keyframes=(keyframe,)))

    def _exact_times(self) -> np.ndarray:
        if not self._exact:
            self.times, self._exact = source_times(self.info), True
            self._scenes.forget()
            self._whole.forget()
            self.proxies.close()
            self.proxies = Proxies(self.info, self.times, self.key)
            self._masks = StillMasks(self.info, len(self.times))
            self.proxies.start()
        return self.times

    def _stop_looking(self) -> None:
        self.disparity.stop()
        # it waits for what is followed
        if self.aperture is not None:
            self.aperture.stop()
        if self.following is not None:
            self.following.stop()


def _facts(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
