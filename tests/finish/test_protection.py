from __future__ import annotations

from fractions import Fraction

import numpy as np

from anybokeh.clip import Frame
from anybokeh.finish.bars import Inside
from anybokeh.finish.protection import Protection

SHAPE = 40, 60


class Same:
    """One mask for all frames."""

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask

    def read(self, index: int) -> np.ndarray:
        return self.mask


def frame(alpha: bool = False) -> Frame:
    rng = np.random.default_rng(0)
    pixels = rng.integers(60, 90, (*SHAPE, 3), np.uint8)
    pixels[10:16, 20:40] = 255
    return Frame(3, Fraction(0), None, pixels, rng.integers(0, 255, SHAPE, np.uint8) if alpha else None)


def title() -> np.ndarray:
    mask = np.zeros(SHAPE, np.float32)
    mask[10:16, 20:40] = 1
    mask[16, 20:40] = 0.5
    return mask


def test_without_anything_the_frame_is_rendered_as_it_is() -> None:
    one = frame()
    assert not Protection() and Protection().rendered_part(one) is one


def test_bars_are_cut_off_and_put_back() -> None:
    whole, protection = frame(alpha=True), Protection(Inside(4, 36, 5, 50))
    part = protection.rendered_part(whole)
    assert part.pixels.shape == (32, 45, 3) and part.alpha is not None and part.alpha.shape == (32, 45)
    back = protection.restored(whole, part)
    assert np.array_equal(back.pixels, whole.pixels) and np.array_equal(back.alpha, whole.alpha)
    assert protection.disparity(np.zeros(SHAPE, np.float32), 0).shape == (32, 45)


def test_titles_are_filled_in_and_laid_over() -> None:
    whole, protection = frame(), Protection(masks=Same(title()))
    part = protection.rendered_part(whole)
    assert part.pixels.max() < 95
    black = Frame(3, Fraction(0), None, np.zeros_like(part.pixels))
    back = protection.restored(whole, black).pixels
    assert (back[10:16, 20:40] == 255).all()
    assert not back[20:].any() and not back[:8].any()
    assert np.abs(back[16, 20:40] - whole.pixels[16, 20:40] / 2).max() <= 1


def test_what_a_title_has_of_disparity_is_filled_in() -> None:
    disparity = np.full(SHAPE, 0.3, np.float32)
    disparity[10:16, 20:40] = 0.9
    filled = Protection(masks=Same(title())).disparity(disparity, 0)
    assert np.allclose(filled, 0.3, atol=1e-3)


def test_a_mask_of_everything_keeps_the_frame() -> None:
    whole, protection = frame(), Protection(masks=Same(np.ones(SHAPE, np.float32)))
    black = Frame(3, Fraction(0), None, np.zeros_like(protection.rendered_part(whole).pixels))
    assert np.array_equal(protection.restored(whole, black).pixels, whole.pixels)
