"""Samples on disk: what is written is read back, and bad folders are told in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.synth.raytraced.truth import Truth, write_clip
from anybokeh.synth.sample import Sample, read_sample, sample_folders, write_sample

FRAMES, HEIGHT, WIDTH = 3, 8, 10


def make_sample(**changes) -> Sample:
    rng = np.random.default_rng(0)

    def values(*shape: int, top: int = 255) -> np.ndarray:
        return (rng.integers(0, top + 1, shape) / np.float32(top)).astype(np.float32)

    maps = FRAMES, HEIGHT, WIDTH
    parts = {
        "name": "one",
        "frames": values(FRAMES, 3, HEIGHT, WIDTH),
        "disparity": values(*maps, top=65535),
        "bokeh": values(FRAMES, 3, HEIGHT, WIDTH),
        "focus": np.array([0.1, 0.30000001, 0.77], np.float32),
        "blur": np.array([16, 8, 4], np.float32),
        "range": np.array([0, 0.02, 0], np.float32),
        "masks": values(2, *maps),
        "subject": 1,
        "clipped": values(*maps, top=65535) * 0.5 + 0.5,
        "rate": 25.0,
        "lens": Lens(blades=5, rotation=3),
        "metadata": {"seed": 4},
    }
    return Sample(**{**parts, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sample(tmp_path / "one", make_sample())
    return tmp_path / "one"


def test_what_is_written_is_read_back(folder: Path) -> None:
    sample, again = make_sample(), read_sample(folder)
    for name in ("frames", "disparity", "bokeh", "masks", "clipped"):
        np.testing.assert_allclose(getattr(again, name), getattr(sample, name), atol=1e-5)
    for name in ("focus", "blur", "range"):
        np.testing.assert_array_equal(getattr(again, name), getattr(sample, name))
    assert (again.name, again.subject, again.rate) == ("one", 1, 25.0)
    assert again.lens == sample.lens
    assert again.metadata == {"seed": 4}


def test_sixteen_bits_keep_more(tmp_path: Path) -> None:
    sample = make_sample(bokeh=np.full((FRAMES, 3, HEIGHT, WIDTH), 0.1234, np.float32))
    for bits, error in ((8, 2e-3), (16, 8e-6)):
        write_sample(tmp_path / "one", sample, bits=bits)
        assert np.abs(read_sample(tmp_path / "one").bokeh - 0.1234).max() < error


def test_parts_that_are_not_known_may_be_missing(tmp_path: Path) -> None:
    write_sample(tmp_path / "one", make_sample(masks=None, subject=None, clipped=None))
    sample = read_sample(tmp_path / "one")
    assert sample.masks is None and sample.subject_mask is None and sample.clipped is None
    with pytest.raises(InputError, match="clipped light"):
        sample.shot(radiance=True)


def test_a_shot_has_what_a_renderer_needs(folder: Path) -> None:
    sample = read_sample(folder)
    shot = sample.shot(radiance=True)
    np.testing.assert_allclose(shot.scene.radiance, 1 / sample.clipped)
    np.testing.assert_array_equal(shot.range, sample.range)
    other = np.zeros_like(sample.disparity)
    assert (sample.shot(disparity=other).disparity == 0).all()


def test_ray_traced_clips_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    truth = Truth(
        aif=rng.random((HEIGHT, WIDTH, 3), dtype=np.float32),
        disparity=rng.random((HEIGHT, WIDTH), dtype=np.float32),
        bokeh=rng.random((HEIGHT, WIDTH, 3), dtype=np.float32),
        mask=rng.random((HEIGHT, WIDTH), dtype=np.float32),
        clipped=np.ones((HEIGHT, WIDTH, 3), np.float32),
    )
    write_clip(tmp_path / "traced", [truth, truth], {"focus": [0.2, 0.3], "blur": [16, 16]})
    sample = read_sample(tmp_path / "traced")
    np.testing.assert_allclose(sample.frames[0].transpose(1, 2, 0), truth.aif, atol=1e-5)
    np.testing.assert_allclose(sample.subject_mask[1], truth.mask, atol=1e-5)
    assert sample.range.tolist() == [0, 0]


def test_folders_of_samples_are_found_in_order(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "another")
    assert [f.name for f in sample_folders(folder.parent)] == ["another", "one"]
    assert sample_folders(folder) == [folder]
    with pytest.raises(InputError, match="holds no samples"):
        sample_folders(folder / "aif")


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(json, "dumps", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path / "one", make_sample())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: (f / "aif/00001.png").unlink(), "00001.png: is missing"),
        (lambda f: (f / "aif/00002.png").unlink(), "scene.json says 3"),
        (lambda f: (f / "bokeh/00002.png").unlink(), "bokeh: has 2 frames where aif has 3"),
        (lambda f: (f / "disparity/00000.png").write_bytes(b"no"), "00000.png: cannot be read"),
        (lambda f: shutil.rmtree(f / "disparity"), "disparity: holds no frames"),
        (lambda f: cv2.imwrite(str(f / "aif/00001.png"), np.zeros((4, 4, 3), np.uint8)), "00001.png: is 4x4"),
        (lambda f: cv2.imwrite(str(f / "aif/00001.png"), np.zeros((8, 10), np.uint8)), "1 channels"),
        (lambda f: (f / "scene.json").write_text("{"), "scene.json: cannot be read"),
        (lambda f: (f / "scene.json").unlink(), "scene.json: is missing"),
        (lambda f: change(f, focus=[0.1, float("nan"), 0.2]), "focus runs from nan"),
        (lambda f: change(f, blur=[16, 16]), "blur has 2 values for 3 frames"),
        (lambda f: change(f, blur="much"), "expected one number a frame"),
        (lambda f: change(f, version=9), "version 9"),
        (lambda f: change(f, rate=0), "rate is 0"),
        (lambda f: change(f, subject=7), "subject is 7"),
        (lambda f: change(f, size=[4, 4]), "10x8"),
        (lambda f: change(f, lens={"glass": 1}), "lens is"),
    ],
)
def test_bad_folders_are_reported_in_one_line(folder: Path, harm, message: str) -> None:
    harm(folder)
    with pytest.raises(InputError, match=message) as raised:
        read_sample(folder)
    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value)


def change(folder: Path, **values) -> None:
    path = folder / "scene.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_clipped_light_may_be_given_by_channel(tmp_path):
    by_channel = np.random.default_rng(2).random((FRAMES, 3, HEIGHT, WIDTH), np.float32) * 0.5 + 0.5
    write_sample(tmp_path / "one", make_sample(clipped=by_channel))
    read = read_sample(tmp_path / "one")
    np.testing.assert_allclose(read.clipped, by_channel, atol=1 / 65535)
    np.testing.assert_allclose(read.shot(radiance=True).scene.radiance, 1 / read.clipped, rtol=1e-6)
