"""The command that renders the same without the studio."""

from __future__ import annotations

import shlex
from pathlib import Path

from anybokeh.studio.document import Document
from anybokeh.studio.render_job import SUFFIXES


def command_line(
    clip: Path,
    track: Path,
    document: Document,
    codec: str = "h264",
    crf: float | None = None,
    whole: bool = False,
) -> str:
    """`anybokeh render ...` for a POSIX shell; options that are at their default are left out."""
    output = f"{clip.stem}_bokeh{SUFFIXES.get(codec, '.mp4')}"
    words = ["anybokeh", "render", str(clip), "-o", output, "--track", str(track)]
    default = Document()
    options = {
        "--disparity": (document.disparity, default.disparity),
        "--aperture": (document.aperture, default.aperture),
        "--anamorphic": (document.anamorphic, default.anamorphic),
        "--cats-eye": (document.cats_eye, default.cats_eye),
        "--highlights": (document.highlights, default.highlights),
        "--start": (None if whole else document.start, None),
        "--end": (None if whole else document.end, None),
        "--codec": (codec, "h264"),
        "--crf": (crf, None),
    }
    for name, (value, usual) in options.items():
        if value != usual:
            words += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)
