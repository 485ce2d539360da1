"""Frames that pages draw on their own graphics cards while something is dragged."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from anybokeh.errors import InputError
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.optics.lens import Lens
from anybokeh.studio.packet import packet
from anybokeh.studio.preview import shot_of
from anybokeh.studio.recent import Recent
from anybokeh.studio.whole_scene import StillScene

if TYPE_CHECKING:
    from anybokeh.render.webgpu.frame_plans import FramePlans
    from anybokeh.render.webgpu.frame_scene import FrameScene

_KEPT = 4
_KEPT_PLANS = 2
"""Lenses and sizes: their kernels may take 24 MB."""


class CardScenes:
    """The scenes that pages have on their cards, the last ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _CardScene] = OrderedDict()
        self._plans = Recent(_made_plans, _KEPT_PLANS)
        self._lock = threading.Lock()

    def open(self, still: StillScene, focus: FrameFocus, lens: Lens, transfer: str) -> bytes | None:
        """All of a frame that does not depend on its focus, and its outlines at one.

        Returns:
            A packet, of which the header says: scene, its name; kernels, the name of those that it needs;
            width and height; left, top, across and down, where it lies in the whole frame, in shares;
            unpacking, a plan that runs once. None where a card cannot draw what the renderer draws.
        """
        # compiled code takes a second to load, and the page should be there before
        from anybokeh.render.webgpu.frame_scene import FrameScene

        # what a mask protects lies over the picture, and a lens that breathes enlarges it
        if lens.breathing or still.protection.masks is not None:
            return None
        shot = shot_of([still], [focus], lens, transfer)
        scene = FrameScene.of(shot, 0, lens)
        try:
            plans = self._plans((lens, scene.size, scene.width, scene.transfer))
        except MemoryError:
            return None
        name = secrets.token_hex(8)
        with self._lock:
            self._kept[name] = _CardScene(scene, plans)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        height, width = scene.size
        header = {"scene": name, "kernels": plans.name, "width": width, "height": height, **_place(still)}
        header["unpacking"] = plans.unpacking()
        return packet(header, {**scene.buffers(), **scene.outlines(focus)})

    def kernels(self, name: str) -> bytes:
        """The kernels that a scene needs, a packet; raises InputError."""
        return packet({}, self._get(name).plans.kernels())

    def outlines(self, name: str, focus: FrameFocus) -> bytes:
        """Outlines of a scene at another focus, a packet; raises InputError."""
        return packet({}, self._get(name).scene.outlines(focus))

    def plan(self, name: str, focus: FrameFocus, room: int) -> dict[str, Any]:
        """What draws a scene at a focus, see `Plan.to_json`; raises InputError.

        room: how many times as many samples as usual there is room for.
        """
        kept = self._get(name)
        return kept.plans.plan(kept.scene, focus, room)

    def _get(self, name: str) -> _CardScene:
        with self._lock:
            if name not in self._kept:
                raise InputError("this scene is not known any more")
            self._kept.move_to_end(name)
            return self._kept[name]


class _Plans:
    """Plans for one lens and size, from any thread."""

    def __init__(self, plans: FramePlans) -> None:
        self.name = secrets.token_hex(8)
        self._plans = plans
        self._lock = threading.Lock()

    def kernels(self) -> Any:
        return self._plans.kernels

    def unpacking(self) -> dict[str, Any]:
        with self._lock:
            return self._plans.unpacking().to_json()

    def plan(self, scene: FrameScene, focus: FrameFocus, room: int) -> dict[str, Any]:
        with self._lock:
            plan = self._plans.plan(scene, focus, room)
        return plan.to_json()


class _CardScene:
    def __init__(self, scene: FrameScene, plans: _Plans) -> None:
        self.scene = scene
        self.plans = plans


def _made_plans(key: tuple[Lens, tuple[int, int], float, str]) -> _Plans:
    from anybokeh.render.webgpu.frame_plans import FramePlans

    return _Plans(FramePlans(*key))


def _place(still: StillScene) -> dict[str, float]:
    """Where what is rendered lies in the whole frame, in shares of its width and height."""
    inside = still.protection.inside
    if inside is None:
        return {"left": 0, "top": 0, "across": 1, "down": 1}
    width, height = still.size
    return {
        "left": inside.left / width,
        "top": inside.top / height,
        "across": (inside.right - inside.left) / width,
        "down": (inside.bottom - inside.top) / height,
    }
