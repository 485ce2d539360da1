"""The analysis: focus, blur and range of every frame, and what they come from."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.job.analysis import Analysis, analyse
from anybokeh.settings import RenderSettings
from clip import make

FRAMES = 6


def analysed(clip: Path, **options) -> Analysis:
    settings = RenderSettings(**options)
    with open_clip(clip, start=settings.start, end=settings.end) as reader:
        return analyse(reader, settings)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make.video(tmp_path_factory.mktemp("clip") / "a.mp4", tiny.pictures(FRAMES))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps whose names say nothing."""
    return tiny.maps(tmp_path_factory.mktemp("plain") / "maps", tiny.disparity(FRAMES))


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps whose names carry focus 0.3, 0.31, ... and blur 30, 31, ..."""
    names = [f"{i:05}_zf_{0.3 + 0.01 * i:.2f}_k_{30 + i}.png" for i in range(FRAMES)]
    return tiny.maps(tmp_path_factory.mktemp("official") / "maps", tiny.disparity(FRAMES), names)


def write_track(path: Path, *keyframes: dict) -> Path:
    path.write_text(json.dumps({"version": 1, "keyframes": keyframes}))
    return path


def test_defaults_fill_what_nothing_says(clip: Path, plain: Path) -> None:
    track = analysed(clip, disparity=plain, focus=0.4).track
    assert track.focus == pytest.approx(np.full(FRAMES, 0.4))
    assert track.blur.tolist() == [16] * FRAMES
    assert track.range.tolist() == [0] * FRAMES


def test_file_names_come_before_defaults(clip: Path, official: Path) -> None:
    track = analysed(clip, disparity=official).track
    assert track.focus == pytest.approx(0.3 + 0.01 * np.arange(FRAMES))
    assert track.blur.tolist() == [30, 31, 32, 33, 34, 35]


def test_the_track_comes_before_file_names(clip: Path, official: Path, tmp_path: Path) -> None:
    file = write_track(tmp_path / "t.json", {"frame": 2, "focus": 0.9, "range": 0.1})
    track = analysed(clip, disparity=official, track=file).track
    assert track.focus == pytest.approx(np.full(FRAMES, 0.9))
    assert track.range == pytest.approx(np.full(FRAMES, 0.1))
    assert track.blur.tolist() == [30, 31, 32, 33, 34, 35]


def test_where_the_track_is_silent_the_file_names_speak(clip: Path, official: Path, tmp_path: Path) -> None:
    file = write_track(tmp_path / "t.json", {"frame": 0, "focus": 0.9}, {"frame": 3, "blur": 5})
    assert analysed(clip, disparity=official, track=file).track.blur.tolist() == [30, 31, 32, 5, 5, 5]


def test_options_come_first(clip: Path, official: Path, tmp_path: Path) -> None:
    file = write_track(tmp_path / "t.json", {"frame": 0, "focus": 0.9, "blur": 40, "range": 0.1})
    track = analysed(clip, disparity=official, track=file, focus="0.2", blur=0, focus_range=0.0).track
    assert track.focus == pytest.approx(np.full(FRAMES, 0.2))
    assert track.blur.tolist() == [0] * FRAMES
    assert track.range.tolist() == [0] * FRAMES


def test_without_any_focus_it_is_found(clip: Path, plain: Path, tmp_path: Path) -> None:
    # nothing stands out in noise: what lies in the middle is taken, and said so
    found = analysed(clip, disparity=plain)
    assert found.track.focus == pytest.approx(np.full(FRAMES, found.track.focus[0]))
    assert 0 <= found.track.focus[0] <= tiny.NEAR
    assert any("subject" in note for note in found.notes)
    blurred = analysed(clip, disparity=plain, track=write_track(tmp_path / "t.json", {"frame": 0, "blur": 3}))
    assert blurred.track.focus == pytest.approx(found.track.focus)
    assert blurred.track.blur.tolist() == [3] * FRAMES


def test_masks_points_and_numbers_find_the_same_surface(clip: Path, plain: Path, tmp_path: Path) -> None:
    masks = tiny.masks(tmp_path / "masks", FRAMES)
    for focus in (f"mask:{masks}", "point:5,20", "point:10%,50%@0.1"):
        found = analysed(clip, disparity=plain, focus=focus).track.focus
        assert found == pytest.approx(np.full(FRAMES, tiny.NEAR), abs=1e-3)


def test_keyframe_times_follow_uneven_frames(plain: Path, tmp_path: Path) -> None:
    # 0, 0.1, 0.2, 0.6, 0.7 and 0.8 seconds
    times = [0, 1280, 2560, 7680, 8960, 10240]
    clip = make.video(tmp_path / "a.mp4", tiny.pictures(FRAMES), times=times)
    file = write_track(tmp_path / "t.json", {"time": 0, "focus": 0}, {"time": 0.8, "focus": 0.8})
    analysis = analysed(clip, disparity=plain, track=file)
    assert analysis.times == pytest.approx([0, 0.1, 0.2, 0.6, 0.7, 0.8])
    assert analysis.track.focus == pytest.approx([0, 0.1, 0.2, 0.6, 0.7, 0.8])


@pytest.mark.parametrize("focus", ["point:14,30", "mask"])
def test_a_part_is_focused_as_the_whole(tmp_path: Path, focus: str) -> None:
    """Also where the part begins exactly at a frame, or lies within the last frame's time."""
    if focus == "mask":
        focus = f"mask:{tiny.masks(tmp_path / 'masks', FRAMES)}"
    clip = make.video(tmp_path / "a.mp4", [make.picture(tiny.HEIGHT, tiny.WIDTH, i) for i in range(FRAMES)])
    rising = tiny.disparity(FRAMES) * np.linspace(0.5, 1, FRAMES, dtype=np.float32)[:, None, None]
    np.save(tmp_path / "d.npy", rising)
    whole = analysed(clip, disparity=tmp_path / "d.npy", focus=focus).track.focus
    assert np.ptp(whole) > 0.3
    for first, last in ((1, 3), (2, 6), (5, 6)):
        part = analysed(
            clip, disparity=tmp_path / "d.npy", focus=focus, start=first / 25, end=(last - 0.5) / 25
        )
        assert np.array_equal(part.track.focus[first:last], whole[first:last])


@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_only_the_last_frame(plain: Path, tmp_path: Path, suffix: str) -> None:
    even = {"time_base": Fraction(1, 25), "step": 1}
    clip = make.video(tmp_path / f"a{suffix}", tiny.pictures(FRAMES), codec="mpeg4", **even)
    focus = f"mask:{tiny.masks(tmp_path / 'masks', FRAMES)}"
    track = analysed(clip, disparity=plain, focus=focus, start=0.19).track
    assert track.focus == pytest.approx(np.full(FRAMES, tiny.NEAR), abs=1e-3)
    with pytest.raises(InputError, match=r"start 0\.21"):
        analysed(clip, disparity=plain, focus=focus, start=0.21)
