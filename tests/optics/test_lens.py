"""Lens settings from text, and what is refused."""

from __future__ import annotations

import pytest

from anybokeh.errors import InputError
from anybokeh.optics import Lens, parse_aperture, parse_highlights


def test_aperture_from_text(tmp_path):
    assert parse_aperture("disc") == Lens()
    assert parse_aperture("blades:6") == Lens(blades=6)
    assert parse_aperture("blades:5,rotation=18,roundness=0.4") == Lens(blades=5, rotation=18, roundness=0.4)
    assert parse_aperture("disc,rim=-0.5") == Lens(rim=-0.5)
    picture = tmp_path / "heart.png"
    picture.touch()
    assert parse_aperture(f"image:{picture},rotation=90") == Lens(image=picture, rotation=90)


def test_other_settings_of_the_lens_are_kept(tmp_path):
    lens = Lens(anamorphic=2.0, cats_eye=0.5, blades=5)
    assert parse_aperture("disc", lens) == Lens(anamorphic=2.0, cats_eye=0.5)
    assert parse_highlights("8", lens) == Lens(anamorphic=2.0, cats_eye=0.5, blades=5, highlight_strength=8)


def test_highlights_from_text():
    assert parse_highlights("4") == Lens(highlight_strength=4)
    assert parse_highlights("4,0.9") == Lens(highlight_strength=4, highlight_threshold=0.9)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("square", "'square'"),
        ("", "expected disc, blades:N or image:PATH"),
        ("disc:5", "'disc:5'"),
        ("image:", "'image:'"),
        ("image:/no/such/file.png", "is not a file"),
        ("blades:", "expected a whole number"),
        ("blades:six", "'six'"),
        ("blades:2", "3 to 32"),
        ("blades:33", "3 to 32"),
        ("blades:nan", "'nan'"),
        ("blades:inf", "'inf'"),
        ("blades:5.5", "'5.5'"),
        ("disc,rotation=fast", "'fast'"),
        ("disc,rotation=nan", "-360 to 360"),
        ("disc,roundness=2", "0 to 1"),
        ("disc,size=2", "'size=2'"),
    ],
)
def test_bad_aperture_is_refused_in_one_line(text, part):
    with pytest.raises(InputError) as error:
        parse_aperture(text)
    assert part in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "bright", "-1", "inf", "4,1", "4,", "4,0.5,2"])
def test_bad_highlights_are_refused(text):
    with pytest.raises(InputError, match="highlight"):
        parse_highlights(text)


@pytest.mark.parametrize(
    "settings",
    [{"anamorphic": 0}, {"anamorphic": float("nan")}, {"cats_eye": 1.1}, {"rim": -2}, {"blades": 1}],
)
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(InputError, match="expected"):
        Lens(**settings)
