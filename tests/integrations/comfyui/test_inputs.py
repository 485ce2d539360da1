"""Inputs derived from the table of options."""

from __future__ import annotations

import pytest

from anybokeh.errors import InputError
from anybokeh.integrations.comfyui.inputs import (
    NOT_GIVEN,
    OF_FILES,
    given,
    inputs_of,
    lens_options,
    refocus_options,
    settings_of,
)
from anybokeh.options.option import flags
from anybokeh.settings import RenderSettings

OPTIONS = {flag.name: own[0] for flag, own in flags(RenderSettings).items()}
EVERY = inputs_of((*refocus_options(), *lens_options()))


def test_every_option_is_an_input_or_one_of_files() -> None:
    assert set(refocus_options()) | set(lens_options()) | OF_FILES == OPTIONS.keys()
    assert not set(refocus_options()) & OF_FILES


def test_left_alone_inputs_mean_the_default_settings() -> None:
    assert settings_of({name: about["default"] for name, (_, about) in EVERY.items()}) == RenderSettings()


def test_the_number_of_what_is_not_given_is_none_that_could_be() -> None:
    for name, (_, about) in EVERY.items():
        if about["default"] == NOT_GIVEN:
            assert OPTIONS[name].rule.low > NOT_GIVEN


def test_what_is_changed_is_set() -> None:
    settings = settings_of(
        {
            "blur": 24.0,
            "focus": "subject:2",
            "steady": False,
            "depth_map": "metric",
            "grain": "off",
            "f_number": -1.0,
        }
    )
    expected = RenderSettings(blur=24.0, focus="subject:2", steady=False, depth_map="metric", grain=0.0)
    assert settings == expected


def test_options_of_a_named_lens_are_not_undone_by_what_is_left_alone() -> None:
    values = {name: about["default"] for name, (_, about) in inputs_of(lens_options()).items()}
    assert given(values | {"lens": "petzval"}) == {"lens": "petzval"}


def test_what_cannot_be_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="both given") as error:
        settings_of({"blur": 8.0, "f_number": 2.0})
    assert "\n" not in str(error.value)


def test_tooltips_speak_of_inputs_and_not_of_flags() -> None:
    assert not [name for name, (_, about) in EVERY.items() if "--" in about["tooltip"]]
    assert "for f_number" in EVERY["focal_length"][1]["tooltip"]


def test_rare_options_may_be_folded_away() -> None:
    folded = inputs_of(refocus_options(), rare=True)
    assert "advanced" not in folded["focus"][1]
    assert folded["dither"][1]["advanced"]
