"""Writing the focus of a clip as a track file that can be edited."""

from __future__ import annotations

from pathlib import Path

from anybokeh.analysis import analyse
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.focus import save_track
from anybokeh.settings import RenderSettings


def write_track(
    input: str | Path, output: str | Path, settings: RenderSettings, *, plot: str | Path | None = None
) -> tuple[str, ...]:
    """Find focus, blur and range of every frame and write them as keyframes; returns remarks for the user.

    Args:
        input: the clip.
        output: the track file to write.
        settings: disparity, focus, blur, range and track as for a render.
        plot: PNG to draw the values over time into.

    Raises:
        InputError: as for a render; or the output exists and may not be replaced.
    """
    output = Path(output)
    if output.exists() and not settings.overwrite:
        raise InputError(f"{output}: exists already; give another path or --overwrite")
    if not output.parent.is_dir():
        raise InputError(f"{output}: the folder {output.parent} does not exist; create it first")
    with open_clip(input, start=settings.start, end=settings.end) as clip:
        analysis = analyse(clip, settings)
    save_track(output, analysis.track, analysis.times)
    if plot is not None:
        from anybokeh.focus.plot import plot_track

        plot_track(plot, analysis.track, analysis.times)
    return analysis.notes
