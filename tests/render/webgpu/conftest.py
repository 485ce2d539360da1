"""A device for the shaders: a card, or a driver that renders in software."""

from __future__ import annotations

import pytest

from anybokeh.errors import InputError
from anybokeh.render.webgpu.adapters import open_any
from anybokeh.render.webgpu.device import Device


@pytest.fixture(scope="session")
def device() -> Device:
    """One device for all tests: shaders are compiled once."""
    try:
        return open_any()
    except InputError as error:
        pytest.skip(str(error))
