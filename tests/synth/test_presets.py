"""Presets: repeatable, physically ordered, within their ranges, and going on where they stopped."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.synth import sample_folders
from anybokeh.synth.camera_noise import CameraSettings, degrade
from anybokeh.synth.paper import BACKGROUND, FAR, JITTER, TEST_BLURS, TRAINING_BLURS
from anybokeh.synth.presets import PRESETS, make_sample, make_stage
from anybokeh.synth.props import BuiltIn, Prop
from anybokeh.synth.sample import read_sample
from anybokeh.synth.sample_folders import BatchSettings, make_samples, sample_seed
from anybokeh.synth.stage import Stage

SIZE, FRAMES = (96, 54), 3


class FewProps(BuiltIn):
    """A few props, made once."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._cutouts = [BuiltIn().cutout(rng) for _ in range(3)]
        self._background = super().background(rng)
        self._surface = super().surface(rng)

    def cutout(self, rng: np.random.Generator) -> Prop:
        return self._cutouts[rng.integers(3)]

    def background(self, rng: np.random.Generator) -> Prop:
        return self._background

    def surface(self, rng: np.random.Generator) -> np.ndarray:
        return self._surface


@cache
def few_props() -> FewProps:
    return FewProps()


@cache
def stage_of(preset: str, seed: int, frames: int = FRAMES) -> Stage:
    return make_stage(preset, np.random.default_rng(seed), few_props(), SIZE, frames)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_equal_seeds_give_equal_bytes_and_others_do_not(preset: str) -> None:
    first, again, other = (
        make_sample(preset, seed, size=SIZE, frames=FRAMES, degrade=True) for seed in (5, 5, 6)
    )
    for name in ("frames", "disparity", "bokeh", "masks", "clipped", "focus", "blur"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
    assert first.metadata == again.metadata
    assert first.bokeh.tobytes() != other.bokeh.tobytes()


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", range(2))
def test_samples_are_valid_and_match_themselves(preset: str, seed: int) -> None:
    sample = make_sample(preset, seed, size=SIZE, frames=FRAMES)
    sample.shot(radiance=True)
    assert np.isfinite(sample.bokeh).all()
    assert sample.masks is not None
    assert sample.masks.sum(0).max() < 1 + 1e-4
    assert sample.masks[sample.subject].max() > 0.5
    assert (sample.disparity.max(), sample.disparity.min()) <= (1, 1)
    # what is in focus and not reached by anything nearer is the same in both
    assert np.abs(sample.bokeh - sample.frames).max() > 0.01
    json.dumps(sample.metadata)


@pytest.mark.parametrize("seed", [0, 3, 5, 8, 11, 14, 20, 25])
def test_natural_scenes_are_ordered_by_depth_wherever_their_parts_overlap(seed: int) -> None:
    stage = stage_of("natural", seed, 5)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    for frame in (0, 4):
        layers, _ = stage.layers(frame)
        for index, front in enumerate(layers[:-1]):
            covered = coverage(front, SIZE) > 0.5
            for behind in layers[index + 1 :]:
                both = covered & (coverage(behind, SIZE) > 0.5)
                near, far = (layer.plane.disparity(x, y)[both] if both.any() else np.zeros(1)
                             for layer in (front, behind))  # fmt: skip
                assert np.all(near >= far - 1e-6)
        for layer in layers:
            assert layer.plane.disparity(x, y)[coverage(layer, SIZE) > 0.5].max(initial=0) <= 1.001


def coverage(layer, size: tuple[int, int]) -> np.ndarray:
    from anybokeh.synth.layered import in_frame

    return in_frame(layer, size)[3]


def test_covered_scenes_have_a_fifth_before_a_subject_in_focus() -> None:
    shares = []
    for seed in range(8):
        setting, (layers, _) = stage_of("covered", seed, 3).setting, stage_of("covered", seed, 3).layers(1)
        y, x = np.mgrid[: SIZE[1], : SIZE[0]]
        before = np.zeros(SIZE[::-1])
        for layer in layers:
            nearer = layer.plane.disparity(x, y) > setting.focus[1] + 0.02
            before = np.maximum(before, coverage(layer, SIZE) * nearer)
        shares.append(before.mean())
    assert 0.15 < np.mean(shares) < 0.27
    assert min(shares) > 0.05


@pytest.mark.slow
def test_natural_scenes_have_all_that_they_promise() -> None:
    stages = [stage_of("natural", seed) for seed in range(40)]
    metadata = [stage.metadata for stage in stages]
    assert {len(stage.actors) for stage in stages} == {1, 2, 3, 4, 5, 6}
    assert 0.15 < np.mean([m["ground"] for m in metadata]) < 0.55
    assert any(m["night"] for m in metadata)
    assert {m["focus"] for m in metadata} == {"subject", "other", "pull", "sweep", "backdrop"}
    names = {name for m in metadata for name in m["objects"]}
    assert {"hair", "leaves", "grass", "fence", "lamps", "ring", "blob"} <= names
    slanted = [not all(p.faces_camera for a in s.actors for p in a.planes) for s in stages]
    assert 0.03 < np.mean(slanted) < 0.5
    assert any((stage.setting.range > 0).any() for stage in stages)


@pytest.mark.slow
def test_an_object_on_the_ground_touches_it_with_its_feet() -> None:
    found = 0
    for seed in range(16):
        stage = stage_of("natural", seed)
        if stage.floor is None:
            continue
        found += 1
        subject = stage.actors[0]
        for frame in range(FRAMES):
            corners = subject.to_frame[frame] @ np.array([[0.5], [1.0], [1.0]])
            x, y = (corners[:2] / corners[2]).ravel()
            floor = stage.floor.planes[frame].disparity(x, y)
            assert floor == pytest.approx(subject.planes[frame].level, rel=0.08)
    assert found >= 2


def test_paper_scenes_keep_to_the_paper() -> None:
    kinds = set()
    for seed in range(14):
        stage = stage_of("paper", seed, 8)
        assert len(stage.actors) == 4
        for actor in stage.actors:
            assert (actor.nearness >= 1 / FAR - 1e-9).all() and (actor.nearness <= 1).all()
            centre = actor.to_frame @ np.array([0.5, 0.5, 1])
            assert np.ptp(centre[:, 0]) <= 2 * JITTER * SIZE[0] + 1e-6
        assert 1 / BACKGROUND[1] <= stage.backdrop.planes[0].level <= 1 / BACKGROUND[0]
        blur = stage.setting.blur
        kinds.add(stage.metadata["blur"])
        if stage.metadata["blur"] != "ramp":
            assert set(blur) <= {*TRAINING_BLURS, *TEST_BLURS}
    assert kinds == {"fixed", "test", "ramp", "random"}


def test_bad_settings_are_reported() -> None:
    with pytest.raises(InputError, match="preset is 'dream'"):
        make_sample("dream")
    with pytest.raises(InputError, match="size is 8x8"):
        make_sample(size=(8, 8))
    with pytest.raises(InputError, match="frames is 0"):
        make_sample(frames=0)


def test_a_camera_changes_only_the_sharp_frames_and_a_better_one_less() -> None:
    plain, recorded = (
        make_sample("paper", 2, size=(97, 55), frames=2, degrade=degraded) for degraded in (False, True)
    )
    np.testing.assert_array_equal(plain.bokeh, recorded.bokeh)
    np.testing.assert_array_equal(plain.disparity, recorded.disparity)
    assert np.abs(plain.frames - recorded.frames).max() > 0
    errors = [
        np.abs(degrade(plain.frames, settings, np.random.default_rng(1)) - plain.frames).mean()
        for settings in (CameraSettings(0.002, 1e-4, 12), CameraSettings(0.04, 0.004, 28))
    ]
    assert errors[0] < 0.02 < 10 * errors[1]
    assert errors[0] < errors[1]


@pytest.mark.slow
def test_batches_go_on_where_they_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = BatchSettings("paper", count=2, frames=2, size=(64, 36), seed=3)
    reported = []
    make_samples(tmp_path / "out", settings, progress=lambda done, total: reported.append((done, total)))
    assert reported[-1] == (4, 4)
    first = (tmp_path / "out/00000/bokeh/00001.png").read_bytes()
    report = make_samples(tmp_path / "out", BatchSettings("paper", count=3, frames=2, size=(64, 36), seed=3))
    assert (report.written, report.kept) == (1, 2)
    assert (tmp_path / "out/00000/bokeh/00001.png").read_bytes() == first
    assert read_sample(tmp_path / "out/00002").metadata["seed"] == list(sample_seed(3, "all", 2))
    with pytest.raises(InputError, match="these settings"):
        make_samples(tmp_path / "out", BatchSettings("paper", count=1, frames=2, size=(64, 36), seed=4))

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sample_folders, "write_sample", stop)
    with pytest.raises(KeyboardInterrupt):
        make_samples(tmp_path / "other", settings)
    assert list((tmp_path / "other").iterdir()) == []


def test_splits_and_indices_never_share_a_seed() -> None:
    seeds = [sample_seed(s, split, i) for s in (0, 1) for split in ("train", "test", "all") for i in (0, 1)]
    states = {np.random.default_rng(seed).integers(1 << 62) for seed in seeds}
    assert len(states) == len(seeds)
