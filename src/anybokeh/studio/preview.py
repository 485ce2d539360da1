"""The still preview: one frame in the layered renderer at display size."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from anybokeh.clip.pixels import to_frames, to_pixels
from anybokeh.errors import InputError
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.optics.lens import Lens
from anybokeh.settings import RenderSettings
from anybokeh.shot import Scene, Shot
from anybokeh.studio.display import jpeg
from anybokeh.studio.session import ClipSession
from anybokeh.studio.small_scenes import SmallScenes
from anybokeh.studio.whole_scene import StillScene


class Outdated(Exception):
    """The same page has asked for something newer meanwhile."""


def render_still(
    scenes: Sequence[StillScene], focus: Sequence[FrameFocus], lens: Lens, transfer: str
) -> np.ndarray:
    """Refocus frames of one size, (frames, height, width, 3) uint8, each whole; raises InputError."""
    # compiled code takes a second to load, and the page should be there before
    from anybokeh.render import LayeredRenderer

    result = LayeredRenderer(lens).render(shot_of(scenes, focus, lens, transfer))
    pixels = (to_pixels(frame, np.dtype(np.uint8)) for frame in result)
    return np.stack([scene.restored(one) for scene, one in zip(scenes, pixels, strict=True)])


def shot_of(scenes: Sequence[StillScene], focus: Sequence[FrameFocus], lens: Lens, transfer: str) -> Shot:
    """What is rendered of frames of one size; raises InputError."""
    from anybokeh.repair.gains import joined_gains

    return Shot(
        np.stack([to_frames(scene.picture) for scene in scenes]),
        Scene(
            np.stack([scene.disparity for scene in scenes]),
            # a user's own rule for highlights takes the place of what was found
            None if lens.highlight_strength else joined_gains([scene.light for scene in scenes]),
            tuple(scene.behind for scene in scenes),
            _joined([scene.highlights for scene in scenes]),
            soft=scenes[0].soft,
        ),
        [one.focus for one in focus],
        [one.blur for one in focus],
        [one.range for one in focus],
        # linear frames were encoded for display
        transfer="srgb" if transfer == "linear" else transfer,
    )


def _joined(masks: list[np.ndarray | None]) -> np.ndarray | None:
    known = [mask for mask in masks if mask is not None]
    return np.stack(known) if known else None


class Previews:
    """Renders previews one at a time; of what one page asks for, only the newest."""

    def __init__(self) -> None:
        self._rendering = threading.Lock()
        self._newest: dict[str, int] = {}
        self._small = SmallScenes()

    def render(
        self,
        session: ClipSession,
        index: int,
        focus: FrameFocus,
        settings: RenderSettings,
        page: str = "",
        number: int = 0,
        small: bool = False,
    ) -> bytes:
        """A JPEG file; raises Outdated, InputError.

        settings: of which the lens and the masks count. page, number: who asks, and how often it did before;
        a page without a name asks for many at once. small: at reduced size, with disparity as it came.
        """
        self._newest[page] = max(number, self._newest.get(page, 0))
        # the next small scene is made while one renders
        scene = self.scene(session, index, settings, small=True) if small else None
        with self._rendering:
            if number < self._newest[page]:
                raise Outdated
            scene = scene or self.scene(session, index, settings)
            return jpeg(render_still([scene], [focus], settings.lens, session.info.transfer)[0])

    def scene(
        self, session: ClipSession, index: int, settings: RenderSettings, *, small: bool = False
    ) -> StillScene:
        """What a preview is made of; raises InputError. small: at reduced size, with disparity as it came."""
        if small:
            return session.masked(self._small.scene(session, index), index, settings)
        return session.best_scene(index, settings)


def warm_up() -> None:
    """Load the renderer's compiled code, so that the first preview does not wait for it."""
    from anybokeh.disparity.resize import resize_disparity

    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, 32:] = 200
    disparity = np.zeros((24, 32), np.float32)
    disparity[:, 16:] = 1
    scene = StillScene(picture, resize_disparity(disparity, picture))
    try:
        render_still([scene], [FrameFocus(0.3, 64)], Lens(), "bt709")
        resize_disparity(np.repeat(np.repeat(disparity, 4, 0), 4, 1), picture)
    except InputError:
        pass
