"""One full-quality render: what it renders and how, on the disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anybokeh.clip import available_codecs
from anybokeh.errors import InputError
from anybokeh.options.option import flags
from anybokeh.options.values import with_values
from anybokeh.runtime.whole_files import write_whole
from anybokeh.settings import RenderSettings
from anybokeh.studio.document import Document

SUFFIXES = {"h264": ".mp4", "hevc": ".mp4", "prores": ".mov", "ffv1": ".mkv", "vp9": ".webm", "av1": ".mp4"}
"""Containers by codec."""


@dataclass(frozen=True)
class RenderJob:
    """A render of the studio; its folder holds job.json, the track as it was then, and the output.

    Attributes:
        id: of the render, the name of its folder.
        clip: path of the source.
        output: file name of the result.
        options: of `anybokeh.settings` by name: those of the document then, and how to encode.
    """

    id: str
    clip: str
    output: str
    options: dict[str, Any]

    @classmethod
    def of(
        cls,
        id: str,
        clip: Path,
        document: Document,
        seconds: tuple[float | None, float | None],
        codec: str,
        crf: float | None,
    ) -> RenderJob:
        """A render of a document; seconds: where the part begins and ends. Raises InputError."""
        if codec not in SUFFIXES or codec not in available_codecs():
            offered = ", ".join(name for name in SUFFIXES if name in available_codecs())
            raise InputError(f"codec {codec!r:.40}: expected {offered}")
        if crf is not None and not 0 <= crf <= 63:
            raise InputError(f"quality {crf:g}: expected 0 (best) to 63")
        start, end = seconds
        options = {**document.render_options, "start": start, "end": end, "codec": codec, "crf": crf}
        return cls(id, str(clip), f"{clip.stem}_bokeh{SUFFIXES[codec]}", options)

    @property
    def codec(self) -> str:
        """See `SUFFIXES`."""
        return self.options["codec"]

    def settings(self, folder: Path) -> RenderSettings:
        """For `anybokeh.render_clip`; folder: the job's own. Goes on where an earlier run was stopped."""
        return with_values(RenderSettings(track=folder / "track.json", resume=True), self.options)

    def save(self, folder: Path) -> None:
        """Write job.json; raises InputError."""
        values = {"id": self.id, "clip": self.clip, "output": self.output, **self.options}
        write_whole(folder / "job.json", json.dumps(values, indent=1).encode())

    @classmethod
    def load(cls, folder: Path) -> RenderJob:
        """Read job.json; raises InputError where it is damaged."""
        known = {flag.name for flag in flags(RenderSettings)}
        try:
            values: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
            options = {name: value for name, value in values.items() if name in known}
            options["codec"]  # every job has one
            return cls(values["id"], values["clip"], values["output"], options)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise InputError(f"{folder}: is no render of the studio; delete it") from None
