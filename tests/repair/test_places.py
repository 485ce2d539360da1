"""The fast kernel gathers the same inputs as its plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.repair.places import DIRECTIONS, PLACE, PLACES, RINGS, Around, directions, gather_places


def plain(maps: list[np.ndarray], y: int, x: int, far: float, scaled: float) -> tuple[list[int], np.ndarray]:
    """First direction and way on of one pixel, and the inputs of its places, (PLACES, PLACE)."""
    given, loose, odds, *channels = maps
    height, width = given.shape

    def there(ring: int, number: int) -> tuple[int, int]:
        down, across = DIRECTIONS[number % 8]
        return min(max(y + ring * down, 0), height - 1), min(max(x + ring * across, 0), width - 1)

    def share(one: np.ndarray, place: tuple[int, int]) -> float:
        return float(np.clip((one[place] - far) * scaled, -0.5, 1.5))

    nearness = [
        sum(int(np.floor(8 * share(given, there(ring, number)) + 0.5)) for ring in RINGS)
        for number in range(8)
    ]
    weights = [2 * nearness[one] + nearness[(one + 1) % 8] + nearness[one - 1] for one in range(8)]
    first = int(np.argmax(weights))
    ahead, behind = (sum(nearness[(first + way * step) % 8] for step in (1, 2, 3)) for way in (1, -1))
    way = 1 if ahead >= behind else -1
    values = []
    for ring in RINGS:
        for step in range(8):
            place = there(ring, first + way * step)
            apart = sum(abs(float(one[place]) - float(one[y, x])) for one in channels)
            values.append([share(given, place), share(loose, place), min(2 * apart, 2), odds[place] / 2])
    return [first, int(way < 0)], np.array(values)


@pytest.mark.parametrize("shape", [(30, 40), (9, 5)])
def test_kernel_and_plain_twin_agree(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    maps = [rng.random(shape, np.float32) for _ in range(6)]
    # some of the shares are clipped
    far, scaled = rng.uniform(0, 0.4, 50).astype(np.float32), rng.uniform(1, 4, 50).astype(np.float32)
    y, x = (rng.integers(0, length, 50).astype(np.int32) for length in shape)
    around = Around(*maps)
    at = around.at(y, x)
    order = directions(around, at, far, scaled)
    own, chosen = rng.random((50, 3), np.float32), rng.permutation(50)[:40]
    inputs = np.full((40, 3 + PLACES * PLACE + 2), 7, np.float32)
    gather_places(around, chosen, at, far, scaled, order, own, inputs)
    np.testing.assert_array_equal(inputs[:, :3], own[chosen])
    assert (inputs[:, -2:] == 7).all()
    for row, index in zip(inputs, chosen, strict=True):
        expected, expected_values = plain(maps, y[index], x[index], far[index], scaled[index])
        assert order[index].tolist() == expected
        np.testing.assert_allclose(row[3:-2], expected_values.ravel(), atol=1e-5)
