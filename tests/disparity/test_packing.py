"""Maps of integers wait as integers, and come back as they were."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity.packing import packed, unpacked
from anybokeh.disparity.values import as_float


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_integer_comes_back_in_half_of_the_memory(dtype: type) -> None:
    most = np.iinfo(dtype).max
    disparity = as_float(np.arange(most + 1, dtype=dtype).reshape(16, -1), "")
    kept = packed(disparity)
    assert kept.nbytes == disparity.nbytes // 2
    np.testing.assert_array_equal(unpacked(kept), disparity)


@pytest.mark.parametrize("place", [(0, 0), (5, 7)])
def test_values_in_between_stay_as_they_are(place: tuple[int, int]) -> None:
    disparity = np.full((20, 30), 0.2, np.float32)
    disparity[place] = np.nextafter(disparity[place], np.float32(1))
    assert unpacked(packed(disparity)) is disparity
