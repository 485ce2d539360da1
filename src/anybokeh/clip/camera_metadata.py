"""What EXR images say of the camera: standard attributes of OpenEXR 3.3."""

from __future__ import annotations

from typing import Any

import numpy as np

from anybokeh.clip.exr import ExrHeader

_FOCAL_LENGTHS = ("effectiveFocalLength", "pinholeFocalLength", "nominalFocalLength")


def camera_metadata(header: ExrHeader) -> dict[str, float]:
    """Fields of `anybokeh.optics.camera.Camera` that an image tells; those that it does not are missing.

    `focal_length` comes from effectiveFocalLength, else pinholeFocalLength, else nominalFocalLength;
    `f_number` from aperture; `subject_distance` from focus, which may be infinite. `sensor_width` is that of
    the part of the sensor that was read, sensorAcquisitionRectangle times sensorPhotositePitch, else of all
    of it, sensorOverallDimensions. What is not above zero is not told.
    """
    given = header.attributes
    found = {
        "focal_length": next((given[name] for name in _FOCAL_LENGTHS if name in given), None),
        "f_number": given.get("aperture"),
        "subject_distance": given.get("focus"),
        "sensor_width": _sensor_width(given),
    }
    numbers = {name: _number(value) for name, value in found.items()}
    return {name: value for name, value in numbers.items() if value is not None}


def _sensor_width(given: dict[str, Any]) -> float | None:
    """In millimetres; a photosite is measured in microns."""
    pitch, rectangle = _number(given.get("sensorPhotositePitch")), given.get("sensorAcquisitionRectangle")
    if pitch is not None and isinstance(rectangle, tuple) and np.shape(rectangle) == (2, 2):
        (left, _), (right, _) = rectangle
        return (float(right) - float(left) + 1) * pitch / 1000
    whole = given.get("sensorOverallDimensions")
    return float(whole[0]) if isinstance(whole, np.ndarray) and whole.shape == (2,) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        return None
    return float(value)
