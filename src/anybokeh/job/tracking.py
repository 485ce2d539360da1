"""Writing the focus of a clip as a track file that can be edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anybokeh.clip import open_again
from anybokeh.errors import InputError
from anybokeh.focus import save_track, track_otio
from anybokeh.focus.save import TrackFormat, track_format
from anybokeh.job.analysis import Analysis, analyse, check_not_an_input
from anybokeh.job.open_input import open_input
from anybokeh.settings import RenderSettings
from anybokeh.subject.views import view

if TYPE_CHECKING:
    from anybokeh.focus.plot import Thumbnail


def write_track(
    input: str | Path,
    output: str | Path,
    settings: RenderSettings,
    *,
    format: TrackFormat | None = None,
    plot: str | Path | None = None,
) -> tuple[str, ...]:
    """Find focus, blur and range of every frame and write them as keyframes; returns remarks for the user.

    Args:
        input: the clip.
        output: the track file to write.
        settings: disparity, focus, blur, range and track as for a render.
        format: `json`, `csv` or `otio`; by the output's suffix if not given.
        plot: PNG to draw the values over time into, below frames of the clip.

    Raises:
        InputError: as for a render; or the output exists and may not be replaced.
    """
    output = Path(output)
    if track_format(output, format) == "otio":
        track_otio.require()
    paths = [output] if plot is None else [output, Path(plot)]
    for path in paths:
        _check_writable(path, settings.overwrite)
    if plot is not None and output.resolve() == Path(plot).resolve():
        raise InputError(f"{plot}: is the track file as well; give the plot a path of its own")
    with open_input(input, settings) as clip:
        for path in paths:
            check_not_an_input(path, clip.info.path, settings)
        analysis = analyse(clip, settings)
    info = analysis.info
    save_track(
        output,
        analysis.track,
        analysis.times,
        format=format,
        rate=float(info.rate),
        clip=info.path.absolute(),
    )
    if plot is not None:
        from anybokeh.focus.plot import plot_track

        plot_track(
            plot,
            analysis.track,
            analysis.times,
            confidence=analysis.confidence,
            thumbnails=_thumbnails(analysis),
        )
    return analysis.notes + ((analysis.aperture,) if analysis.aperture else ())


def _thumbnails(analysis: Analysis) -> list[Thumbnail]:
    """A few frames of the clip, evenly spread."""
    from anybokeh.focus.plot import Thumbnail, thumbnail_times

    result, times = [], analysis.times
    for time in thumbnail_times(times):
        index = max(0, int(np.searchsorted(times, time, side="right")) - 1)
        end = float(times[index + 1]) if index + 1 < len(times) else None
        with open_again(analysis.info, start=float(times[index]), end=end) as clip:
            frame = next(iter(clip), None)
        if frame is not None:
            result.append(Thumbnail(time, view(frame.pixels).picture))
    return result


def _check_writable(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; expected the path of a file")
    if path.exists() and not overwrite:
        raise InputError(f"{path}: exists already; give another path or --overwrite")
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; create it first")
