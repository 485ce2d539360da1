"""Two planes, one before the other, against a traced thin lens."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.render import LayeredRenderer, Shot

from .thin_lens import TwoPlanes, photograph

HEIGHT, WIDTH = 112, 150
FRONT, BACK = 0.75, 0.25


@pytest.fixture(scope="module")
def planes() -> TwoPlanes:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    cut = np.hypot(y - 65, x - 66) < 32
    cut |= (np.abs(x - 120 - 0.1 * y) < 3) & (y > 20)
    return TwoPlanes(_texture(1, [0.8, 0.35, 0.1]), _texture(2, [0.1, 0.4, 0.7]), cut)


def _texture(seed: int, colour: list[float]) -> np.ndarray:
    import cv2

    rng = np.random.default_rng(seed)
    octaves = [
        cv2.resize(rng.random((HEIGHT // cell, WIDTH // cell, 3), np.float32), (WIDTH, HEIGHT))
        for cell in (3, 10, 40)
    ]
    return np.float32(colour) * (0.1 + 1.8 * np.mean(octaves, axis=0) ** 2)


@pytest.mark.parametrize(
    ("front_coc", "back_coc"),
    [(0, -5), (0, -18), (5, 0), (18, 0), (7, -7), (-4, -14), (14, 4)],
)
def test_agrees_with_a_thin_lens_away_from_the_occluded_band(planes, front_coc, back_coc):
    truth, unseen = photograph(planes, front_coc, back_coc)
    result = refocus(planes, front_coc, back_coc)
    # Left out is only what gathers light that the input does not show; two pixels more, since pixels that
    # lie half on an edge are hard to one side in the input.
    known = ~_grown(unseen > 1e-3, 2)
    assert known.mean() > 0.4
    assert psnr(truth[known], result[known]) >= 38


def test_a_blurred_foreground_becomes_transparent_at_its_rim(planes):
    """In the occluded band, too, the hidden background is closer than no background at all."""
    truth, unseen = photograph(planes, 14, 0)
    band = unseen > 0.05
    as_is, result = psnr(truth[band], planes.seen()[band]), psnr(truth[band], refocus(planes, 14, 0)[band])
    assert result > as_is + 6


def refocus(planes: TwoPlanes, front_coc: float, back_coc: float) -> np.ndarray:
    """The renderer's picture, (height, width, 3) linear."""
    # Two equations: K' (FRONT - focus) = front_coc and K' (BACK - focus) = back_coc; K' in pixels of WIDTH.
    scale = (front_coc - back_coc) / (FRONT - BACK)
    focus = FRONT - front_coc / scale
    disparity = np.where(planes.cut, FRONT, BACK)
    # Rounding must not put the sharp plane out of focus.
    shot = Shot(
        planes.seen().transpose(2, 0, 1)[None],
        disparity[None],
        focus,
        scale * 1024 / WIDTH,
        1e-6,
        transfer="linear",
    )
    return LayeredRenderer().render(shot)[0].transpose(1, 2, 0)


def psnr(truth: np.ndarray, result: np.ndarray) -> float:
    """Of linear light, in dB."""
    return float(-10 * np.log10(np.mean((truth - result) ** 2)))


def _grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    import cv2

    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0
