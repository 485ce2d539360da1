"""Frames with their disparity, steadied in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.clip import open_clip
from anybokeh.disparity import steady
from anybokeh.job.analysed_frames import scenes
from anybokeh.job.analysis import analyse
from anybokeh.settings import RenderSettings
from disparity import damaged

FRAMES = 14


@pytest.fixture(scope="module")
def clip_and_maps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, np.ndarray, np.ndarray]:
    """A lossless clip, a file with trembling maps, and both as arrays."""
    folder = tmp_path_factory.mktemp("made")
    frames, exact = damaged.scene(FRAMES, height=96, width=128)
    maps = damaged.jittered(damaged.blurred(exact))
    pictures = [np.ascontiguousarray((one.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)) for one in frames]
    np.save(folder / "maps.npy", maps)
    clip = tiny.lossless(folder / "clip.mkv", pictures)
    return clip, folder / "maps.npy", np.stack(pictures).transpose(0, 3, 1, 2) / np.float32(255), maps


def read(clip: Path, maps: Path, **options) -> dict[int, np.ndarray]:
    settings = RenderSettings(disparity=maps, focus=0.5, **options)
    with open_clip(clip, start=settings.start, end=settings.end) as reader:
        analysis = analyse(reader, settings)
        return {frame.index: disparity for frame, disparity in scenes(reader, analysis)}


def test_disparity_is_steadied_unless_that_is_off(clip_and_maps) -> None:
    clip, file, frames, maps = clip_and_maps
    on, off = read(clip, file), read(clip, file, steady=False)
    np.testing.assert_array_equal(np.stack(list(off.values())), maps)
    np.testing.assert_array_equal(np.stack(list(on.values())), steady(frames, maps))
    assert np.abs(on[7] - off[7]).mean() > 1e-3


@pytest.mark.parametrize(("first", "last"), [(0, 4), (1, 3), (5, 9), (10, 13), (13, 13)])
def test_a_part_is_as_in_the_whole(clip_and_maps, first: int, last: int) -> None:
    clip, file, _, _ = clip_and_maps
    whole = read(clip, file)
    part = read(clip, file, start=first / 25, end=(last + 0.5) / 25)
    assert list(part) == list(range(first, last + 1))
    for index, disparity in part.items():
        np.testing.assert_array_equal(disparity, whole[index])
