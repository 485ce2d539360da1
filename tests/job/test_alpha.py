"""Alpha is blurred with its surface, and colours that were multiplied by it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from anybokeh.clip import Frame
from anybokeh.clip.pixels import to_frames, to_pixels
from anybokeh.job.rendered import part_of, rendered_frames
from anybokeh.optics import light
from anybokeh.optics.lens import Lens
from anybokeh.render import LayeredRenderer
from anybokeh.shot import Behind, Scene, Shot

SIZE = 64


def frame(colour: np.ndarray, alpha: np.ndarray | None) -> Frame:
    return Frame(0, Fraction(0), None, colour, alpha)


def render(
    one: Frame, disparity: np.ndarray, focus: float, transfer: str = "srgb", lens: Lens | None = None
) -> Frame:
    shot = Shot(to_frames(one.pixels)[None], disparity[None], focus, 64.0, transfer=transfer)
    (result,) = rendered_frames(LayeredRenderer(lens or Lens()), part_of([one], shot, [one]), lens)
    return result


def cut_out(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """White in a transparent surrounding whose hidden colour is black, and its alpha."""
    top = np.iinfo(dtype).max
    inside = np.zeros((SIZE, SIZE), bool)
    inside[20:44, 20:44] = True
    return np.repeat(np.where(inside, top, 0).astype(dtype)[..., None], 3, axis=2), (inside * top).astype(
        dtype
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_blurred_cut_out_keeps_its_colour_to_the_rim(dtype: type) -> None:
    colour, alpha = cut_out(dtype)
    flat = np.full((SIZE, SIZE), 0.5, np.float32)
    result = render(frame(colour, alpha), flat, 1.0)
    top = np.iinfo(dtype).max
    assert result.alpha is not None and result.alpha.dtype == dtype
    rim = (result.alpha > 0.02 * top) & (result.alpha < 0.98 * top)
    assert rim.sum() > 200
    assert result.pixels[rim].min() >= 0.99 * top
    # light is conserved: alpha is as much as before
    assert result.alpha.mean() == pytest.approx(alpha.mean(), rel=0.02)


def test_alpha_in_focus_is_left_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 1 << 16, (SIZE, SIZE, 3), np.uint16)
    alpha = rng.integers(0, 1 << 16, (SIZE, SIZE), np.uint16)
    result = render(frame(colour, alpha), np.full((SIZE, SIZE), 0.5, np.float32), 0.5)
    np.testing.assert_array_equal(result.pixels, colour)
    np.testing.assert_array_equal(result.alpha, alpha)


def test_opaque_alpha_is_as_none() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    ramp = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (SIZE, 1))
    opaque = np.full((SIZE, SIZE), 255, np.uint8)
    lens = Lens(highlight_strength=2.0)
    with_alpha, without = (render(frame(colour, a), ramp, 0.2, lens=lens) for a in (opaque, None))
    np.testing.assert_array_equal(with_alpha.pixels, without.pixels)
    np.testing.assert_array_equal(with_alpha.alpha, opaque)
    shot = Shot(to_frames(colour)[None], ramp[None], 0.2, 64.0)
    plain = to_pixels(LayeredRenderer(lens).render(shot)[0], np.dtype(np.uint8))
    np.testing.assert_array_equal(without.pixels, plain)


def test_highlights_do_not_make_alpha_more_than_it_is() -> None:
    colour, alpha = cut_out(np.uint8)
    flat = np.full((SIZE, SIZE), 0.5, np.float32)
    plain, bright = (
        render(frame(colour, alpha), flat, 1.0, lens=Lens(highlight_strength=s)) for s in (0.0, 5.0)
    )
    np.testing.assert_array_equal(plain.alpha, bright.alpha)


def test_floats_are_multiplied_already() -> None:
    """Over black, what is multiplied by alpha is the same picture with or without it."""
    rng = np.random.default_rng(0)
    alpha = rng.random((SIZE, SIZE)).astype(np.float32)
    colour = rng.random((SIZE, SIZE, 3)).astype(np.float32) * alpha[..., None]
    ramp = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (SIZE, 1))
    with_alpha, without = (render(frame(colour, a), ramp, 0.2, "linear") for a in (alpha, None))
    np.testing.assert_array_equal(with_alpha.pixels, without.pixels)
    assert with_alpha.alpha is not None
    grey = render(frame(np.repeat(alpha[..., None], 3, axis=2), None), ramp, 0.2, "linear")
    np.testing.assert_allclose(with_alpha.alpha, grey.pixels[..., 0], atol=1e-5)


def test_integers_and_floats_agree() -> None:
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 1 << 16, (SIZE, SIZE, 3), np.uint16)
    alpha = np.full((SIZE, SIZE), 20000, np.uint16)
    alpha[:, 30:] = 65535
    ramp = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (SIZE, 1))
    straight = render(frame(codes, alpha), ramp, 0.2)
    opacity = (alpha / 65535).astype(np.float32)
    multiplied = light.decode(codes / 65535, "srgb").astype(np.float32) * opacity[..., None]
    expected = render(frame(multiplied, opacity), ramp, 0.2, "linear")
    assert expected.alpha is not None
    found = light.decode(straight.pixels / 65535, "srgb") * (straight.alpha / 65535)[..., None]
    np.testing.assert_allclose(found, expected.pixels, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_highlights_of_what_is_partly_transparent_are_those_of_what_is_opaque(dtype: type) -> None:
    """A lamp behind glass of an even alpha: the light through it is a share, its colours are the same."""
    top = np.iinfo(dtype).max
    colour = np.full((SIZE, SIZE, 3), top // 8, dtype)
    colour[31:33, 31:33] = int(0.99 * top)
    flat = np.full((SIZE, SIZE), 0.5, np.float32)
    lens = Lens(highlight_strength=8, highlight_threshold=0.9)
    opaque = render(frame(colour, None), flat, 1.0, lens=lens)
    plain = render(frame(colour, None), flat, 1.0)
    assert opaque.pixels.max() > 1.2 * plain.pixels.max()
    for share in (0.5, 0.9):
        result = render(frame(colour, np.full((SIZE, SIZE), int(share * top), dtype)), flat, 1.0, lens=lens)
        difference = np.abs(result.pixels.astype(int) - opaque.pixels)[8:-8, 8:-8]
        assert difference.max() <= top / 100


def test_highlights_leave_what_is_in_focus_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 1 << 16, (SIZE, SIZE, 3), np.uint16)
    alpha = rng.integers(0, 1 << 16, (SIZE, SIZE), np.uint16)
    flat = np.full((SIZE, SIZE), 0.5, np.float32)
    result = render(frame(colour, alpha), flat, 0.5, lens=Lens(highlight_strength=4))
    np.testing.assert_array_equal(result.pixels, colour)
    np.testing.assert_array_equal(result.alpha, alpha)


@pytest.mark.parametrize("highlights", [0.0, 4.0])
def test_what_is_hidden_and_known_has_alpha_too(highlights: float) -> None:
    """Under an even alpha all around, colours are those of an opaque picture."""
    rng = np.random.default_rng(0)
    colour = rng.integers(60, 90, (SIZE, SIZE, 3), np.uint8)
    near = np.zeros((SIZE, SIZE), bool)
    near[:, 16:48] = True
    disparity = np.where(near, np.float32(0.9), np.float32(0.2))
    y, x = np.nonzero(near)
    count, lens = len(x), Lens(highlight_strength=highlights)

    def known(alpha: float) -> Behind:
        begins = np.searchsorted(y, np.arange(SIZE + 1)).astype(np.int32)
        green = np.tile(np.float32([0, 1, 0]), (count, 1))
        one = np.ones(count, np.float32)
        return Behind(begins, x.astype(np.int32), green, 0.2 * one, one, alpha * one)

    def rendered(alpha: float | None, behind: Behind | None) -> Frame:
        top = None if alpha is None else np.full((SIZE, SIZE), round(alpha * 255), np.uint8)
        one = frame(colour, top)
        scene = Scene(disparity[None], hidden=(behind,))
        shot = Shot(to_frames(colour)[None], scene, 0.2, 250.0)
        (result,) = rendered_frames(LayeredRenderer(lens), part_of([one], shot, [one]), lens)
        return result

    opaque, plain = rendered(None, known(1.0)), rendered(None, None)
    assert np.abs(opaque.pixels.astype(int) - plain.pixels).max() > 40
    half = rendered(0.5, known(128 / 255))
    # which pixel tells the colour of a side of an outline may turn on rounding
    off = np.abs(half.pixels.astype(int)[8:-8] - opaque.pixels[8:-8])
    assert (off > 6).mean() < 0.004 and off.max() < 40
    assert np.abs(half.alpha.astype(int) - 128).max() <= 2
    # behind what is half transparent nothing is: it is clearer where that shows
    clear = rendered(0.5, known(0.0))
    assert clear.alpha.min() < 100
