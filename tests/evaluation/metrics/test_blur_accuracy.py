"""The measured radius against discs that are drawn here, finely sampled, without the package's kernels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.evaluation.metrics.blur_accuracy import SCALES, blur_error, blur_radii, find_probes
from anybokeh.optics.light import decode, encode

FINE = 4


def fine_scene(height: int = 120, width: int = 160) -> np.ndarray:
    """Textured linear light, four times as fine as the pixels, (4 height, 4 width, 3)."""
    rng = np.random.default_rng(5)
    grain = cv2.resize(rng.random((height, width, 3)), (width * FINE, height * FINE))
    coarse = cv2.resize(rng.random((height // 6, width // 6, 3)), (width * FINE, height * FINE))
    return 0.1 + 0.3 * grain + 0.4 * coarse


def pixels(light: np.ndarray) -> np.ndarray:
    """Averaged over pixels and encoded, (1, 3, height, width)."""
    small = cv2.resize(light, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
    return encode(small, "srgb").transpose(2, 0, 1)[None].astype(np.float32)


def disc_blurred(light: np.ndarray, radius: float) -> np.ndarray:
    reach = int(radius * FINE) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = (np.hypot(x, y) <= radius * FINE).astype(np.float64)
    return cv2.filter2D(light, -1, disc / disc.sum())


@pytest.mark.parametrize("radius", [2.2, 3.0, 6.5, 12.0])
def test_true_discs_show_the_radius_asked_for(radius: float) -> None:
    scene = fine_scene()
    probes = find_probes(pixels(scene), np.full((1, 120, 160), -radius, np.float32))
    assert len(probes) > 3
    found = blur_radii(pixels(disc_blurred(scene, radius)), probes)
    assert np.abs(found - 1).max() < 0.03
    assert blur_error(pixels(disc_blurred(scene, radius)), probes) < 2


@pytest.mark.parametrize("factor", [0.6, 0.88, 1.12, 1.33])
def test_discs_of_another_size_are_found_out(factor: float) -> None:
    scene = fine_scene()
    probes = find_probes(pixels(scene), np.full((1, 120, 160), 5.0, np.float32))
    result = pixels(disc_blurred(scene, 5.0 * factor))
    assert np.median(blur_radii(result, probes)) == pytest.approx(factor, abs=0.02)
    assert blur_error(result, probes) == pytest.approx(100 * abs(factor - 1), abs=3)


def test_no_blur_at_all_is_a_hundred_percent() -> None:
    scene = pixels(fine_scene())
    probes = find_probes(scene, np.full((1, 120, 160), 5.0, np.float32))
    assert blur_error(scene, probes) == 100


def test_the_fit_is_in_linear_light() -> None:
    """At the radius asked for, a probe holds the very light that a lens makes of a scene of high contrast."""
    scene = fine_scene() ** 3
    probe = find_probes(pixels(scene), np.full((1, 120, 160), 5.0, np.float32))[0]
    right = decode(pixels(disc_blurred(scene, 5.0))[0], "srgb")
    grey = 0.2126 * right[0] + 0.7152 * right[1] + 0.0722 * right[2]
    inside = grey[probe.top : probe.top + 24, probe.left : probe.left + 24]
    assert np.abs(probe.blurred[SCALES.index(1.0)] - inside).max() < 0.004


def test_probes_keep_away_from_edges_clipping_and_nearer_blur() -> None:
    scene = pixels(fine_scene())
    coc = np.full((1, 120, 160), -3.0, np.float32)
    coc[:, :, 120:] = 14  # nearer, reaches back to column 105
    scene[0, :, 60, 30] = 1  # clipped
    probes = find_probes(scene, coc)
    assert probes
    for probe in probes:
        if probe.radius == 3:
            assert probe.left + 23 < 105
            assert abs(probe.top + 11.5 - 60) > 12 or abs(probe.left + 11.5 - 30) > 12
    ramp = np.linspace(2, 12, 160, dtype=np.float32)[None, None].repeat(120, axis=1)
    assert not find_probes(scene, ramp)
    assert not find_probes(scene, np.zeros_like(coc))
    assert not find_probes(np.full_like(scene, 0.5), np.full_like(coc, 4))
    assert np.isnan(blur_error(scene, []))
