"""Hidden surfaces within the analysis of clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import anybokeh
import tiny
from anybokeh.clip import open_clip
from anybokeh.disparity import glimpses
from anybokeh.job.analysed_frames import AnalysedFrame, whole_scenes
from anybokeh.job.analysis import analyse
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


def test_flow_is_computed_once_for_steadying_and_for_this(made, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, maps, _ = made
    calls, real = [], glimpses._flow
    monkeypatch.setattr(glimpses, "_flow", lambda *pair: calls.append(None) or real(*pair))
    assert len(read(clip, maps)) == FRAMES
    assert len(calls) == FRAMES - 1


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_clips_with_alpha_use_it_too(made, tmp_path: Path, kind: type) -> None:
    clip = made[2]
    most = np.iinfo(kind).max
    pictures = [(one.transpose(1, 2, 0) * most + 0.5).astype(kind) for one in clip.frames[:8]]
    alpha = np.where(clip.block[:8], most, most // 2).astype(kind)
    folder = tiny.images(tmp_path / "alpha", [np.dstack(both) for both in zip(pictures, alpha, strict=True)])
    np.save(tmp_path / "maps.npy", clip.disparity[:8])
    found = read(folder, tmp_path / "maps.npy")
    plain = read(tiny.images(tmp_path / "plain", pictures), tmp_path / "maps.npy")
    assert found[4].frame.alpha is not None
    assert found[4].behind is not None
    assert found[4].behind.alpha == pytest.approx(0.5, abs=0.01)
    assert alike(replace(found[4].behind, alpha=None), plain[4].behind)
