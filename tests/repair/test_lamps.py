"""Clipped spots, and the light of lamps."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.repair.apply import highlight_gain
from anybokeh.repair.lamps import LAMP_INPUTS, find_spots
from anybokeh.repair.repair_settings import BUNDLED
from anybokeh.repair.repairing import load_networks
from repair import random_networks
from repair.test_outlines import ConstantNetwork


def night() -> np.ndarray:
    """A dark picture with a round lamp, (height, width, 3)."""
    rng = np.random.default_rng(0)
    frame = (0.12 + 0.02 * rng.standard_normal((144, 256, 3))).astype(np.float32)
    y, x = np.mgrid[:144, :256]
    frame[np.hypot(y - 50, x - 80) < 4] = 1
    return np.clip(frame, 0, 1)


def day() -> np.ndarray:
    """A bright picture with a large white surface, (height, width, 3)."""
    rng = np.random.default_rng(0)
    frame = (0.6 + 0.1 * rng.standard_normal((144, 256, 3))).astype(np.float32)
    frame[40:110, 60:170] = 1
    return np.clip(frame, 0, 1)


def test_spots_are_found_and_separated() -> None:
    frame = night()
    frame[100:110, 200:220] = 1
    spots = find_spots(frame, 0.5)
    assert spots is not None
    assert spots.inputs.shape == (2, LAMP_INPUTS)
    assert spots.labels[50, 80] == 1 and spots.labels[105, 210] == 0  # the largest first
    assert spots.labels[0, 0] == -1
    assert spots.inputs[0, 2] == pytest.approx(1)  # fills its rectangle
    assert spots.inputs[1, 2] < 0.95
    assert find_spots(np.full((8, 8, 3), 0.9, np.float32), 1) is None


def test_only_clipped_values_of_lamps_get_light() -> None:
    frame = night()
    frame[50, 80] = (1, 0.5, 1)
    gain = highlight_gain(frame, ConstantNetwork(9, 3, 2, 1), random_networks.CONFIG)  # type: ignore[arg-type]
    assert gain is not None and gain.shape == (3, 144, 256)
    np.testing.assert_allclose(gain[:, 50, 81], (8, 4, 2), rtol=1e-3)
    np.testing.assert_allclose(gain[:, 50, 80], (8, 1, 2), rtol=1e-3)
    assert (gain[:, :40] == 1).all()
    assert highlight_gain(frame, ConstantNetwork(1, 3, 2, 1), random_networks.CONFIG) is None  # type: ignore[arg-type]


def test_the_bundled_network_knows_lamps_from_walls() -> None:
    config, (_, _, lamps) = load_networks(BUNDLED)
    gain = highlight_gain(night(), lamps, config)
    assert gain is not None and gain[:, 50, 80].min() > 2
    assert highlight_gain(day(), lamps, config) is None
