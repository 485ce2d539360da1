"""The renderer by the name of nano."""

from __future__ import annotations

import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.models import library
from anybokeh.render import LayeredRenderer, Shot, load_renderer


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the model is on this machine; the folder is searched for packages."""
    monkeypatch.setattr(library, "_BESIDE", tmp_path / "none")
    monkeypatch.setenv("ANYBOKEH_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *(path for path in sys.path if "nano" not in path)])
    if find_spec("anybokeh_nano") is not None:
        pytest.skip("anybokeh-nano is installed")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nano_without_weights_says_how_to_get_them(away: Path) -> None:
    with pytest.raises(InputError, match=r"pip install 'anybokeh\[nano\]'") as caught:
        load_renderer("nano", device="cpu")
    assert "\n" not in str(caught.value)


def test_nano_is_found_where_its_package_is_installed(away: Path) -> None:
    assert library.find_model("nano") == "nano"
    package = away / "anybokeh_nano"
    package.mkdir()
    (package / "__init__.py").touch()
    invalidate_caches()
    assert library.find_model("nano") == "nano"  # it is no model yet
    (package / "model_index.json").write_text("{}")
    assert library.find_model("nano") == package


def test_a_checkout_has_a_nano_that_stays_near_the_layered_render() -> None:
    pytest.importorskip("diffusers")
    folder = library.nano_folder()
    assert folder is not None
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert (folder / "README.md") in files
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
