"""What an eye would catch, on pictures whose truth is known in closed form: two planes, one lens."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.optics.aperture import aperture_kernel, draw_aperture
from anybokeh.optics.light import decode, encode
from anybokeh.render import LayeredRenderer, Shot

WIDTH, HEIGHT = 320, 180
K = 64.0


def refocus(
    light: np.ndarray, disparity: np.ndarray, focus: float, blur: float = K, lens: Lens | None = None
) -> np.ndarray:
    """(height, width, 3) linear light to what comes out, linear."""
    frames = encode(light.astype(np.float32), "srgb").transpose(2, 0, 1)[None]
    shot = Shot(np.ascontiguousarray(frames), disparity[None].astype(np.float32), focus, blur)
    return decode(LayeredRenderer(lens or Lens()).render(shot)[0].transpose(1, 2, 0), "srgb")


@pytest.mark.parametrize(
    ("focus", "first", "last", "behind"), [(0.9, -4, -20, -28), (0.9, -20, -50, -56), (0.05, 50, 20, 16)]
)
def test_no_line_shows_where_drawing_changes_its_resolution(focus, first, last, behind):
    """A wide bar whose blur grows along it; through its middle nothing of what is behind may show."""
    width, height = 1024, 240
    radius = np.linspace(first, last, width)
    light = np.full((height, width, 3), (0.05, 0.6, 0.05))
    disparity = np.full((height, width), focus + behind / K)
    bar = slice(10, 230)
    light[bar], disparity[bar] = (0.05, 0.06, 0.5), focus + radius / K
    green = refocus(light, disparity, focus)[..., 1]
    deep = [np.minimum(row - 10, 229 - row) > np.abs(radius) + 2 for row in range(height)]
    assert np.max(green[np.array(deep)] - 0.06) / 0.54 < 0.01  # 0.25 where groups are composited first


@pytest.fixture(scope="module")
def head() -> np.ndarray:
    """Coverage of a head above shoulders, with a cleft between them, anti-aliased; (height, width)."""
    fine = np.zeros((HEIGHT * 8, WIDTH * 8), np.uint8)
    cv2.circle(fine, (150 * 8, 60 * 8), 30 * 8, 255, -1)
    cv2.ellipse(fine, (150 * 8, 160 * 8), (60 * 8, 70 * 8), 0, 0, 360, 255, -1)
    return cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float64) / 255


def disc(picture: np.ndarray, radius: float) -> np.ndarray:
    kernel = aperture_kernel(draw_aperture(Lens()), radius)
    return cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("focus", [0.8, 0.2])
def test_a_bright_subject_wears_no_halo(head, focus):
    """White on black, exact disparity; in focus, and blurred."""
    front, back, cover = 0.75, 0.012, head[..., None]
    radius = 0.6 * K * WIDTH / 1024
    soft = disc(head, radius)[..., None]
    truth = back * (1 - cover) + front * cover if focus == 0.8 else back * (1 - soft) + front * soft
    result = refocus(back * (1 - cover) + front * cover * np.ones(3), np.where(head > 0.5, 0.8, 0.2), focus)
    ring = (cv2.dilate((head > 0.02).astype(np.uint8), np.ones((9, 9))) > 0) & (head < 0.01)
    levels = 255 * (
        encode(result.astype(np.float32), "srgb") - encode(np.float32(truth) * np.ones(3), "srgb")
    )
    assert np.sqrt((levels[ring] ** 2).mean()) < 5  # 23 where mixed pixels fill what is hidden


def test_the_aperture_is_turned_between_near_and_far():
    light = np.full((81, 81, 3), 0.001)
    light[40, 40] = 0.9
    triangle = Lens(blades=3)
    near, far = (refocus(light, np.full((81, 81), d), 0.5, 500, triangle) for d in (0.9, 0.1))
    turned = np.abs(near - far[::-1, ::-1]).mean()
    assert turned < 0.2 * np.abs(near - far).mean()


def test_far_points_show_the_aperture_as_it_is():
    light = np.full((81, 81, 3), 0.0)
    light[40, 40] = 1
    triangle = Lens(blades=3)
    far = refocus(light, np.full((81, 81), 0.1), 0.5, 250, triangle)[..., 0]
    kernel = aperture_kernel(draw_aperture(triangle), 0.4 * 250 * 81 / 1024)
    middle = tuple(side // 2 for side in kernel.shape)
    crop = far[40 - middle[0] : 41 + middle[0], 40 - middle[1] : 41 + middle[1]]
    assert np.corrcoef(crop.ravel(), kernel.ravel())[0, 1] > 0.97
    assert np.corrcoef(crop.ravel(), kernel[::-1, ::-1].ravel())[0, 1] < 0.9


@pytest.mark.parametrize("turns", range(4))
def test_an_odd_line_at_the_border_is_no_band(turns):
    rng = np.random.default_rng(3)
    plain = cv2.GaussianBlur(rng.uniform(0, 0.4, (90, 90, 3)), (0, 0), 1.5)
    odd = plain.copy()
    odd[0] = 1
    expected, result = (
        refocus(np.rot90(light, turns), np.full((90, 90), 0.2), 0.8, 300)
        for light in (np.vstack([plain[1:2], plain[1:]]), odd)
    )
    assert np.abs(np.rot90(result - expected, -turns)[4:]).max() < 0.01


def test_a_border_like_its_picture_stays():
    rng = np.random.default_rng(4)
    light = rng.uniform(0, 1, (60, 60, 3))
    from anybokeh.render.border import mend_border

    mended = light.copy()
    mend_border(mended)
    np.testing.assert_array_equal(mended, light)
