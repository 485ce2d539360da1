"""Maps carried from key frames, on pans whose disparity is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pytest

from anybokeh.disparity.carrying import KeyFramed
from anybokeh.disparity.key_frames import KeyFrameSettings
from disparity.test_key_frames import HEIGHT, WIDTH, panned

STEPS = range(0, 60, 2)
MIDDLE = np.s_[:, 8:-8, 16:-16]


def slopes(steps: Iterable[int]) -> np.ndarray:
    """Disparity of the world of `panned`, (frames, HEIGHT, WIDTH): it falls to the right, and downwards."""
    across = np.arange(4 * WIDTH, dtype=np.float32) / (4 * WIDTH)
    down = np.arange(HEIGHT, dtype=np.float32)[:, None] / HEIGHT
    world = 1 - across - 0.3 * down
    return np.stack([world[:, step : step + WIDTH] for step in steps])


class Given:
    """A network that knows its maps, each changed in its own way. batch: pictures it takes at once."""

    name = "given"
    identity = "given"

    def __init__(self, pictures: Sequence[np.ndarray], maps: np.ndarray, batch: int = 1) -> None:
        self.looked_at: list[int] = []
        self.taken = 0
        self._index = {id(picture): index for index, picture in enumerate(pictures)}
        self._maps = maps
        self._batch = batch

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        waiting: list[int] = []
        for picture in pictures:
            waiting.append(self._index[id(picture)])
            if len(waiting) == self._batch:
                yield from self._found(waiting)
                waiting = []
        yield from self._found(waiting)

    def _found(self, indices: list[int]) -> list[np.ndarray]:
        self.looked_at += indices
        return [self._maps[index] for index in indices]


def carried(
    pictures: Sequence[np.ndarray], maps: np.ndarray, batch: int = 1, longest: int = 12
) -> tuple[np.ndarray, list[int]]:
    network = Given(pictures, maps, batch)
    found = KeyFramed(network, KeyFrameSettings(longest)).estimate(iter(pictures))
    return np.stack(list(found)), network.looked_at


def test_maps_move_with_the_picture() -> None:
    exact = slopes(STEPS)
    found, looked_at = carried(panned(STEPS), exact)
    assert len(found) == len(exact) and len(looked_at) < len(exact) / 4
    assert np.abs(found - exact)[MIDDLE].mean() < 0.003
    # a map that stays where it was is far off
    held = exact[[max(key for key in looked_at if key <= index) for index in range(len(exact))]]
    assert np.abs(held - exact)[MIDDLE].mean() > 0.01


def test_scale_and_shift_of_single_maps_do_not_show() -> None:
    exact = slopes(STEPS)
    rng = np.random.default_rng(0)
    gains, offsets = 1 + 0.2 * rng.standard_normal((2, len(exact), 1, 1)).astype(np.float32)
    maps = 7 * (gains * exact + offsets)
    found, _ = carried(panned(STEPS), maps)
    # what changes from frame to frame, on one scale for the clip
    change = np.abs(np.diff(found, axis=0) - 7 * gains[0] * np.diff(exact, axis=0))[MIDDLE].mean((1, 2))
    before = np.abs(np.diff(maps, axis=0))[MIDDLE].mean((1, 2))
    assert change.max() < 0.08 * before.max()


def test_a_scale_of_one_map_is_forgotten_in_the_end() -> None:
    still = panned([0] * 200)
    maps = np.repeat(slopes([0]), 200, axis=0)
    maps[0] *= 2
    found, _ = carried(still, maps, longest=4)
    np.testing.assert_allclose(found[0], 2 * maps[1], rtol=1e-5)
    assert np.abs(found[5] - 2 * maps[1]).mean() < 0.3 * np.abs(maps[1]).mean()
    np.testing.assert_allclose(found[-1], maps[1], atol=0.02)


def test_nothing_crosses_a_cut() -> None:
    pictures = [*panned(range(7)), *panned(range(7), seed=1)]
    maps = np.concatenate([slopes(range(7)), 5 + 3 * slopes(range(7))])
    found, looked_at = carried(pictures, maps)
    assert looked_at == [0, 7]
    assert np.abs(found - maps)[MIDDLE].mean() < 0.01


@pytest.mark.parametrize("batch", [2, 5])
def test_the_result_does_not_depend_on_how_many_pictures_a_network_takes(batch: int) -> None:
    exact = slopes(STEPS)
    np.testing.assert_array_equal(
        carried(panned(STEPS), exact, batch)[0], carried(panned(STEPS), exact, 1)[0]
    )


def test_maps_may_have_another_size_than_pictures() -> None:
    exact = slopes(STEPS)
    small = exact[:, ::2, ::2]
    found, _ = carried(panned(STEPS), small)
    assert found.shape == small.shape
    assert np.abs(found - small)[:, 4:-4, 8:-8].mean() < 0.005


def test_frames_come_as_soon_as_their_key_frames_are_known() -> None:
    taken = 0

    def counted(pictures: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        nonlocal taken
        for picture in pictures:
            taken += 1
            yield picture

    pictures = panned([0] * 40)
    network = Given(pictures, np.repeat(slopes([0]), 40, axis=0))
    for done, _ in enumerate(KeyFramed(network, KeyFrameSettings(4)).estimate(counted(pictures)), 1):
        assert taken <= done + 4
    assert taken == 40


@pytest.mark.parametrize("shade", [np.zeros_like, np.ones_like])
def test_flat_pictures_and_maps(shade: Callable[[np.ndarray], np.ndarray]) -> None:
    pictures = [np.full((HEIGHT, WIDTH, 3), 90, np.uint8) for _ in range(9)]
    maps = shade(slopes(range(9)))
    found, _ = carried(pictures, maps, longest=3)
    np.testing.assert_allclose(found, maps, atol=1e-6)


def test_no_pictures() -> None:
    assert list(KeyFramed(Given([], slopes([0]))).estimate(iter([]))) == []


def test_identity_names_network_and_settings() -> None:
    network = Given([], slopes([0]))
    assert KeyFramed(network, KeyFrameSettings(4)).identity != KeyFramed(network).identity
    assert "given" in KeyFramed(network).identity
