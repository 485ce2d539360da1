"""What EXR images say of the camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anybokeh.clip import exr
from anybokeh.clip.camera_metadata import camera_metadata

SENSOR = {"sensorOverallDimensions": np.array([36.7, 25.5], np.float32)}
PART = {
    "sensorPhotositePitch": 8.25,
    "sensorAcquisitionRectangle": (np.array([0, 0], np.int32), np.array([3423, 2201], np.int32)),
}


def told(tmp_path: Path, **attributes) -> dict[str, float]:
    pytest.importorskip("OpenEXR")
    file = tmp_path / "a.exr"
    exr.save(file, np.zeros((4, 6, 3), np.float32), None, exr.ExrHeader(attributes=attributes))
    return camera_metadata(exr.load(file)[2].header)


def test_standard_attributes(tmp_path: Path) -> None:
    found = told(
        tmp_path, aperture=2.5, focus=3.5, nominalFocalLength=75.0, effectiveFocalLength=74.5, **SENSOR
    )
    assert found == pytest.approx(
        {"focal_length": 74.5, "f_number": 2.5, "subject_distance": 3.5, "sensor_width": 36.7}, rel=1e-6
    )


def test_the_part_of_the_sensor_that_was_read_counts(tmp_path: Path) -> None:
    # 3424 photosites of 8.25 microns
    assert told(tmp_path, **SENSOR, **PART) == pytest.approx({"sensor_width": 28.248})


def test_what_says_nothing_is_missing(tmp_path: Path) -> None:
    assert told(tmp_path) == {}
    assert told(tmp_path, aperture=0.0, focus=-1.0, nominalFocalLength="50 mm") == {}
    assert told(tmp_path, nominalFocalLength=35.0) == {"focal_length": 35.0}


def test_a_lens_may_be_focused_at_infinity(tmp_path: Path) -> None:
    assert told(tmp_path, focus=np.inf) == {"subject_distance": np.inf}
