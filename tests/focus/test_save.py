from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack, combine, read_keyframes, save_track
from anybokeh.focus.plot import Thumbnail, draw_track, plot_track, thumbnail_times, ticks

# Uneven times, as a phone records them.
TIMES = np.cumsum(1 / 30 + 0.01 * np.random.default_rng(0).random(200))


def wander(seed: int) -> FocusTrack:
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.normal(0, 0.02, (2, 200)), axis=1)
    blur = np.where(np.arange(200) < 120, 16, 32 + 0.1 * np.arange(200))
    return FocusTrack((0.5 + steps[0]).clip(0, 1), blur, np.abs(steps[1]).clip(0, 1))


@pytest.mark.parametrize("seed", range(3))
def test_a_saved_track_reads_back_within_the_tolerance(tmp_path, seed):
    track, path = wander(seed), tmp_path / "track.json"
    save_track(path, track, TIMES)
    back = combine(len(TIMES), read_keyframes(path).evaluate(TIMES))
    assert np.abs(back.focus - track.focus).max() <= 0.002
    assert np.abs(back.range - track.range).max() <= 0.002
    assert np.abs(back.blur - track.blur).max() <= 0.05
    assert list(tmp_path.iterdir()) == [path]


def test_straight_pulls_need_few_keyframes(tmp_path):
    times = np.arange(240) / 24
    focus = np.interp(times, [0, 2, 5, 10], [0.2, 0.2, 0.8, 0.5])
    save_track(tmp_path / "track.json", FocusTrack(focus, np.full(240, 24), np.zeros(240)), times)
    keyframes = json.loads((tmp_path / "track.json").read_text())["keyframes"]
    assert [keyframe["frame"] for keyframe in keyframes] == [0, 48, 120, 239]
    assert [("blur" in keyframe, "range" in keyframe) for keyframe in keyframes] == [(True, True)] + [
        (False,) * 2
    ] * 3


def test_a_constant_track_is_one_keyframe(tmp_path):
    save_track(tmp_path / "t.json", FocusTrack.constant(100, 0.3, 24), np.arange(100) / 24)
    expected = {"frame": 0, "focus": 0.3, "blur": 24, "range": 0, "ease": "linear"}
    assert json.loads((tmp_path / "t.json").read_text()) == {"version": 1, "keyframes": [expected]}


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        save_track(tmp_path / "nowhere" / "t.json", FocusTrack.constant(2, 0.5), np.arange(2))
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder"):
        save_track(tmp_path / "folder", FocusTrack.constant(2, 0.5), np.arange(2))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_an_interrupt_while_writing_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_track(tmp_path / "t.json", FocusTrack.constant(2, 0.5), np.arange(2))
    assert not list(tmp_path.iterdir())


def test_the_plot_shows_the_values(tmp_path):
    low, high = FocusTrack.constant(50, 0.1), FocusTrack.constant(50, 0.9)
    rows = []
    for name, track in (("low", low), ("high", high)):
        plot_track(tmp_path / f"{name}.png", track, np.arange(50) / 24)
        picture = cv2.imread(str(tmp_path / f"{name}.png"))
        blue = (picture[..., 0].astype(int) - picture[..., 2]) > 150
        rows.append(np.flatnonzero(blue.any(axis=1)).mean())
    # The focus panel is 240 pixels high for 0 to 1.
    assert rows[0] - rows[1] == pytest.approx(0.8 * 240, abs=2)


def test_the_plot_of_one_frame(tmp_path):
    plot_track(tmp_path / "one.png", FocusTrack.constant(1, 0.5), np.zeros(1))
    assert (tmp_path / "one.png").stat().st_size > 0


def test_ticks_are_round():
    assert ticks(0, 1, 5) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(0, 3.46, 10) == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert ticks(0, 37, 5) == [0, 10, 20, 30]


def test_the_plot_has_room_for_confidence_and_frames():
    track, times = FocusTrack.constant(50, 0.5), np.arange(50) / 24
    plain = draw_track(track, times)
    sure = draw_track(track, times, np.full(50, 0.25))
    assert sure.shape[0] > plain.shape[0]
    red = np.full((90, 160, 3), (255, 0, 0), np.uint8)
    shown = draw_track(track, times, None, [Thumbnail(time, red) for time in thumbnail_times(times)])
    area = ((shown == (0, 0, 255)).all(axis=2)).sum()
    assert shown.shape[0] > plain.shape[0] and area > 8 * 120 * 60
    # nothing was followed: no panel
    np.testing.assert_array_equal(draw_track(track, times, np.full(50, np.nan)), plain)


def test_thumbnails_of_short_clips_and_upright_pictures():
    assert thumbnail_times(np.zeros(1)) == [0]
    upright = Thumbnail(0.0, np.zeros((160, 90, 3), np.uint8))
    assert draw_track(FocusTrack.constant(1, 0.5), np.zeros(1), None, [upright]).shape[1] == 1200
