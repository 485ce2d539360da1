from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.disparity.parallax_fit import Fit, fit, refined, steadied
from anybokeh.disparity.salient import SalientDisparity
from anybokeh.disparity.scene_model import SUBJECT, Scene, background, compose
from anybokeh.subject import ClipSubject
from anybokeh.subject.motion import Link
from anybokeh.subject.parallax import parallax, shift
from subject import scenes
from subject.scenes import Known, mask, texture

HEIGHT, WIDTH, COUNT = 144, 256, 40
DISPARITIES = (0.0, 0.25, 0.5, 0.75)
"""Of the background and of three layers that reach up from the lower edge."""


class Nothing:
    name, is_guess = "nothing", False

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        return np.zeros(picture.shape[:2], np.float32)


def layers(way: float) -> tuple[np.ndarray, np.ndarray]:
    """Picture and true disparity of textured layers for a camera that went so far sideways."""
    picture, truth = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH), np.float32)
    columns, rows = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    for number, near in enumerate(DISPARITIES):
        x = columns + way * near + 128
        colours = cv2.remap(TEXTURES[number], x, rows, cv2.INTER_LINEAR)
        # posts reach far up beside gaps that reach far down
        period = 110 + 23 * number
        top = HEIGHT * (0.55 + 0.15 * number) - HEIGHT * 0.5 * (((x + 31 * number) % period) < 34)
        inside = (rows >= top) | (number == 0)
        picture[inside], truth[inside] = colours[inside], near
    return picture, truth


TEXTURES = [texture(10 + number, HEIGHT, 3 * WIDTH) for number in range(len(DISPARITIES))]


def salient(pictures: list[np.ndarray]) -> SalientDisparity:
    subject = ClipSubject(lambda: pictures, len(pictures), (WIDTH, HEIGHT), saliency=Nothing())
    return SalientDisparity(subject)


def order(disparity: np.ndarray, truth: np.ndarray) -> float:
    """Share of random pairs of pixels at different depths that are told in the right order."""
    first, second = np.random.default_rng(0).integers(0, truth.size, (2, 20000))
    expected = np.sign(truth.flat[first] - truth.flat[second])
    return float((np.sign(disparity.flat[first] - disparity.flat[second]) == expected)[expected != 0].mean())


def rows_alone(disparity: SalientDisparity, index: int) -> np.ndarray:
    nothing = np.zeros((HEIGHT, WIDTH), np.float32)
    return compose(nothing, background(disparity._scene(index), HEIGHT))


@pytest.mark.parametrize("speed", [2.0, -3.0])
def test_a_camera_that_travels_tells_the_order(speed):
    shown = [layers(speed * index) for index in range(COUNT)]
    disparity = salient([picture for picture, _ in shown])
    for index in (0, 20, COUNT - 1):
        picture, truth = shown[index]
        estimate, sharp = disparity.read(index), disparity.read(index, cv2.resize(picture, None, fx=2, fy=2))
        before = order(rows_alone(disparity, index), truth)
        assert before < 0.88
        assert order(estimate, truth) > 0.95 and order(sharp[::2, ::2], truth) > 0.95
        assert estimate.min() >= 0 and sharp.max() <= 1
    # without flicker
    levels = np.stack([disparity.read(index).mean() for index in range(COUNT)])
    assert np.abs(np.diff(levels)).max() < 0.002


def seen(homography: np.ndarray) -> np.ndarray:
    return cv2.warpPerspective(TEXTURES[0], homography, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)


def turning(index: int) -> np.ndarray:
    """A camera that turns to the side and rolls a little."""
    focal, aside, roll = 220.0, 0.012 * index, 0.004 * index
    lens = np.array([[focal, 0, WIDTH / 2], [0, focal, HEIGHT / 2], [0, 0, 1]])
    pan = cv2.Rodrigues(np.array([0.0, -aside, 0.0]))[0] @ cv2.Rodrigues(np.array([0.0, 0.0, roll]))[0]
    start = np.array([[1, 0, -1.2 * WIDTH], [0, 1, 0], [0, 0, 1.0]])
    return lens @ pan @ np.linalg.inv(lens) @ start


