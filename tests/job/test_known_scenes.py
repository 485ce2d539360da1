"""One chain makes scenes, wherever their frames come from."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import anybokeh
import tiny
from anybokeh.clip import open_clip
from anybokeh.job.analysed_frames import whole_scenes
from anybokeh.job.analysis import analyse
from anybokeh.job.known_scenes import Given, SceneSteps, known_scenes
from anybokeh.repair import RepairSettings, repairing
from anybokeh.settings import RenderSettings
from disparity import damaged


def test_a_clip_and_arrays_give_the_same_scenes(tmp_path: Path) -> None:
    frames, exact = damaged.scene(6, height=48, width=64)
    maps = damaged.jittered(damaged.blurred(exact))
    pictures = [np.ascontiguousarray((one.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)) for one in frames]
    np.save(tmp_path / "maps.npy", maps)
    settings = RenderSettings(disparity=tmp_path / "maps.npy", focus=0.5)
    with open_clip(tiny.lossless(tmp_path / "clip.mkv", pictures)) as clip:
        analysis = analyse(clip, settings)
        read = list(whole_scenes(clip, analysis, RepairSettings(), hidden=True))
    stacked = np.stack(pictures).transpose(0, 3, 1, 2) / np.float32(255)
    scene = anybokeh.prepare(stacked, maps, 0.5, 16).scene
    assert scene.hidden is not None
    assert np.abs(scene.disparity - maps).mean() > 1e-3
    # pictures in 16 bits are not quite those in 8
    np.testing.assert_allclose(np.stack([one.disparity for one in read]), scene.disparity, atol=1e-3)
    assert [one.behind is None for one in read] == [one is None for one in scene.hidden]


def test_scenes_depend_on_as_many_frames_as_their_steps_look_at() -> None:
    assert SceneSteps(False, None, hidden=False).reach == 0
    assert SceneSteps(False, None, hidden=True).reach == 10
    # lamps of frames that are looked in are decided by the frames around these
    assert SceneSteps(False, RepairSettings(), hidden=True).reach == 22
    assert SceneSteps(True, RepairSettings(), hidden=False).around == 0


@pytest.mark.parametrize("steady", [False, True])
def test_no_more_frames_are_read_ahead_than_a_scene_depends_on(
    monkeypatch: pytest.MonkeyPatch, steady: bool
) -> None:
    monkeypatch.setattr(repairing, "available_threads", lambda: 1)
    frames, maps = damaged.scene(30, height=48, width=64)
    pictures = [np.ascontiguousarray((one.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)) for one in frames]
    read: list[int] = []
    given = (read.append(index) or Given(index, picture) for index, picture in enumerate(pictures))  # type: ignore[func-returns-value]
    steps = SceneSteps(steady, RepairSettings(), hidden=True)
    scenes = known_scenes(given, maps.__getitem__, steps)
    for index in range(3):
        assert next(scenes).tag == index
        assert len(read) == index + steps.reach + 1


@pytest.mark.parametrize("repair", [None, RepairSettings(disparity=False), RepairSettings(highlights=False)])
def test_frames_are_let_go_once_their_scenes_are_known(repair: RepairSettings | None) -> None:
    alive: weakref.WeakValueDictionary[int, np.ndarray] = weakref.WeakValueDictionary()

    def given() -> Iterator[Given[int]]:
        for index in range(80):
            picture = np.random.default_rng(index).integers(0, 256, (24, 32, 3), np.uint8)
            alive[index] = picture
            yield Given(index, picture)

    scenes = known_scenes(
        given(), lambda index: np.full((24, 32), 0.5, np.float32), SceneSteps(True, repair, False)
    )
    for one in scenes:
        if one.tag == 60:
            assert len(alive) < 45


@pytest.mark.parametrize("length", [70, 110])
def test_no_more_frames_wait_however_long_the_clip_is(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairing, "available_threads", lambda: 2)
    frames, exact = damaged.scene(1, height=48, width=64)
    picture = np.ascontiguousarray((frames[0].transpose(1, 2, 0) * 255).astype(np.uint8))
    pictures, maps = Alive(), Alive()

    def read(index: int) -> np.ndarray:
        return maps.held(exact[0].copy())

    given = (Given(index, pictures.held(np.roll(picture, index, axis=1))) for index in range(length))
    steps = SceneSteps(True, RepairSettings(), hidden=True)
    assert len([one.tag for one in known_scenes(given, read, steps)]) == length
    # steadying and lamps look 13 frames ahead side by side, what finds hidden surfaces 10 more, and
    # 10 that are past; a few are at work
    assert 33 < pictures.most < 38
    assert 13 < maps.most < 17


class Alive:
    """Counts the arrays that are still held.

    most: of them at once.
    """

    def __init__(self) -> None:
        self.count = self.most = 0

    def held(self, array: np.ndarray) -> np.ndarray:
        """The same array, counted until nobody holds it."""
        self.count += 1
        self.most = max(self.most, self.count)
        weakref.finalize(array, self._gone)
        return array

    def _gone(self) -> None:
        self.count -= 1
