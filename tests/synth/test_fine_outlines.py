from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.synth.fine_outlines import KINDS, SIDE, fine_cut_out

SURFACE = np.full((8, 8, 3), 0.5, np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_outlines_are_soft(kind: str) -> None:
    picture = fine_cut_out(kind, np.random.default_rng(1), SURFACE)
    coverage = picture[..., 3]
    assert picture.shape == (SIDE, SIDE, 4)
    assert coverage.min() == 0
    assert coverage.max() == 1
    mixed = (coverage > 0.02) & (coverage < 0.98)
    assert mixed.sum() > 0.05 * (coverage > 0.02).sum()
    assert (picture[..., :3] <= 0.5 * coverage[..., None] + 1 / 255).all()


def test_seeds_decide() -> None:
    one, same, other = (fine_cut_out("fence", np.random.default_rng(seed), SURFACE) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(InputError, match="'beard': expected one of hair, fur, fence, glasses"):
        fine_cut_out("beard", np.random.default_rng(0), SURFACE)
