"""One full-quality render: what it renders and how, on the disk."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anybokeh.clip import available_codecs
from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import write_whole
from anybokeh.settings import RenderSettings
from anybokeh.studio.document import Document, lens_of

SUFFIXES = {"h264": ".mp4", "hevc": ".mp4", "prores": ".mov", "ffv1": ".mkv", "vp9": ".webm", "av1": ".mp4"}
"""Containers by codec."""


@dataclass(frozen=True)
class RenderJob:
    """A render of the studio; its folder holds job.json, the track as it was then, and the output.

    Attributes:
        id: of the render, the name of its folder.
        clip: path of the source.
        output: file name of the result.
        codec: see `SUFFIXES`.
        crf: quality on the encoder's scale; None is its own.
        disparity, aperture, anamorphic, cats_eye, highlights, start, end: of the document then.
    """

    id: str
    clip: str
    output: str
    codec: str
    crf: float | None
    disparity: str
    aperture: str
    anamorphic: float
    cats_eye: float
    highlights: str
    start: float | None
    end: float | None

    @classmethod
    def of(
        cls, id: str, clip: Path, document: Document, codec: str, crf: float | None, whole: bool
    ) -> RenderJob:
        """A render of a document; whole: the whole clip rather than the chosen part. Raises InputError."""
        if codec not in SUFFIXES or codec not in available_codecs():
            offered = ", ".join(name for name in SUFFIXES if name in available_codecs())
            raise InputError(f"codec {codec!r:.40}: expected {offered}")
        if crf is not None and not 0 <= crf <= 63:
            raise InputError(f"quality {crf:g}: expected 0 (best) to 63")
        return cls(
            id,
            str(clip),
            f"{clip.stem}_bokeh{SUFFIXES[codec]}",
            codec,
            crf,
            document.disparity,
            document.aperture,
            document.anamorphic,
            document.cats_eye,
            document.highlights,
            None if whole else document.start,
            None if whole else document.end,
        )

    def settings(self, folder: Path) -> RenderSettings:
        """For `anybokeh.render_clip`; folder: the job's own. Goes on where an earlier run was stopped."""
        return RenderSettings(
            disparity=self.disparity,
            track=folder / "track.json",
            lens=lens_of(self.aperture, self.anamorphic, self.cats_eye, self.highlights),
            codec=self.codec,
            crf=self.crf,
            start=self.start,
            end=self.end,
            resume=True,
        )

    def save(self, folder: Path) -> None:
        """Write job.json; raises InputError."""
        write_whole(folder / "job.json", json.dumps(asdict(self), indent=1).encode())

    @classmethod
    def load(cls, folder: Path) -> RenderJob:
        """Read job.json; raises InputError where it is damaged."""
        try:
            values: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
            return cls(**values)
        except (OSError, ValueError, TypeError):
            raise InputError(f"{folder}: is no render of the studio; delete it") from None
