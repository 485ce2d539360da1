"""Clipped spots, and the light of lamps."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from anybokeh.optics.light import decode, encode
from anybokeh.repair import joined_gains
from anybokeh.repair.lamp_light import Lamps, find_lamps, light_of
from anybokeh.repair.lamps import LAMP_INPUTS, find_spots
from anybokeh.repair.repair_settings import BUNDLED
from anybokeh.repair.repairing import load_networks
from anybokeh.synth import nights


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


def gain_of(lamps: Lamps | None, frame: np.ndarray) -> np.ndarray | None:
    """(3, height, width) of the lamps of a picture."""
    gains = joined_gains([light_of(lamps, frame, 6)])
    return None if gains is None else gains[0]


def found(frame: np.ndarray) -> Lamps | None:
    config, networks = load_networks(BUNDLED)
    return find_lamps(frame, networks.lamps, config)


def lit(frame: np.ndarray) -> np.ndarray | None:
    """The gain that the bundled network gives a picture."""
    return gain_of(found(frame), frame)


def lamp(colour: tuple[float, float, float], radius: float) -> tuple[np.ndarray, np.ndarray]:
    """A lamp before a dark ground as the camera recorded it, and the light, (height, width, 3)."""
    y, x = np.mgrid[:288, :512]
    cover = np.clip(radius + 0.5 - np.hypot(y - 40.3, x - 70.2), 0, 1)[..., None]
    light = cv2.GaussianBlur(0.02 * (1 - cover) + cover * np.array(colour), (0, 0), 0.6)
    return encode(np.minimum(light, 1), "srgb").astype(np.float32), light


def test_light_that_one_channel_tells_is_exact() -> None:
    frame, light = lamp((8, 0.6, 0.4), 3)
    lamps = found(frame)
    assert lamps is not None
    gain = gain_of(replace(lamps, sure=np.ones_like(lamps.sure)), frame)
    assert gain is not None
    np.testing.assert_array_equal(gain[1:], 1)  # green and blue were not clipped
    result = decode(frame, "srgb") * gain.transpose(1, 2, 0)
    np.testing.assert_allclose(result[38:43, 68:73, 0], light[38:43, 68:73, 0], rtol=0.1)
    assert (gain[:, :30] == 1).all()


@pytest.mark.parametrize(
    "colour", [(30, 2, 2), (2, 20, 3), (3, 5, 30), (20, 12, 5), (20, 4, 14), (20, 20, 20), (6, 0.3, 0.3)]
)
@pytest.mark.parametrize("radius", [1.2, 3])
def test_lamps_get_light_of_their_own_colour(colour: tuple[float, float, float], radius: float) -> None:
    frame, light = lamp(colour, radius)
    gain = lit(frame)
    assert gain is not None
    sums = [one[30:51, 60:81].sum((0, 1)) for one in (decode(frame, "srgb") * gain.transpose(1, 2, 0), light)]
    share, true = (one / one.sum() for one in sums)
    assert np.abs(share - true).sum() < 0.15
    assert abs(np.log2(sums[0].max() / sums[1].max())) < 1.2


def test_white_by_day_is_no_lamp() -> None:
    assert lit(day()) is None
    for kind in ("wall", "sky", "snow", "water"):
        assert lit(encode(nights.day(kind, 0), "srgb").astype(np.float32)) is None


@pytest.mark.parametrize("off", [0.0, 0.25, 1.0])
def test_a_rim_that_tells_little_makes_no_lamp_bright(off: float) -> None:
    frame = np.full((20, 30, 3), 0.1, np.float32)
    frame[8:11, 9:12] = 1
    y, x = (one.astype(np.int32) for one in np.nonzero(frame[..., 0] == 1))
    one = np.ones(1, np.float32)
    colour = np.array([[1, 0.01, 0.01]], np.float32)
    lamps = Lamps(y, x, np.zeros(9, np.int32), 0 * colour, colour, off * one, 2 * one, one)
    gain = gain_of(lamps, frame)
    assert gain is not None
    # all channels are clipped, so the red one is as bright as its share over theirs, as far as that is known
    np.testing.assert_allclose(gain[0, 9, 10], min(max(1 / np.hypot(0.01, off / 2), 4), 64), rtol=1e-3)
    assert gain.max() <= 64


def test_the_bundled_networks_know_a_lamp() -> None:
    gain = lit(night())
    assert gain is not None and gain[:, 50, 80].min() > 2
