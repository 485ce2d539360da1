"""Tracks as markers of OpenTimelineIO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack, combine, read_keyframes, save_track

otio = pytest.importorskip("opentimelineio")

TIMES = np.arange(48) / 24
FOCUS = np.interp(TIMES, [0, 0.5, 1, 1.9], [0.2, 0.2, 0.8, 0.5])
TRACK = FocusTrack(FOCUS, np.full(48, 24), np.full(48, 0.03))


def evaluated(path: Path) -> FocusTrack:
    return combine(len(TIMES), read_keyframes(path).evaluate(TIMES))


def markers(path: Path) -> tuple[Any, Any]:
    timeline = otio.adapters.read_from_file(str(path))
    (clip,) = timeline.find_clips()
    return timeline, clip


def test_markers_read_back_within_the_tolerance(tmp_path: Path) -> None:
    path = tmp_path / "track.otio"
    save_track(path, TRACK, TIMES, rate=24, clip="/clips/a.mp4")
    back = evaluated(path)
    assert np.abs(back.focus - TRACK.focus).max() <= 0.003
    assert np.array_equal(back.blur, TRACK.blur) and np.allclose(back.range, TRACK.range)
    _, clip = markers(path)
    assert clip.name == "a.mp4" and clip.media_reference.target_url == "/clips/a.mp4"
    assert clip.source_range.duration == otio.opentime.RationalTime(48, 24)
    assert clip.markers[0].name == "focus 0.2, blur 24, range 0.03, ease linear"
    assert len(clip.markers) <= 5


def test_markers_that_were_moved_and_renamed_count(tmp_path: Path) -> None:
    path = tmp_path / "track.otio"
    save_track(path, FocusTrack.constant(48, 0.4, 8), TIMES, rate=24)
    timeline, clip = markers(path)
    # the source begins at an hour, as cameras count
    hour = otio.opentime.RationalTime(24 * 3600, 24)
    whole = otio.opentime.TimeRange(hour, otio.opentime.RationalTime(48, 24))
    clip.media_reference.available_range = whole
    clip.source_range = whole
    del clip.markers[:]
    for frame, name in ((24, "focus 0.9"), (0, "Focus 0.1; blur 32"), (5, "buy milk")):
        start = hour + otio.opentime.RationalTime(frame, 24)
        clip.markers.append(otio.schema.Marker(name, otio.opentime.TimeRange(start)))
    otio.adapters.write_to_file(timeline, str(path))
    track = evaluated(path)
    assert track.focus[[0, 12, 24]] == pytest.approx([0.1, 0.5, 0.9])
    assert set(track.blur) == {32}


def test_markers_of_the_timeline_and_points(tmp_path: Path) -> None:
    path = tmp_path / "track.otio"
    timeline = otio.schema.Timeline("cut", tracks=[otio.schema.Track("V1")])
    start = otio.opentime.TimeRange(otio.opentime.RationalTime(12, 24))
    timeline.tracks.markers.append(otio.schema.Marker("focus point:640,300, blur 8", start))
    otio.adapters.write_to_file(timeline, str(path))
    (keyframe,) = read_keyframes(path).keyframes
    assert keyframe.time == 0.5 and keyframe.blur == 8
    assert "640" in str(keyframe.focus)


def _with_markers(path: Path, *names: str, clips: int = 1) -> Path:
    save_track(path, FocusTrack.constant(48, 0.4, 8), TIMES)
    timeline, clip = markers(path)
    del clip.markers[:]
    for name in names:
        clip.markers.append(otio.schema.Marker(name))
    for number in range(1, clips):
        other = clip.deepcopy()
        other.name = f"clip {number}"
        timeline.tracks[0].append(other)
    otio.adapters.write_to_file(timeline, str(path))
    return path


@pytest.mark.parametrize(
    ("names", "clips", "part"),
    [
        (["scene 1"], 1, "holds no marker such as 'focus 0.5, blur 24'"),
        (["focus 0.5"], 2, "has such markers on clip, clip 1; keep those of one clip"),
        (["focus 0.5, blur strong"], 1, "'blur strong', expected a number"),
        (["focus 0.5, zoom 3"], 1, "'zoom 3', expected each once of focus"),
        (["focus 0.5, focus 0.6"], 1, "'focus 0.6', expected each once"),
        (["focus 1.5"], 1, "keyframe 1: focus"),
    ],
)
def test_bad_markers_are_refused_in_one_line(names: list[str], clips: int, part: str, tmp_path: Path) -> None:
    path = _with_markers(tmp_path / "t.otio", *names, clips=clips)
    with pytest.raises(InputError, match=part) as error:
        read_keyframes(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"OTIO_SCHEMA": "Marker.2", "marked_range": 3}', "\0"])
def test_what_is_no_timeline_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.otio").write_text(text)
    with pytest.raises(InputError, match="is not an OpenTimelineIO file") as error:
        read_keyframes(tmp_path / "t.otio")
    assert "\n" not in str(error.value)
