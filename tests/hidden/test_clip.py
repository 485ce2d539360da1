"""Hidden surfaces within the analysis of clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import anybokeh
import tiny
from anybokeh.clip import open_clip
from anybokeh.refocus.analysed_frames import AnalysedFrame, whole_scenes
from anybokeh.refocus.analysis import analyse
from anybokeh.settings import RenderSettings

from .moving import Moving, moving
from .test_finding import alike

FRAMES = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Moving]:
    """A lossless clip, a file with its disparity, and both as arrays."""
    folder = tmp_path_factory.mktemp("made")
    clip = moving(FRAMES, 64, 96, block=-2.0)
    pictures = [(one.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8) for one in clip.frames]
    np.save(folder / "maps.npy", clip.disparity)
    path = tiny.lossless(folder / "clip.mkv", [np.ascontiguousarray(one) for one in pictures])
    return path, folder / "maps.npy", clip


def read(clip: Path, maps: Path, *, hidden: bool = True, **options) -> dict[int, AnalysedFrame]:
    settings = RenderSettings(disparity=maps, focus=0.5, **options)
    with open_clip(clip, start=settings.start, end=settings.end) as reader:
        analysis = analyse(reader, settings)
        return {one.frame.index: one for one in whole_scenes(reader, analysis, None, hidden)}


@pytest.mark.parametrize("steady", [True, False])
@pytest.mark.parametrize(("first", "last"), [(0, 1), (14, 15)])
def test_a_part_is_as_in_the_whole(made, first: int, last: int, steady: bool) -> None:
    clip, maps, _ = made
    whole = read(clip, maps, steady=steady)
    part = read(clip, maps, steady=steady, start=first / 25, end=(last + 0.5) / 25)
    assert list(part) == list(range(first, last + 1))
    for index, one in part.items():
        assert one.behind is not None
        assert alike(one.behind, whole[index].behind)


def test_nothing_is_looked_for_where_that_is_off(made) -> None:
    clip, maps, _ = made
    assert all(one.behind is None for one in read(clip, maps, hidden=False).values())


def test_prepare_finds_it_unless_that_is_off(made) -> None:
    clip = made[2]
    arguments = clip.frames[:4], clip.disparity[:4], 0.15, 40
    on = anybokeh.prepare(*arguments, repair=False)
    off = anybokeh.prepare(*arguments, repair=False, hidden=False)
    assert on.scene.hidden is not None
    assert len(on.scene.hidden) == 4
    assert off.scene.hidden is None
