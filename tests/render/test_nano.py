"""The renderer by the name of nano."""

from __future__ import annotations

from pathlib import Path

import pytest

from anybokeh.errors import InputError
from anybokeh.models import library
from anybokeh.render import load_renderer


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
