"""The ray-traced truth obeys the formula of the circle of confusion and knows its own depth."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics.coc import circle_of_confusion
from anybokeh.synth.raytraced import (
    Camera,
    DepthRange,
    Quality,
    Surface,
    ThinLens,
    Tracer,
    View,
    aperture_radius,
    ball,
    card,
    floor,
    lens_for_blur,
    merge,
    plain,
    render_view,
    tube,
)
from anybokeh.synth.raytraced.lens import focal_length_pixels, radius_of_confusion
from anybokeh.synth.raytraced.surface_pictures import bleed_colours

FIELD_OF_VIEW = 40.0
AT_ORIGIN = Camera((0, 0, 0), (0, 0, -1), FIELD_OF_VIEW)


@pytest.fixture(scope="module", autouse=False)
def engine() -> None:
    """Skips where Mitsuba cannot run here."""
    from anybokeh.synth.raytraced.find_mitsuba import mitsuba

    try:
        mitsuba()
    except InputError as error:
        pytest.skip(str(error))


def test_disparity_runs_from_one_at_near_to_zero_at_far_and_back() -> None:
    depths = DepthRange(0.8, 25.0)
    assert depths.disparity(0.8) == pytest.approx(1)
    assert depths.disparity(25.0) == pytest.approx(0)
    values = np.array([0.8, 1.7, 6.0, 25.0])
    np.testing.assert_allclose(depths.depth(depths.disparity(values)), values)


def test_infinitely_far_is_disparity_zero() -> None:
    depths = DepthRange(2.0, np.inf)
    assert depths.disparity(np.inf) == 0
    assert depths.depth(0.0) == np.inf
    with pytest.raises(InputError, match="focal plane"):
        lens_for_blur(16, 0.0, FIELD_OF_VIEW, depths)


def test_depths_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="near"):
        DepthRange(3.0, 2.0)


def test_a_square_angle_of_view_has_a_focal_length_of_half_the_width() -> None:
    assert focal_length_pixels(90, 1000) == pytest.approx(500)


@pytest.mark.parametrize("width", [512, 1920])
def test_lens_geometry_gives_the_radius_that_k_stands_for(width: int) -> None:
    depths = DepthRange(1.0, 30.0)
    lens = lens_for_blur(24, 0.4, FIELD_OF_VIEW, depths)
    depth = np.array([1.0, 1.3, 2.4, 7.0, 30.0])
    by_k = circle_of_confusion(depths.disparity(depth), 0.4, 24, width)
    np.testing.assert_allclose(radius_of_confusion(depth, lens, FIELD_OF_VIEW, width), by_k, atol=1e-5)


def test_aperture_grows_with_blur() -> None:
    depths = DepthRange(1.0, 30.0)
    assert aperture_radius(32, 40, depths) == pytest.approx(2 * aperture_radius(16, 40, depths))


def test_a_card_stands_where_it_is_put_and_turns_about_its_middle() -> None:
    corners = card(plain(1, 1, 1), (1, 2, -3), 4, 2, yaw=90).vertices
    np.testing.assert_allclose(corners.mean(axis=0), (1, 2, -3))
    np.testing.assert_allclose(np.ptp(corners, axis=0), (0, 2, 4), atol=1e-12)


def test_a_tube_keeps_its_radius_around_its_path() -> None:
    path = np.stack([np.linspace(0, 3, 7), np.zeros(7), np.full(7, -2.0)], axis=-1)
    wire = tube(path, 0.1, plain(1, 1, 1))
    np.testing.assert_allclose(np.hypot(wire.vertices[:, 1], wire.vertices[:, 2] + 2), 0.1)


def test_merged_surfaces_keep_their_triangles() -> None:
    parts = [card(plain(1, 1, 1), (x, 0, -1), 1) for x in (0.0, 5.0)]
    whole = merge(parts)
    triangles = whole.vertices[whole.faces]
    np.testing.assert_allclose(triangles, np.concatenate([p.vertices[p.faces] for p in parts]))


def test_transparent_pixels_take_the_nearest_solid_colour() -> None:
    pytest.importorskip("scipy", reason="scipy comes with the extra `raytrace`")
    picture = np.zeros((1, 4, 4), dtype=np.float32)
    picture[0, 0] = (0.9, 0.5, 0.1, 1)
    bled = bleed_colours(picture)
    np.testing.assert_allclose(bled[0, :, :3], np.tile(picture[0, 0, :3], (4, 1)))
    np.testing.assert_array_equal(bled[..., 3], picture[..., 3])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("depth", "focus"), [(1.2, 0.2), (9.0, 0.7)])
def test_a_bright_dot_becomes_a_disc_of_the_stated_radius(depth: float, focus: float) -> None:
    depths, size = DepthRange(1.0, 20.0), (160, 160)
    blur, dot_pixels = 200.0, 3.0
    dot_radius = dot_pixels * depth / focal_length_pixels(FIELD_OF_VIEW, size[0])
    scene = Tracer([ball((0, 0, -depth), dot_radius, plain(9, 9, 9), steps=24)])
    lens = lens_for_blur(blur, focus, FIELD_OF_VIEW, depths)
    light = scene.picture(AT_ORIGIN, size, lens, Quality(least=256, most=256))[..., 0].astype(np.float64)
    y, x = np.indices(light.shape) + 0.5
    weight = light / light.sum()
    centre = (weight * x).sum(), (weight * y).sum()
    variance = (weight * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2)).sum() / 2
    # A uniform disc has a variance of r^2 / 4 on each axis; the dot and the pixel add their own.
    measured = 2 * np.sqrt(variance - dot_pixels**2 / 4 - 1 / 12)
    expected = blur * abs(float(depths.disparity(depth)) - focus) * size[0] / 1024
    assert measured == pytest.approx(expected, rel=0.02)
    np.testing.assert_allclose(centre, (80, 80), atol=0.3)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("depth", [1.3, 12.0])
def test_the_disc_is_even_and_has_a_sharp_edge_away_from_the_axis(depth: float) -> None:
    depths, size, blur, focus = DepthRange(1.0, 20.0), (160, 120), 200.0, 0.4
    pixels_per_unit = focal_length_pixels(FIELD_OF_VIEW, size[0]) / depth
    dot = ball((25 / pixels_per_unit, 15 / pixels_per_unit, -depth), 1 / pixels_per_unit, plain(50, 50, 50))
    lens = lens_for_blur(blur, focus, FIELD_OF_VIEW, depths)
    light = Tracer([dot]).picture(AT_ORIGIN, size, lens, Quality(least=1024, most=1024))[..., 0]
    y, x = np.indices(light.shape) + 0.5
    distance = np.hypot(x - (80 + 25), y - (60 - 15))
    radius = blur * abs(float(depths.disparity(depth)) - focus) * size[0] / 1024
    assert light[distance > radius + 2].max() == 0
    for inside in (distance < radius / 2, (distance >= radius / 2) & (distance < radius - 2)):
        for half in (x < 105, x > 105, y < 45, y > 45):
            assert light[inside & half].mean() == pytest.approx(50 / radius**2, rel=0.05)


@pytest.mark.usefixtures("engine")
def test_depth_is_measured_along_the_axis_at_pixel_centres() -> None:
    size = (64, 48)
    scene = Tracer([floor(plain(1, 1, 1), (-40, 40), (-60, 0), 10, y=-1)])
    depth = scene.geometry(AT_ORIGIN, size).depth
    rows = np.arange(30, 48) + 0.5 - size[1] / 2
    expected = focal_length_pixels(FIELD_OF_VIEW, size[0]) / rows
    np.testing.assert_allclose(depth[30:], np.tile(expected[:, None], (1, size[0])), rtol=1e-4)
    assert np.isinf(depth[:20]).all()


@pytest.mark.usefixtures("engine")
def test_depth_belongs_to_the_surface_that_covers_half_of_the_light() -> None:
    def veil(coverage: float) -> Surface:
        return card(np.array([[[1, 1, 1, coverage]]], dtype=np.float32), (0, 0, -2), 9, subject=True)

    wall = card(plain(0, 0, 0), (0, 0, -4), 9)
    for coverage, depth in ((0.4, 4.0), (0.6, 2.0)):
        geometry = Tracer([veil(coverage), wall]).geometry(AT_ORIGIN, (8, 8))
        np.testing.assert_allclose(geometry.depth, depth, rtol=1e-5)
        np.testing.assert_allclose(geometry.subject, coverage, rtol=1e-5)


@pytest.mark.usefixtures("engine")
def test_the_sharp_frame_is_the_picture_itself_and_focus_leaves_it_alone() -> None:
    rng = np.random.default_rng(4)
    blocks = np.concatenate([rng.random((6, 8, 3)), np.ones((6, 8, 1))], axis=-1).astype(np.float32)
    size, depth = (32, 24), 3.0
    width = 2 * depth * np.tan(np.radians(FIELD_OF_VIEW) / 2)
    scene = Tracer([card(blocks.repeat(16, axis=0).repeat(16, axis=1), (0, 0, -depth), width)])
    depths = DepthRange(1.0, 10.0)
    view = View(AT_ORIGIN, focus=float(depths.disparity(depth)), blur=64)
    truth = render_view(scene, view, size, depths)
    linear = blocks[..., :3].astype(np.float64)
    code = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    # Four pixels a block; the outer ones share bilinear texels with the next block.
    inside = truth.aif.reshape(6, 4, 8, 4, 3)[:, 1:3, :, 1:3]
    np.testing.assert_allclose(inside, np.broadcast_to(code[:, None, :, None], inside.shape), atol=1e-3)
    np.testing.assert_allclose(truth.bokeh, truth.aif, atol=0.02)
    np.testing.assert_allclose(truth.disparity, view.focus, atol=1e-4)


@pytest.mark.usefixtures("engine")
def test_seeds_repeat() -> None:
    scene = Tracer([ball((0, 0, -2), 0.5, plain(1, 0.5, 0.2))])
    lens = ThinLens(0.1, 3.0)
    quality = Quality(least=64, most=64, seed=3)
    first, again = (scene.picture(AT_ORIGIN, (24, 16), lens, quality) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = scene.picture(AT_ORIGIN, (24, 16), lens, Quality(least=64, most=64, seed=4))
    assert np.abs(first - other).max() > 0
