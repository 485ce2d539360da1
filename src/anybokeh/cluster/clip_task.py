"""What a worker must know to render any segment of a clip."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np

from anybokeh import __version__
from anybokeh.clip import ClipInfo
from anybokeh.disparity import DisparitySource
from anybokeh.disparity.choose import is_estimated, without_matte
from anybokeh.finish.bars import Inside
from anybokeh.finish.grain import Grain
from anybokeh.focus import FocusTrack
from anybokeh.job.analysis import Analysis
from anybokeh.segments.segment_format import SegmentFormat
from anybokeh.settings import RenderSettings


@dataclass(frozen=True, eq=False)
class ClipTask:
    """One render, the same for all of its segments.

    Attributes:
        input: path or URL of the clip, as workers see it.
        settings: of the render; files that they name are paths or URLs, as workers see them.
        info: of the clip, to know it again.
        times, track, steady, soft, grain, inside: of the analysis.
        disparity: what was estimated, without its matte; None where workers read maps themselves.
        format: of the segments.
        length: frames of a segment.
    """

    input: str
    settings: RenderSettings
    info: ClipInfo
    times: np.ndarray
    track: FocusTrack
    steady: bool
    soft: bool
    grain: Grain | None
    inside: Inside | None
    disparity: DisparitySource | None
    format: SegmentFormat
    length: int


def clip_task(
    input: str, settings: RenderSettings, analysis: Analysis, format: SegmentFormat, length: int
) -> ClipTask:
    """The task of a clip that was analysed here."""
    estimated = is_estimated(settings.disparity)
    return ClipTask(
        input,
        settings,
        analysis.info,
        analysis.times,
        analysis.track,
        analysis.steady,
        analysis.soft,
        analysis.grain,
        analysis.inside,
        without_matte(analysis.disparity) if estimated else None,
        format,
        length,
    )


def versions() -> dict[str, str]:
    """What must be the same on all machines for all frames to come out the same."""
    codecs = ".".join(map(str, av.library_versions["libavcodec"]))
    return {"anybokeh": __version__, "PyAV": av.__version__, "libavcodec": codecs, "numpy": np.__version__}
