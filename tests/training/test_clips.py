"""Clips that are kept: their versions, what is read of them, and what is left by an interruption."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from anybokeh.disparity import steady
from anybokeh.errors import InputError
from anybokeh.job.in_memory import prepare
from anybokeh.render import LayeredRenderer, Shot
from anybokeh.synth.damage import DAMAGES, damage
from anybokeh.synth.dataset import SyntheticClips
from anybokeh.training import clip_pool as pool
from anybokeh.training.clips import Batches, open_clips
from anybokeh.training.config import DataSettings, StageSettings
from anybokeh.training.loop_settings import LoopSettings
from anybokeh.training.versions import Versions

DATA = DataSettings(preset="paper", size=(64, 64), frames=2, clips=2)
VERSIONS = Versions(("exact", "strong"), render=True)
ALL = slice(None)


def open_clip() -> dict[str, np.ndarray]:
    """Three frames with edges to mend and lamps."""
    sample = SyntheticClips(None, "natural", (128, 64), 3, 5, "train").sample(1)
    names = "frames", "disparity", "focus", "blur", "range"
    return {name: np.asarray(getattr(sample, name), np.float32) for name in names}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    open_clips(DATA, folder, VERSIONS)
    return folder


def test_versions_hold_damage_and_the_render_of_it(folder: Path) -> None:
    clips = open_clips(DATA, folder, VERSIONS)
    exact, strong = (clips.read(1, ALL, ALL, ALL, name) for name in ("exact", "strong"))
    assert np.array_equal(exact["frames"], strong["frames"])
    assert float(np.abs(exact["disparity"] - strong["disparity"]).max()) > 0.02
    for clip in (exact, strong):
        shot = Shot(clip["frames"], clip["disparity"], clip["focus"], clip["blur"], clip["range"])
        expected = LayeredRenderer(threads=1).render(shot)
        # 8 bits of the render, 16 of the disparity that it was made from
        assert float(np.abs(clip["render"] - expected).mean()) < 0.002
    part = clips.read(1, slice(1, 2), slice(8, 24), slice(0, 32), "strong")
    assert part["render"].shape == (1, 3, 16, 32)
    assert np.array_equal(part["disparity"], strong["disparity"][1:2, 8:24, :32])


def test_lengths_of_damage_belong_to_the_whole_clip(folder: Path) -> None:
    """Damage of a part would be weaker, since its lengths are shares of a width."""
    clips = open_clips(DATA, folder, VERSIONS)
    exact = clips.read(0, ALL, ALL, ALL)
    seed = VERSIONS.seed, 0, 0
    damaged = VERSIONS.make("strong", exact, 0)["disparity"]
    assert damaged.shape == exact["disparity"].shape
    again = VERSIONS.make("strong", exact, 0)["disparity"]
    other = damage(exact["disparity"], DAMAGES["strong"], seed, focus=exact["focus"])
    assert np.array_equal(damaged, again) and not np.array_equal(damaged, other)


def test_versions_are_steadied_and_repaired_as_renders_are() -> None:
    scene = Versions(("network+repair",), render=True)
    clip = open_clip()
    maps = scene.make("network+repair", clip, 3)
    seed = scene.seed, 3, zlib.crc32(b"network")
    spoilt = damage(clip["disparity"], DAMAGES["network"], seed, focus=clip["focus"])
    shot = prepare(clip["frames"], spoilt, clip["focus"], clip["blur"], range=clip["range"])
    assert np.array_equal(maps["disparity"], shot.disparity)
    assert np.array_equal(maps["render"], np.clip(LayeredRenderer(threads=1).render(shot), 0, 1))
    steadied = scene.make("network+steady", clip, 3)["disparity"]
    assert np.array_equal(steadied, steady(clip["frames"], spoilt))
    assert not np.array_equal(steadied, spoilt) and not np.array_equal(steadied, maps["disparity"])


def test_of_several_draws_the_one_with_the_largest_error_is_taken(folder: Path) -> None:
    clips = open_clips(DATA, folder, VERSIONS)
    errors = []
    for draws in (1, 6):
        stage = StageSettings("decoder", LoopSettings(1), 1, (64, 64), damage=VERSIONS.names, draws=draws)
        batches = [Batches(clips, stage, 0)(number) for number in range(8)]
        errors.append(np.mean([float((one["render"] - one["bokeh"]).square().mean()) for one in batches]))
    assert errors[1] > errors[0]


def test_an_interrupted_pool_goes_on(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written, count = pool._write, []

    def interrupted(target: Path, arrays) -> None:
        count.append(target)
        if len(count) == 4:
            raise KeyboardInterrupt
        written(target, arrays)

    monkeypatch.setattr(pool, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        open_clips(DATA, tmp_path, VERSIONS)
    monkeypatch.setattr(pool, "_write", written)
    open_clips(DATA, tmp_path, VERSIONS)
    files = [path.relative_to(folder) for path in folder.rglob("*.safetensors")]
    assert len(files) == 6
    for name in files:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_folders_without_samples_and_unknown_damage_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no samples"):
        open_clips(DataSettings(samples=str(tmp_path)), tmp_path, VERSIONS)
    with pytest.raises(InputError, match="expected some of exact, mild"):
        Versions(("much",))
    with pytest.raises(InputError, match="repair': expected some of"):
        Versions(("network+steady+repair",))
