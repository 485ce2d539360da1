"""A focus pull as markers of OpenTimelineIO, edited as an editing program would, and rendered.

Needs the extra `otio`.

python examples/otio_track.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import opentimelineio as otio

import anybokeh
from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA
from anybokeh.focus import save_track

FRAMES, RATE = 5, 24


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    track, times = folder / "focus.otio", np.arange(FRAMES) / RATE
    save_track(track, anybokeh.FocusTrack.constant(FRAMES, 0.36, 40), times, rate=RATE, clip="clip.mp4")

    timeline = otio.adapters.read_from_file(str(track))
    (clip,) = timeline.find_clips()
    end = otio.opentime.TimeRange(otio.opentime.RationalTime(FRAMES - 1, RATE))
    clip.markers.append(otio.schema.Marker("focus 0, ease smooth", end))  # its name says it all
    otio.adapters.write_to_file(timeline, str(track))

    report = anybokeh.render_clip(
        MEDIA / "clip.mp4",
        folder / "otio_track.mp4",
        disparity=MEDIA / "disparity.mkv",
        track=track,
        end=FRAMES / RATE,
        overwrite=True,
    )
    print(f"{report.output}: {report.frames} frames, markers {[one.name for one in clip.markers]}")
    with open_clip(folder / "otio_track.mp4") as frames:
        shown = [frame.pixels for frame in frames][:: FRAMES // 2]
    cv2.imwrite(str(folder / "otio_track.jpg"), np.hstack(shown)[..., ::-1])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
