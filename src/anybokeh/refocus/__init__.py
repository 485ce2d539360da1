"""The main job: analyse a clip, cut it into shots, render them, and join the result.

`refocus` goes from file to file, `in_memory` and `refocus_frames` from array to array; `tracking` and `depth`
stop after the analysis. Only this package sees the whole picture: the analysis knows nothing of renderers,
renderers know nothing of files.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """This package, which is called as well: `anybokeh.refocus(frames, ...)`, see `refocus_frames`."""

    def __call__(self, frames: Any, *arguments: Any, **options: Any) -> Any:
        from anybokeh.refocus.refocus_frames import refocus_frames

        return refocus_frames(frames, *arguments, **options)


sys.modules[__name__].__class__ = _Callable
