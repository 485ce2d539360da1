"""The masks of a clip at the sizes in which its stills are made."""

from __future__ import annotations

from pathlib import Path

from anybokeh.clip import ClipInfo
from anybokeh.job.frame_masks import FrameMasks, open_frame_masks
from anybokeh.settings import RenderSettings
from anybokeh.studio.recent import Recent

_KEPT = 4

Size = tuple[int, int]


class StillMasks:
    """Where highlights act, and what stays as it came: the masks that a render reads, of another size.

    info: the clip. frames: of it. Both methods take the (width, height) of stills, and raise InputError where
    a mask cannot be used.
    """

    def __init__(self, info: ClipInfo, frames: int) -> None:
        def opened(asked: tuple[str | Path, Size]) -> FrameMasks:
            return open_frame_masks(asked[0], info, frames)[0].at(asked[1])

        self._opened = Recent(opened, _KEPT)

    def protection(self, protect: str | Path, size: Size) -> FrameMasks | None:
        """What stays as it came beside bars, None without a mask."""
        return None if protect in ("auto", "off") else self._opened((protect, size))

    def highlights(self, settings: RenderSettings, size: Size) -> FrameMasks | None:
        """Where the lens's rule for highlights acts, None where that is everywhere or nowhere."""
        mask = settings.highlight_mask if settings.lens.highlight_strength else None
        return None if mask is None else self._opened((mask, size))
