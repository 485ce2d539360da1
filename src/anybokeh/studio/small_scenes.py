"""Scenes at reduced size, for what must be quick: dragging a slider, and playing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import cv2
import numpy as np

from anybokeh.studio.display import display_size, shrink
from anybokeh.studio.session import ClipSession
from anybokeh.studio.whole_scene import StillScene

WIDTH = 480
_KEPT = 32


class SmallScenes:
    """The frames that were asked for last, at most 480 pixels wide, with disparity as it came."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, StillScene] = OrderedDict()
        self._lock = threading.Lock()

    def scene(self, session: ClipSession, index: int) -> StillScene:
        """One frame of a clip; raises InputError where its disparity is not known."""
        # another search for disparity is another task, and a rough estimate is replaced when it ends
        key = session.key, index, session.disparity, session.disparity.state
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        scene = _small(session, index)
        with self._lock:
            self._kept[key] = scene
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return scene


def _small(session: ClipSession, index: int) -> StillScene:
    session.check(index)
    size = display_size(session.info, WIDTH)
    source = session.disparity.result
    if source is not None:
        picture = shrink(session.proxies.picture(index), size)
        return StillScene(picture, source.read(index, picture), soft=session.is_soft)
    rough = session.scene(index)
    disparity = cv2.resize(rough.disparity, size, interpolation=cv2.INTER_AREA)
    return StillScene(shrink(rough.picture, size), np.clip(disparity, 0, 1), soft=True)
