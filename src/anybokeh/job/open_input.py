"""Opening a clip as settings say."""

from __future__ import annotations

from pathlib import Path

from anybokeh.clip import ClipReader, open_clip
from anybokeh.settings import RenderSettings


def open_input(input: str | Path, settings: RenderSettings) -> ClipReader:
    """The part of a clip that settings choose; raises InputError."""
    return open_clip(
        input,
        start=settings.start,
        end=settings.end,
        on_damage=settings.on_damage,
        deinterlace=settings.deinterlace,
        rate=settings.fps,
    )
