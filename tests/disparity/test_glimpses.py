"""Optical flow between small views is kept for who asks next."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity import glimpses
from anybokeh.disparity.glimpses import Flows


def picture(shift: int, seed: int = 0) -> np.ndarray:
    blobs = np.random.default_rng(seed).random((12, 40, 3)).repeat(4, 0).repeat(4, 1)
    return (255 * np.roll(blobs, shift, axis=1)[:, 40:120]).astype(np.uint8)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    calls, real = [], glimpses._flow
    monkeypatch.setattr(glimpses, "_flow", lambda *pair: calls.append(None) or real(*pair))
    return calls


def test_flow_follows_what_moves() -> None:
    found = Flows().between(picture(0), picture(2))
    assert found is not None
    forward, backward, _ = found
    assert np.median(forward[8:-8, 8:-8, 0]) == pytest.approx(2, abs=0.3)
    assert np.median(backward[8:-8, 8:-8, 0]) == pytest.approx(-2, abs=0.3)


def test_there_is_none_across_a_cut() -> None:
    assert Flows().between(picture(0), picture(0, seed=1)) is None


def test_who_asks_again_gets_the_same(computed: list[None]) -> None:
    flows = Flows()
    first = flows.between(picture(0), picture(1))
    flows.between(picture(1), picture(2))
    assert flows.between(picture(0), picture(1)) is first
    assert len(computed) == 2


def test_only_the_last_ones_are_kept(computed: list[None]) -> None:
    flows = Flows()
    for index in range(glimpses._KEPT + 1):
        flows.between(picture(index), picture(index + 1))
    assert len(flows._kept) == glimpses._KEPT
    flows.between(picture(0), picture(1))
    assert len(computed) == glimpses._KEPT + 2
