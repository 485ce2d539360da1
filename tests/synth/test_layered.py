"""The exact renderer of layered scenes against closed forms, rays in space and its plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics.aperture import aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode, encode
from anybokeh.runtime.threads import Crew
from anybokeh.synth.layered import (
    blurred,
    composite,
    hidden,
    in_order,
    margin,
    points_of,
    render_frame,
)
from anybokeh.synth.layered_kernels import trace
from anybokeh.synth.layers import Layer, Plane, View, defocus, pack
from anybokeh.synth.lens_points import lens_points
from synth.plain import bilinear, blurred_plain

SIZE = 96, 64
EDGE = 48
DISC = Lens()


def full(light: np.ndarray | float, plane: Plane, coverage: float = 1.0) -> Layer:
    """A layer over frame and margin; light is (rows, columns, 3) or one value."""
    width, height = SIZE
    picture = np.ones((height + 2 * EDGE, width + 2 * EDGE, 4), np.float32) * coverage
    picture[..., :3] *= light
    return Layer(picture, (-EDGE, -EDGE), plane)


def textured(seed: int, plane: Plane) -> Layer:
    rng = np.random.default_rng(seed)
    width, height = SIZE
    return full(rng.random((height + 2 * EDGE, width + 2 * EDGE, 3), dtype=np.float32), plane)


def patch(seed: int, corner: tuple[int, int], plane: Plane, size: tuple[int, int] = (40, 30)) -> Layer:
    """A cut-out with soft and hard coverage."""
    rng = np.random.default_rng(seed)
    picture = rng.random((size[1], size[0], 4), dtype=np.float32)
    picture[..., 3] = np.where(picture[..., 3] < 0.5, picture[..., 3], 1)
    picture[..., :3] *= picture[..., 3:]
    return Layer(picture, corner, plane)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((encode(a, "srgb") - encode(b, "srgb")) ** 2)))


@pytest.mark.parametrize(("level", "focus"), [(0.9, 0.1), (0.1, 0.9)])
def test_a_point_of_light_becomes_an_even_disc_of_radius_k(level: float, focus: float) -> None:
    back = full(0.0, Plane(level))
    back.picture[EDGE + 32, EDGE + 48, :3] = 1000
    view = View(SIZE, focus, blur=200)
    radius = 200 * 0.8 * SIZE[0] / 1024
    light = blurred([back], view, DISC)[0]
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    distance = np.hypot(x - 48, y - 32)
    assert light.sum() == pytest.approx(1000, rel=1e-3)
    # a uniform disc has a mean squared radius of r^2 / 2; the pixel's own tent adds 1/6 an axis
    spread = (light * distance**2).sum() / light.sum()
    assert np.sqrt(2 * (spread - 1 / 3)) == pytest.approx(radius, rel=0.01)
    inside = light[distance < radius - 2]
    assert inside.mean() == pytest.approx(1000 / (np.pi * radius**2), rel=0.01)
    assert inside.std() < 0.1 * inside.mean()
    assert light[distance > radius + 2].max() < 1e-6


def test_an_even_picture_stays_even_under_any_blur() -> None:
    layers = [patch(1, (20, 10), Plane(0.9)), full(0.25, Plane(0.2))]
    layers[0].picture[..., :3] = 0.25 * layers[0].picture[..., 3:]
    for lens in (DISC, Lens(blades=5, rotation=10), Lens(anamorphic=2.0), Lens(rim=0.8)):
        light = blurred(layers, View(SIZE, 0.5, 60), lens)
        np.testing.assert_allclose(light, 0.25, rtol=1e-5)


def test_a_blurred_edge_before_a_plane_in_focus_follows_the_closed_form() -> None:
    front = full(1.0, Plane(0.8))
    front.picture[:, EDGE + 48 :] = 0
    layers = [front, full(0.0, Plane(0.3))]
    view = View(SIZE, 0.3, 256)
    radius = 256 * 0.5 * SIZE[0] / 1024
    light = blurred(layers, view, DISC, rays=4)[0, SIZE[1] // 2]
    # share of a disc beyond a straight edge, at distance t in radii; the edge lies at x = 47.5
    t = np.clip((np.arange(SIZE[0]) - 47.5) / radius, -1, 1)
    covered = (np.arccos(t) - t * np.sqrt(1 - t**2)) / np.pi
    np.testing.assert_allclose(light, covered, atol=0.01)


def test_a_blurred_background_behind_a_sharp_edge_stops_there() -> None:
    front = full(0.5, Plane(0.8))
    front.picture[:, EDGE + 48 :] = 0
    back = textured(3, Plane(0.1))
    layers = [front, back]
    view = View(SIZE, 0.8, 100)
    light = blurred(layers, view, DISC)
    np.testing.assert_allclose(light[:, :, :48], 0.5, rtol=1e-5)
    # beside it the background is seen past the edge; what is behind the front layer counts too
    alone = blurred([back], view, DISC)
    np.testing.assert_allclose(light[:, :, 48:], alone[:, :, 48:], atol=1e-5)


def test_a_plane_in_focus_is_seen_as_it_is() -> None:
    back = textured(4, Plane(0.4))
    frame = render_frame([back], View(SIZE, 0.4, 64))
    np.testing.assert_array_equal(frame.bokeh, frame.sharp)
    front = Layer(np.zeros((4, 4, 4), np.float32), (0, 0), Plane(0.9))
    frame = render_frame([front, back], View(SIZE, 0.4, 64))
    np.testing.assert_allclose(frame.bokeh, frame.sharp, atol=1e-5)


def test_a_focus_range_keeps_planes_within_it_sharp() -> None:
    back = textured(5, Plane(0.4))
    view = View(SIZE, 0.45, 200, range=0.06)
    frame = render_frame([back], view)
    np.testing.assert_array_equal(frame.bokeh, frame.sharp)
    assert defocus(Plane(0.6), view).level == pytest.approx(200 * 0.09 * SIZE[0] / 1024)
    with pytest.raises(InputError, match="focus range"):
        defocus(Plane(0.4, 0.001), view)


def test_kernel_and_plain_twin_agree() -> None:
    layers = [
        patch(1, (-10, -5), Plane(0.95)),
        patch(2, (60, 20), Plane(0.7, 0.0015, -0.002)),
        patch(3, (20, 25), Plane(0.5, 0, 0.003)),
        textured(4, Plane(0.1, 0.0007, 0.001)),
    ]
    view = View(SIZE, 0.5, 150)
    points = lens_points(Lens(blades=6, rotation=7), 64)
    light = np.empty((3, SIZE[1], SIZE[0]), np.float32)
    with Crew(2) as crew:
        crew.run(trace, pack(layers, view, 1.2), points, light)
    np.testing.assert_allclose(light, blurred_plain(layers, view, points), atol=2e-5)


def test_slanted_planes_agree_with_rays_in_space() -> None:
    """Rays from points of a lens through a pixel's point on the focal plane, cut with a plane in space."""
    focal, focus_depth, aperture = 90.0, 2.0, 0.12
    cx, cy = (SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2
    normal, point = np.array([0.35, -0.2, 1.0]), np.array([0.1, 0.05, 3.2])
    offset = normal @ point
    # disparity is inverse depth: 1 / z = n . (x, y, 1) / offset
    slope = normal / offset
    plane = Plane(
        slope[2] - slope[0] * cx / focal - slope[1] * cy / focal, slope[0] / focal, slope[1] / focal
    )
    layer = textured(6, plane)
    blur = aperture * focal * 1024 / SIZE[0]
    view = View(SIZE, 1 / focus_depth, blur)
    points = lens_points(DISC, 40)
    light = np.empty((3, SIZE[1], SIZE[0]), np.float32)
    with Crew(1) as crew:
        crew.run(trace, pack([layer], view, 1.2), points, light)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(float)
    total = np.zeros_like(light, dtype=float)
    on_focal_plane = np.stack([(x - cx) / focal, (y - cy) / focal, np.ones_like(x)], -1) * focus_depth
    for ux, uy, weight in points:
        # a lens point to the right sees farther things moved to the right in the picture it forms
        start = np.array([ux, uy, 0]) * aperture
        ray = on_focal_plane - start
        distance = (offset - normal @ start) / (ray @ normal)
        hit = start + distance[..., None] * ray
        seen = bilinear(layer, hit[..., 0] / hit[..., 2] * focal + cx, hit[..., 1] / hit[..., 2] * focal + cy)
        total += weight * seen[:3]
    np.testing.assert_allclose(light, total, atol=2e-4)


@pytest.mark.parametrize(("focus", "turn"), [(0.9, 1), (0.1, -1)])
def test_a_lens_shows_its_aperture_upright_behind_and_turned_before_the_focal_plane(
    focus: float, turn: int
) -> None:
    lens = Lens(blades=3, rotation=20)
    back = full(0.0, Plane(0.5))
    back.picture[EDGE + 32, EDGE + 48, :3] = 1000
    light = blurred([back], View(SIZE, focus, 400), lens, rays=4)[0]
    shape = 1000 * aperture_kernel(draw_aperture(lens), 400 * 0.4 * SIZE[0] / 1024)[::turn, ::turn]
    b, a = shape.shape[0] // 2, shape.shape[1] // 2
    found = light[32 - b : 33 + b, 48 - a : 49 + a]
    assert np.abs(found - shape).sum() < 0.1 * shape.sum()
    assert np.abs(found - shape[::-1, ::-1]).sum() > 0.5 * shape.sum()


def test_enough_rays_are_used() -> None:
    layers = [patch(k, (8 * k, 4 * k), Plane(0.9 - 0.15 * k)) for k in range(4)] + [textured(9, Plane(0.05))]
    layers[-1].picture[EDGE + 10, EDGE + 80, :3] = 30
    for focus, blur in ((0.9, 120.0), (0.3, 40.0), (0.5, 200.0)):
        view = View(SIZE, focus, blur)
        few = blurred(layers, view, DISC)
        assert psnr(few, blurred(layers, view, DISC, rays=4)) > 50


def test_the_order_in_which_layers_are_given_does_not_matter_once_sorted() -> None:
    layers = [patch(1, (5, 5), Plane(0.9)), patch(2, (20, 10), Plane(0.5)), textured(3, Plane(0.1))]
    view = View(SIZE, 0.5, 80)
    first = render_frame(in_order(layers), view)
    other = render_frame(in_order([layers[1], layers[0], layers[2]]), view)
    np.testing.assert_array_equal(first.bokeh, other.bokeh)
    with pytest.raises(InputError, match="slanted"):
        in_order([patch(1, (0, 0), Plane(0.5, 0.001)), layers[2]])


def test_the_number_of_threads_does_not_matter() -> None:
    layers = [patch(1, (5, 5), Plane(0.9)), textured(3, Plane(0.1))]
    results = []
    for threads in (1, 3):
        with Crew(threads) as crew:
            results.append(blurred(layers, View(SIZE, 0.5, 80), DISC, crew=crew))
    np.testing.assert_array_equal(*results)


def test_disparity_belongs_to_what_covers_half_and_masks_to_what_is_visible() -> None:
    back = full(0.2, Plane(0.1))
    for coverage, expected in ((0.4, 0.1), (0.6, 0.7)):
        veil = full(1.0, Plane(0.7), coverage)
        front = patch(1, (0, 0), Plane(0.9), (10, 10))
        front.picture[:] = 1
        light, disparity, masks = composite([front, veil, back], SIZE)
        np.testing.assert_allclose(disparity[20:], expected, rtol=1e-6)
        np.testing.assert_allclose(disparity[:10, :10], 0.9, rtol=1e-6)
        np.testing.assert_allclose(masks[1][:10, :10], 0)
        np.testing.assert_allclose(masks[1][20:], coverage, rtol=1e-6)
        np.testing.assert_allclose(light[:, 20:], coverage + (1 - coverage) * 0.2, rtol=1e-6)


def test_clipped_light_is_what_the_camera_lost() -> None:
    light = np.array([4.0, 0.5, 1.0], np.float32)
    frame = render_frame([full(light, Plane(0.1))], View(SIZE, 0.1, 16))
    np.testing.assert_allclose(frame.clipped[:, 5, 5], [0.25, 1, 1])
    np.testing.assert_allclose(decode(frame.aif[:, 5, 5], "srgb") / frame.clipped[:, 5, 5], light, rtol=1e-5)


def test_hidden_truth_is_the_scene_without_its_front() -> None:
    back, middle = textured(1, Plane(0.1)), patch(2, (10, 10), Plane(0.5))
    front = patch(3, (15, 12), Plane(0.9))
    behind = hidden([front, middle, back], SIZE)
    covered = composite([front, middle, back], SIZE)[2][0] >= 1 / 255
    light, disparity, masks = composite([middle, back], SIZE)
    np.testing.assert_allclose(behind.light[:, covered], light[:, covered], atol=1e-6)
    np.testing.assert_allclose(behind.disparity[covered], disparity[covered])
    only_middle = ~covered & (masks[0] >= 1 / 255)
    np.testing.assert_allclose(behind.light[:, only_middle], composite([back], SIZE)[0][:, only_middle])
    np.testing.assert_allclose(behind.front[only_middle], masks[0][only_middle])
    assert (behind.front[:5] == 0).all()


def test_backgrounds_that_end_too_early_or_have_holes_are_refused() -> None:
    width, height = SIZE
    small = Layer(np.ones((height + 8, width + 8, 4), np.float32), (-4, -4), Plane(0.1))
    with pytest.raises(InputError, match="4 pixels beyond the frame"):
        render_frame([small], View(SIZE, 0.9, 100))
    with pytest.raises(InputError, match="transparent"):
        render_frame([full(1.0, Plane(0.1), 0.5)], View(SIZE, 0.9, 100))
    with pytest.raises(InputError, match="slant"):
        render_frame([full(1.0, Plane(0.1, 0.2))], View(SIZE, 0.9, 100))


def test_the_margin_is_enough_for_any_lens() -> None:
    view = View(SIZE, 0.9, 100)
    for lens in (DISC, Lens(blades=3), Lens(anamorphic=2.0)):
        enough = margin([Plane(0.1)], view, lens)
        back, short = (white_behind(edge) for edge in (enough, enough - 2))
        np.testing.assert_allclose(render_frame([back], view, lens).bokeh, 1, atol=1e-5)
        with pytest.raises(InputError, match=f"reaches {enough - 2} pixels beyond the frame"):
            render_frame([short], view, lens)


def white_behind(edge: int) -> Layer:
    """A far white plane that reaches so many pixels beyond the frame."""
    width, height = SIZE
    return Layer(np.ones((height + 2 * edge, width + 2 * edge, 4), np.float32), (-edge, -edge), Plane(0.1))


def test_lenses_that_differ_from_place_to_place_are_refused() -> None:
    with pytest.raises(InputError, match="cat's eye"):
        render_frame([full(1.0, Plane(0.1))], View(SIZE, 0.9, 16), Lens(cats_eye=0.5))


def test_points_fill_the_aperture_evenly() -> None:
    points = lens_points(DISC, 500)
    assert points[:, 2].sum() == pytest.approx(1)
    radius = np.hypot(points[:, 0], points[:, 1])
    assert (points[:, 2] * radius**2).sum() == pytest.approx(0.5, rel=0.01)
    np.testing.assert_allclose(points[:, 2] @ points[:, :2], 0, atol=1e-3)
    assert len(points_of([Plane(0.5)], View(SIZE, 0.5, 64), DISC)) == 1
