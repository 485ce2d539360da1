"""Repair within the analysis of clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import anybokeh
import tiny
from anybokeh.clip import open_clip
from anybokeh.job.analysed_frames import AnalysedFrame, whole_scenes
from anybokeh.job.analysis import analyse
from anybokeh.repair import RepairSettings, joined_gains, repair
from anybokeh.settings import RenderSettings
from disparity import damaged

FRAMES = 9
ALL = RepairSettings(disparity=True, highlights=True)


@pytest.fixture(scope="module")
def clip_and_maps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, np.ndarray, np.ndarray]:
    """A lossless clip with white spots, a file with maps that are too large, and both as arrays."""
    folder = tmp_path_factory.mktemp("made")
    frames, exact = damaged.scene(FRAMES, height=64, width=96)
    frames *= np.float32(0.4)
    # white in some frames, so that those around tell
    frames[1:, :, 20:23, 30:33] = 1
    frames[4::2, :, 20:23, 30:33] = 0.982
    maps = damaged.grown(exact)
    pictures = [np.ascontiguousarray((one.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)) for one in frames]
    np.save(folder / "maps.npy", maps)
    clip = tiny.lossless(folder / "clip.mkv", pictures)
    return clip, folder / "maps.npy", np.stack(pictures).transpose(0, 3, 1, 2) / np.float32(255), maps


def read(clip: Path, maps: Path, repairs: RepairSettings | None, **options) -> dict[int, AnalysedFrame]:
    settings = RenderSettings(disparity=maps, focus=0.5, **options)
    with open_clip(clip, start=settings.start, end=settings.end) as reader:
        analysis = analyse(reader, settings)
        return {one.frame.index: one for one in whole_scenes(reader, analysis, repairs, False)}


def test_scenes_are_repaired_unless_that_is_off(clip_and_maps) -> None:
    clip, file, frames, maps = clip_and_maps
    off = read(clip, file, None, steady=False)
    np.testing.assert_array_equal(np.stack([one.disparity for one in off.values()]), maps)
    assert all(one.light is None for one in off.values())
    on = read(clip, file, ALL, steady=False)
    whole = repair(frames, maps, ALL)
    np.testing.assert_allclose(np.stack([one.disparity for one in on.values()]), whole.disparity, atol=1e-6)
    radiance = joined_gains([one.light for one in on.values()])
    assert (radiance is None) == (whole.radiance is None)
    if radiance is not None and whole.radiance is not None:
        np.testing.assert_allclose(radiance, whole.radiance, atol=1e-5)


@pytest.mark.parametrize("steady", [True, False])
@pytest.mark.parametrize(("first", "last"), [(0, 1), (4, 5), (8, 8)])
def test_a_part_is_as_in_the_whole(clip_and_maps, first: int, last: int, steady: bool) -> None:
    clip, file, _, _ = clip_and_maps
    whole = read(clip, file, ALL, steady=steady)
    part = read(clip, file, ALL, steady=steady, start=first / 25, end=(last + 0.5) / 25)
    assert list(part) == list(range(first, last + 1))
    for index, one in part.items():
        np.testing.assert_allclose(one.disparity, whole[index].disparity, atol=1e-6)
        light, expected = one.light, whole[index].light
        assert (light is None) == (expected is None) == (index == 0)
        if light is not None and expected is not None:
            np.testing.assert_array_equal(light.stops, expected.stops)


def test_prepare_repairs_what_the_network_is_proven_in(
    clip_and_maps, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anybokeh.repair import repairing

    _, _, frames, maps = clip_and_maps
    config = repairing.read_config()
    monkeypatch.setattr(repairing, "read_config", lambda folder: replace(config, proven=("disparity",)))
    shot = anybokeh.prepare(frames[:2], maps[:2], 0.5, 8, steady=False)
    wanted = repair(frames[:2], maps[:2], replace(ALL, highlights=False))
    np.testing.assert_allclose(shot.disparity, wanted.disparity, atol=1e-6)
    assert shot.scene.radiance is None
    off = anybokeh.prepare(frames[:2], maps[:2], 0.5, 8, steady=False, repair=False)
    np.testing.assert_array_equal(off.disparity, maps[:2])


def test_linear_light_is_shown_as_a_camera_would_encode_it() -> None:
    from anybokeh.job.known_scenes import _as_seen

    assert _as_seen(np.full((2, 2, 3), 0.2176, np.float32))[0, 0, 0] == pytest.approx(127, abs=1)
    codes = np.zeros((2, 2, 3), np.uint16)
    assert _as_seen(codes) is codes
