"""Connected pixels against OpenCV's, which goes through the whole picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.repair.components import components


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 1.0])
@pytest.mark.parametrize("shape", [(40, 57), (1, 30), (30, 1)])
def test_they_are_those_of_the_whole_picture(share: float, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(round(100 * share)).random(shape) < share
    y, x = np.nonzero(picture)
    found = components(y.astype(np.int32), x.astype(np.int32), shape)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(picture.view(np.uint8), connectivity=8)
    assert len(found.area) == count - 1
    # they may be numbered in another order
    label = np.zeros(len(found.area), int)
    label[found.of] = labels[y, x]
    assert np.array_equal(label[found.of], labels[y, x])
    assert np.array_equal(found.area, stats[label, cv2.CC_STAT_AREA])
    assert np.array_equal(found.extent, stats[label][:, [cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH]])
    assert found.centre == pytest.approx(centres[label][:, ::-1])


def test_they_are_numbered_as_they_begin() -> None:
    y, x = np.array([0, 0, 1, 2], np.int32), np.array([3, 9, 4, 0], np.int32)
    assert components(y, x, (3, 10)).of.tolist() == [0, 1, 0, 2]


def test_of_nothing_there_is_none() -> None:
    nothing = np.zeros(0, np.int32)
    assert len(components(nothing, nothing, (3, 4)).area) == 0
