"""A device for the shaders: a card, or a driver that renders in software."""

from __future__ import annotations

import pytest

from anybokeh.render.webgpu.adapters import open_device
from anybokeh.render.webgpu.device import Device


@pytest.fixture(scope="session")
def device() -> Device:
    """One device for all tests: shaders are compiled once."""
    opened = open_device(software=True)
    if isinstance(opened, str):
        pytest.skip(f"no device for shaders: {opened}")
    return opened


@pytest.fixture
def own_device(device: Device) -> Device:
    """One that a test may break."""
    opened = open_device(software=True)
    assert isinstance(opened, type(device))
    return opened
