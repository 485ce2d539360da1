"""The blind rule for highlights: where it acts, how it begins, and that it keeps colours."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics import Lens
from anybokeh.optics.light import decode
from anybokeh.render import LayeredRenderer
from anybokeh.render.highlights import highlight_gain
from anybokeh.shot import Scene, Shot


def gain_of(codes: np.ndarray, lens: Lens, highlights: np.ndarray | None = None) -> np.ndarray:
    """Gain (width,) of one row of pixels: (width,) grey or (3, width)."""
    frame = np.broadcast_to(codes, (3, codes.shape[-1])).astype(np.float32)[None, :, None]
    disparity = np.full((1, 1, codes.shape[-1]), 0.5, np.float32)
    scene = Scene(disparity, highlights=None if highlights is None else highlights[None, None])
    gain = highlight_gain(Shot(frame, scene, 0.2, 10), 0, lens)
    assert gain is not None and gain.shape[:2] == (1, 1)
    return gain[0, 0]


def test_without_a_knee_it_grows_up_to_white_as_ever() -> None:
    codes = np.linspace(0, 1, 1001).astype(np.float32)
    lens = Lens(highlight_strength=4, highlight_threshold=0.9)
    share = np.clip((codes - 0.9) / (1 - 0.9), 0, 1)
    wanted = 1 + np.float32(4) * share * share * (3 - 2 * share)
    np.testing.assert_array_equal(gain_of(codes, lens), wanted)


def test_a_knee_is_where_the_full_strength_is_reached() -> None:
    lens = Lens(highlight_strength=4, highlight_threshold=0.7, highlight_knee=0.1)
    found = gain_of(np.array([0.0, 0.69, 0.7, 0.725, 0.75, 0.775, 0.8, 0.9, 1.0]), lens)
    # smoothstep: 5/32, 1/2 and 27/32 at a quarter, a half and three quarters of the way
    wanted = [1, 1, 1, 1 + 4 * 5 / 32, 3, 1 + 4 * 27 / 32, 5, 5, 5]
    assert found == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("knee", [None, 0.05, 0.3])
def test_nothing_jumps(knee: float | None) -> None:
    lens = Lens(highlight_strength=4, highlight_threshold=0.7, highlight_knee=knee)
    codes = np.linspace(0.6, 1, 40001)
    found = gain_of(codes, lens)
    slope = np.diff(found) / np.diff(codes)
    # a smoothstep is steepest in its middle, with 1.5 times the slope of a line, and flat at both ends
    assert slope.max() <= 4 * 1.5 / (knee or 0.3) * 1.02 + 0.1
    assert (found[codes <= 0.7] == 1).all()
    just_above = found[np.searchsorted(codes, 0.7005)]
    assert 1 <= just_above < 1 + 4 * 3 * (0.001 / (knee or 0.3)) ** 2 + 1e-5


def test_all_channels_gain_alike_also_where_one_is_clipped() -> None:
    colours = np.array([[1.0, 1.0, 0.96], [0.5, 0.96, 0.2], [0.2, 0.3, 0.96]])
    lens = Lens(highlight_strength=6)
    gain = gain_of(colours, lens)
    assert (gain > 1).all()
    before = decode(colours, "srgb")
    after = before * gain
    np.testing.assert_allclose(after / after.sum(axis=0), before / before.sum(axis=0), rtol=1e-6)


def test_the_disc_of_a_coloured_highlight_has_its_hue() -> None:
    frame, disparity = np.zeros((1, 3, 61, 61), np.float32), np.full((1, 61, 61), 0.2)
    colour = np.array([1.0, 0.6, 0.3])
    frame[0, :, 30, 30] = colour
    disc = LayeredRenderer(Lens(highlight_strength=9)).render(Shot(frame, disparity, 0.5, 200))
    light = decode(disc[0].astype(float), "srgb").sum(axis=(1, 2))
    assert light / light[0] == pytest.approx(decode(colour, "srgb"), rel=0.01)
    # ten times the light that was there
    assert light == pytest.approx(10 * decode(colour, "srgb"), rel=0.02)


def test_a_mask_says_where_and_how_far() -> None:
    mask = np.array([0, 0.25, 0.5, 1], np.float32)
    assert gain_of(np.ones(4), Lens(highlight_strength=8), mask) == pytest.approx([1, 3, 5, 9])
    white = gain_of(np.linspace(0.9, 1, 4), Lens(highlight_strength=8), np.ones(4, np.float32))
    np.testing.assert_array_equal(white, gain_of(np.linspace(0.9, 1, 4), Lens(highlight_strength=8)))


@pytest.mark.parametrize(
    ("highlights", "part"),
    [
        (np.ones((1, 2, 2)), r"highlights have shape \(1, 2, 2\)"),
        (np.full((1, 4, 4), 1.5), "from 1.5 to 1.5"),
    ],
)
def test_masks_that_do_not_fit(highlights: np.ndarray, part: str) -> None:
    with pytest.raises(InputError, match=part):
        Shot(np.zeros((1, 3, 4, 4)), Scene(np.zeros((1, 4, 4)), highlights=highlights), 0.5, 1)
