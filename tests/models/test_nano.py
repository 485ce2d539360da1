"""The renderer by the name of nano."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.models import library
from anybokeh.render import LayeredRenderer, Shot, load_renderer


def test_nano_without_weights_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "NANO", tmp_path / "none")
    monkeypatch.setenv("ANYBOKEH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="anybokeh train nano") as caught:
        load_renderer("nano", device="cpu")
    assert "\n" not in str(caught.value)


def test_nano_is_found_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "NANO", tmp_path)
    assert library.find_model("nano") == "nano"
    (tmp_path / "model_index.json").write_text("{}")
    assert library.find_model("nano") == tmp_path


def test_the_package_ships_a_nano_that_stays_near_the_layered_render() -> None:
    pytest.importorskip("diffusers")
    files = [path for path in library.NANO.rglob("*") if path.is_file()]
    assert (library.NANO / "README.md") in files
    assert sum(path.stat().st_size for path in files) <= 32e6
    rng = np.random.default_rng(0)
    frames = cv2.resize(rng.random((6, 8, 3), np.float32), (128, 96)).transpose(2, 0, 1)[None].repeat(2, 0)
    disparity = np.full((2, 96, 128), 0.3, np.float32)
    disparity[:, 30:70, 40:90] = 0.7
    shot = Shot(np.clip(frames, 0, 1), disparity, 0.7, 24.0)
    expected = LayeredRenderer(threads=1).render(shot)
    result = load_renderer("nano", device="cpu").render(shot)
    assert psnr(result, expected) > 35
    assert not np.array_equal(result, expected)
