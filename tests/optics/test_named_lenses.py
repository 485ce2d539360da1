"""Lenses by name, of the program and of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics import Lens
from anybokeh.optics.named_lenses import bundled_lenses

MINE = """
swirl:
  aperture: blades:9,rim=0.3
  cats_eye: 0.7
"85":
  spherical: -0.5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


def test_the_lenses_that_come_along_are_lenses_of_their_own() -> None:
    lenses = {name: Lens.named(name) for name in bundled_lenses()}
    assert set(lenses) == {"petzval", "soap bubble", "vintage 50", "anamorphic 2x", "modern 85"}
    shapes = {replace(lens, name=None) for lens in lenses.values()} | {Lens()}
    assert len(shapes) == len(lenses) + 1
    assert all(lens.name == name for name, lens in lenses.items())


def test_names_are_read_kindly() -> None:
    for name in ("soap-bubble", "Soap Bubble", " soap_bubble "):
        assert Lens.named(name) == Lens.named("soap bubble")


def test_lenses_of_a_file(file: Path) -> None:
    assert Lens.named(f"{file}:swirl") == Lens(name=f"{file}:swirl", blades=9, rim=0.3, cats_eye=0.7)
    assert Lens.named(f"{file}:85").spherical == -0.5
    file.write_text("only: {anamorphic: 2}")
    assert Lens.named(file) == Lens(name=f"{file}:only", anamorphic=2)


def test_pictures_are_seen_from_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heart = file.parent / "heart.png"
    cv2.imwrite(str(heart), np.full((9, 9), 255, np.uint8))
    file.write_text("heart: {aperture: 'image:heart.png'}")
    monkeypatch.chdir("/")
    assert Lens.named(file).image == str(heart)


def test_paths_may_become_others_before_they_are_read(file: Path) -> None:
    seen = []

    def change(rule, value):
        seen.append(str(value))
        return rule.replaced(file.parent / value)

    (file.parent / "heart.png").touch()
    file.write_text("heart: {aperture: 'image:heart.png'}")
    assert Lens.named("mine.yaml:heart", change).image is not None
    assert seen == ["mine.yaml", str(file.parent / "heart.png")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("- a\n- b", "holds no lenses"),
        ("", "holds no lenses"),
        ("swirl: 3", "swirl has no options"),
        ("swirl: {cat_eye: 0.5}", "did you mean cats_eye?"),
        ("swirl: {highlights: 4}", "highlights is unknown"),
        ("swirl: {lens: petzval}", "lens is unknown"),
        ("swirl: {cats_eye: 5}", "0 to 1"),
        ("swirl: {cats_eye: much}", "expected a number"),
        ("swirl: {cats_eye: [1]}", "expected a number or a text"),
        ("swirl: {aperture: 5}", "expected a text"),
        ("swirl: {cats_eye: 0.5, cats_eye: 0.6}", "cats_eye is given twice"),
        ("swirl: {", "cannot be read"),
        ("a: {rim: &a [*a]}", "rim is unknown"),
        ("swirl: 2026-13-45", "cannot be read"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(file: Path, text: str, part: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError) as error:
        Lens.named(f"{file}:swirl")
    assert part in str(error.value) and "\n" not in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("petzvall", "did you mean petzval?"),
        ("telescope", "petzval, soap bubble"),
        ("none.yaml:swirl", "none.yaml: cannot be read"),
        ("s3://there/lenses.yaml:swirl", "copy it here"),
    ],
)
def test_a_name_that_does_not_exist(name: str, part: str) -> None:
    with pytest.raises(InputError) as error:
        Lens.named(name)
    assert part in str(error.value) and "\n" not in str(error.value)


def test_a_file_of_several_lenses_needs_a_name(file: Path) -> None:
    with pytest.raises(InputError, match="with one of swirl, 85"):
        Lens.named(file)
    with pytest.raises(InputError, match="did you mean swirl"):
        Lens.named(f"{file}:swirrl")
