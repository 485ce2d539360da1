"""Disparity and metres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anybokeh.disparity import open_disparity
from anybokeh.disparity.metres import Metres, metres_of
from anybokeh.errors import InputError


def test_there_and_back() -> None:
    scale = Metres(0.1, 0.6)
    assert scale.nearness(scale.disparity(4.0)) == pytest.approx(1 / 4)
    assert [scale.disparity(one) for one in (10.0, 1 / 0.6)] == pytest.approx([0, 1])
    assert Metres(0.0, 1.0).disparity(np.inf) == 0


@pytest.mark.parametrize(("metres", "part"), [(1.0, "1 m is nearer.*1.67 to 10 m"), (20.0, "is farther")])
def test_what_the_depth_does_not_show(metres: float, part: str) -> None:
    with pytest.raises(InputError, match=part):
        Metres(0.1, 0.6).disparity(metres)


@pytest.mark.parametrize("normalise", [False, True])
def test_the_scale_of_maps_in_metres(tmp_path: Path, normalise: bool) -> None:
    depth = np.full((2, 8, 8), 8, np.float32)
    depth[:, :4] = 2
    source = open_disparity(saved(tmp_path, depth), depth_map="metric", normalise=normalise)
    scale = metres_of(source)
    assert scale is not None
    assert scale.low == pytest.approx(1 / 8 if normalise else 0)
    assert 1 / scale.nearness(source.read(1)) == pytest.approx(depth[1])


def saved(tmp_path: Path, depth: np.ndarray) -> Path:
    np.save(tmp_path / "z.npy", depth)
    return tmp_path / "z.npy"


def test_other_maps_tell_no_metres(tmp_path: Path) -> None:
    """Integers of depth count in some unit, and disparity in none."""
    millimetres = saved(tmp_path, np.full((1, 4, 4), 2000, np.uint16))
    assert metres_of(open_disparity(millimetres, depth_map="metric")) is None
    assert metres_of(open_disparity(millimetres)) is None
    assert metres_of(object()) is None
