"""The command that renders the same without the studio."""

from __future__ import annotations

import shlex
from pathlib import Path

from anybokeh.options.command_line import words_of
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings
from anybokeh.studio.render_job import RenderJob


def command_line(job: RenderJob, track: Path) -> str:
    """`anybokeh render ...` for a POSIX shell; options that are at their default are left out."""
    words = ["anybokeh", "render", job.clip, "-o", job.output, "--track", str(track)]
    # what the output's suffix chooses by itself
    named = [name for name, value in job.options.items() if (name, value) != ("codec", "h264")]
    return shlex.join(words + words_of(with_values(RenderSettings(), job.options), named))
