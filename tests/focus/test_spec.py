from __future__ import annotations

from pathlib import Path

import pytest

from anybokeh.errors import InputError
from anybokeh.focus import (
    AutoFocus,
    BoxFocus,
    MaskFocus,
    NumberFocus,
    PointFocus,
    SubjectFocus,
    parse_focus,
)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        (0.5, NumberFocus(0.5)),
        (1, NumberFocus(1.0)),
        ("0.5", NumberFocus(0.5)),
        (" 1e-1 ", NumberFocus(0.1)),
        ("point:640,300", PointFocus(640, 300)),
        ("point:640.5, 300@1.25", PointFocus(640.5, 300, seconds=1.25)),
        ("point:50%,40%", PointFocus(50, 40, True, True)),
        ("point:50%,300@0", PointFocus(50, 300, True, False, 0.0)),
        ("box:10,20,30%,40@2", BoxFocus((PointFocus(10, 20), PointFocus(30, 40, True)), 2.0)),
        ("mask:some folder/a:b", MaskFocus(Path("some folder/a:b"))),
        ("subject", SubjectFocus()),
        ("subject:2", SubjectFocus(2)),
        ("auto", AutoFocus()),
    ],
)
def test_what_a_focus_may_say(text, spec):
    assert parse_focus(text) == spec


@pytest.mark.parametrize("value", [7, -0.1, float("nan"), float("inf"), True, None, [0.5]])
def test_values_that_are_no_focus(value):
    with pytest.raises(InputError, match="expected"):
        parse_focus(value)


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "nan",
        "",
        "near",
        "mask:",
        "mask",
        "point:",
        "point:640",
        "point:-1,5",
        "point:101%,5%",
        "point:1,2@",
        "box:",
        "box:1,2,3",
        "box:1,2,3,400%",
        "box:1,2,3,4@",
        "subject:",
        "subject:0",
        "subject:1.5",
        "subject:-1",
        "subject:left",
    ],
)
def test_texts_that_are_no_focus(text):
    with pytest.raises(InputError, match=r"expected|must lie inside") as caught:
        parse_focus(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seconds", ["", "-1", "nan", "inf", "x"])
def test_times_of_points_are_checked(seconds):
    with pytest.raises(InputError, match="expected"):
        parse_focus(f"point:1,2@{seconds}")


def test_points_in_percent_and_pixels():
    assert parse_focus("point:50%,25%").pixels(1024, 576) == (512, 144)
    assert parse_focus("point:1024,144").pixels(1024, 576) == (1024, 144)
    with pytest.raises(InputError, match="point:1100,10"):
        parse_focus("point:1100,10").pixels(1024, 576)


def test_boxes_in_percent_and_pixels():
    assert parse_focus("box:50%,25%,1000,100%").pixels(1024, 576) == (512, 144, 1000, 576)
    for text in ("box:50%,10,500,20", "box:10,20,30,20", "box:10,20,1100,30"):
        with pytest.raises(InputError, match=text):
            parse_focus(text).pixels(1024, 576)


def test_specs_read_back_from_their_text():
    for text in (
        "point:640,300",
        "point:50%,40%@1.5",
        "box:1,2,30%,4@0.5",
        "mask:masks",
        "subject:2",
        "auto",
    ):
        assert str(parse_focus(text)) == text