def zooming(index: int) -> np.ndarray:
    size = 1 + 0.01 * index
    return np.array([[size, 0, -WIDTH * size], [0, size, HEIGHT / 2 * (1 - size)], [0, 0, 1.0]])


@pytest.mark.parametrize("path", [turning, zooming, lambda _: turning(5)])
def test_without_parallax_the_rows_stand_as_they_are(path):
    disparity = salient([seen(path(index)) for index in range(24)])
    for index in (0, 11, 23):
        np.testing.assert_array_equal(disparity.read(index), rows_alone(disparity, index))


def test_a_subject_that_moves_before_a_camera_that_turns_is_no_parallax():
    masks = {index: mask(index) for index in range(scenes.COUNT)}
    size = scenes.WIDTH, scenes.HEIGHT
    subject = ClipSubject(
        lambda: map(scenes.frame, range(scenes.COUNT)), scenes.COUNT, size, saliency=Known(masks)
    )
    disparity = SalientDisparity(subject)
    disparity.read(0)
    assert all(disparity._fit(index).confidence == 0 for index in range(scenes.COUNT))


def test_what_is_behind_stays_behind_but_for_the_ground_before_the_subject():
    scene = Scene(contact=0.8, far=0.5)
    rows = background(scene, 40)[:, None]
    nearest = refined(np.full((40, 30), 9.0, np.float32), Fit(1.0, 0.0, 1.0), scene)
    np.testing.assert_allclose(nearest, np.repeat(np.maximum(rows, 0.95 * SUBJECT), 30, axis=1), rtol=1e-6)
    half = refined(np.zeros((40, 30), np.float32), Fit(1.0, 0.0, 0.5), scene)
    np.testing.assert_allclose(half, np.repeat(rows / 2, 30, axis=1), rtol=1e-6)


def test_parallax_that_the_rows_contradict_does_not_count():
    scene = Scene(contact=0.9, far=0.5)
    rows = np.repeat(background(scene, 36)[:, None], 64, axis=1)
    noise = np.random.default_rng(0).normal(size=rows.shape).astype(np.float32)
    free = np.ones(rows.shape, bool)
    assert fit(3 * noise, free, scene).confidence == 0
    assert fit(rows, free, scene).confidence == 0  # of the right order but below what flow can tell
    clear = fit(-20 * rows + 0.1 * noise, free, scene)
    assert clear.confidence == 1 and clear.scale == pytest.approx(-1 / 20, rel=0.02)
    assert fit(rows, np.zeros_like(free), scene).confidence == 0


def test_confidence_comes_and_goes_slowly():
    there, gone = Fit(0.1, 0.3, 1.0), Fit(0.1, 0.3, 0.0)
    sure = np.array([one.confidence for one in steadied([there] * 60 + [gone] * 60)])
    assert sure[0] == pytest.approx(1) and sure[-1] == pytest.approx(0, abs=1e-9)
    assert np.abs(np.diff(sure)).max() < 0.05
    blip = steadied([gone] * 30 + [there] * 3 + [gone] * 30)
    assert all(one.confidence == 0 for one in blip)
    turned = steadied([there] * 40 + [Fit(-0.1, 0.3, 1.0)] + [there] * 40)
    assert turned[40].confidence == 0 and turned[39].confidence == pytest.approx(1)


def test_a_dominant_motion_gone_wrong_gives_finite_parallax():
    flow, nobody = np.zeros((60, 90, 2), np.float32), np.zeros((60, 90), np.float32)
    flow[20:, :, 0] = 1e6
    for homography in (np.array([[1, 0, 0], [0, 1, 0], [-1 / 45, 0, 1.0]]), np.eye(3)):
        one = shift(Link(flow, flow, homography), nobody, nobody)
        found = parallax([one], [one], None)
        assert found is not None and found.shape == (12, 18) and np.isfinite(found.astype(np.float16)).all()
    assert parallax([], [], None) is None
