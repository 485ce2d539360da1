"""Cameras by name, and values that no camera has."""

from __future__ import annotations

from typing import Any

import pytest

from anybokeh.errors import InputError
from anybokeh.optics.camera import CAMERAS, Camera, is_metadata, named_camera


def test_every_name_is_a_camera() -> None:
    for fields in CAMERAS.values():
        assert Camera(**fields).sensor_width == fields["sensor_width"]


def test_names_are_read_as_people_write_them() -> None:
    assert named_camera("Full-Frame") == named_camera("full frame") == named_camera("fullframe")
    assert named_camera("Super 35") == {"sensor_width": 24.89}
    assert named_camera("APS-C") == {"sensor_width": 23.5}
    assert named_camera("metadata") == {}
    assert is_metadata("Metadata") and not is_metadata("phone") and not is_metadata(None)


@pytest.mark.parametrize(
    ("name", "nearest"), [("ful frame", "full frame"), ("supr35", "super35"), ("metdata", "metadata")]
)
def test_the_nearest_name_is_offered(name: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{nearest}'.*expected full frame, super35") as error:
        named_camera(name)
    assert "\n" not in str(error.value)


def test_a_name_like_none_is_refused_without_a_guess() -> None:
    with pytest.raises(InputError, match="camera 'zzzz' is unknown; expected"):
        named_camera("zzzz")


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"focal_length": 0}, "focal length is 0: expected 1 to 2000"),
        ({"sensor_width": float("nan")}, "sensor width is nan"),
        ({"f_number": 0.1}, "f-number is 0.1: expected 0.5"),
        ({"subject_distance": float("inf")}, "subject distance is inf"),
        ({"subject_distance": True}, "subject distance is True"),
        (
            {"focal_length": 300, "subject_distance": 0.2},
            "0.2 m: expected more than the focal length of 300 mm",
        ),
    ],
)
def test_values_that_no_camera_has(fields: dict[str, Any], part: str) -> None:
    with pytest.raises(InputError, match=part) as error:
        Camera(**fields)
    assert "\n" not in str(error.value)
