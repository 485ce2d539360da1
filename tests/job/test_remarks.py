"""What is said before a clip is rendered to no avail, and what is not said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh.clip import open_clip
from anybokeh.disparity.files import open_disparity
from anybokeh.disparity.salient import SalientDisparity
from anybokeh.focus import FocusTrack
from anybokeh.focus.mask import open_masks
from anybokeh.job.analysis import analyse
from anybokeh.job.remarks import looks_swapped, remarks
from anybokeh.settings import RenderSettings
from anybokeh.subject.clip_subject import open_subject
from anybokeh.synth.presets import PRESETS, make_sample
from clip import make


class Maps:
    """Disparity in memory."""

    name, official, size = "made up", None, (tiny.WIDTH, tiny.HEIGHT)

    def __init__(self, maps: np.ndarray) -> None:
        self.maps, self.count = maps, len(maps)

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        return self.maps[index]


def said(
    maps: np.ndarray, focus: float = 0.5, inside=None, range: float = 0, blur: float = 16, depth_map=None
) -> tuple[str, ...]:
    track = FocusTrack.constant(len(maps), focus, blur, range)
    return remarks(Maps(maps), track, np.arange(len(maps)), tiny.WIDTH, depth_map, inside)


def test_disparity_that_is_the_same_everywhere_is_told() -> None:
    maps = np.full((20, tiny.HEIGHT, tiny.WIDTH), 0.4, np.float32)
    (note,) = said(maps, 0.4)
    assert "0.4 everywhere" in note and "--disparity" in note and "equals the input" in note
    (note,) = said(maps, 0.9, blur=64)
    assert "0.4 everywhere" in note and "equals the input" not in note
    maps[10:] += 0.1
    assert said(maps, 0.9, blur=64) == ()


def test_blur_that_nobody_can_see_is_told() -> None:
    maps = tiny.disparity()
    (note,) = said(maps, range=0.6)
    assert "nothing is blurred" in note and "--focus-range" in note
    assert said(maps, blur=64) == said(maps, blur=0) == ()


def swapped(maps: np.ndarray, masks: np.ndarray) -> bool:
    """masks: (frames, height, width)."""
    return looks_swapped(dict(enumerate(maps)), lambda index: masks[index])


def test_maps_in_which_near_is_dark_are_told() -> None:
    maps = tiny.disparity()
    inside = maps == tiny.NEAR
    assert said(maps, inside=lambda index: inside[index], blur=64) == ()
    (note,) = said(1 - maps, inside=lambda index: inside[index], blur=64)
    assert "--depth-map near-dark" in note and "farther" in note
    (note,) = said(1 - maps, inside=lambda index: inside[index], blur=64, depth_map="near-dark")
    assert "leaving out --depth-map near-dark" in note


def test_what_stands_before_a_subject_is_no_reason() -> None:
    maps = np.linspace(0, 0.6, 48)[:, None] * np.ones((4, 1, 64))
    inside = np.zeros(maps.shape, bool)
    inside[:, 16:32, 20:44] = True
    maps[inside] = 0.55
    assert not swapped(maps, inside)
    assert swapped(1 - maps, inside)
    # a hedge that hides all but the subject's head
    maps[:, 18:] = 0.9
    assert not swapped(maps, inside)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_no_made_up_scene_cries_wolf(preset: str) -> None:
    found = 0
    for seed in range(4):
        sample = make_sample(preset, seed, size=(160, 90), frames=2)
        masks = np.asarray(sample.subject_mask) > 0.5
        disparity = np.asarray(sample.disparity)
        assert not swapped(disparity, masks), seed
        found += swapped(1 - disparity, masks)
    assert found >= 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["breakdance/clip", "subjects/coffee", "subjects/dog", "subjects/juggle"])
def test_no_real_clip_cries_wolf(shared: Path, name: str) -> None:
    """With the estimate that is built in, and with maps."""
    path = shared / "clips" / f"{name}.mp4"
    with open_clip(path) as clip:
        times = np.arange(clip.info.frame_count or 0) / float(clip.info.rate)
        subject = open_subject(clip.info, times, range(min(24, len(times))))
    estimate = SalientDisparity(subject)
    maps = {index: estimate.read(index) for index in (0, 8, 16)}
    assert not looks_swapped(maps, subject.read)
    assert looks_swapped({index: 1 - one for index, one in maps.items()}, subject.read)
    given = path.parent / "disparity"
    if given.is_dir():
        source, masks = open_disparity(given), open_masks(path.parent / "mask")
        measured = {index: source.read(index) for index in (0, 20, 40)}
        assert not looks_swapped(measured, masks.read)
        assert looks_swapped({index: 1 - one for index, one in measured.items()}, masks.read)


def test_an_analysis_says_so(tmp_path: Path) -> None:
    clip = make.video(tmp_path / "a.mp4", tiny.pictures())
    tiny.maps(tmp_path / "maps", 1 - tiny.disparity())
    masks = tmp_path / "masks"
    masks.mkdir()
    for index, inside in enumerate(tiny.disparity() == np.float32(tiny.NEAR)):
        seen = inside & (index not in (4, 5, 6))
        cv2.imwrite(str(masks / f"{index}.png"), seen.astype(np.uint8) * 255)
    settings = RenderSettings(disparity=tmp_path / "maps", focus=f"mask:{masks}", blur=64)
    with open_clip(clip) as reader:
        notes = analyse(reader, settings).notes
    empty, inverted = notes
    assert "the masks are empty from 0.16 to 0.28 s; the focus is held" in empty
    assert "--depth-map near-dark" in inverted
