"""Optical flow, its differences, and flicker along it."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.evaluation.metrics.dis_flow import dis_flow
from anybokeh.evaluation.metrics.flow_difference import flow_difference, flows
from anybokeh.evaluation.metrics.raft_flow import raft_flow
from anybokeh.evaluation.metrics.unavailable import Unavailable
from anybokeh.evaluation.metrics.warped_flicker import consistent, warp, warped_flicker


def moving(shift: tuple[int, int] = (2, 3), frames: int = 3) -> np.ndarray:
    """Texture that moves by (down, right) pixels a frame, (frames, 3, 72, 96)."""
    rng = np.random.default_rng(4)
    world = cv2.GaussianBlur(rng.random((120, 160, 3)), (0, 0), 2.5)
    world = (world - world.min()) / np.ptp(world)
    cuts = [
        world[24 - i * shift[0] : 96 - i * shift[0], 32 - i * shift[1] : 128 - i * shift[1]]
        for i in range(frames)
    ]
    return np.stack(cuts).transpose(0, 3, 1, 2).astype(np.float32)


def test_dis_flow_finds_the_shift() -> None:
    clip = moving((2, 3))
    inner = dis_flow(clip[0], clip[1])[:, 12:-12, 12:-12]
    assert np.median(inner[0]) == pytest.approx(3, abs=0.1)
    assert np.median(inner[1]) == pytest.approx(2, abs=0.1)


def test_flow_difference_is_the_mean_length() -> None:
    truth = np.zeros((2, 2, 10, 12), np.float32)
    result = truth.copy()
    result[0, 0], result[0, 1] = 3, 4  # length 5 in one of two
    assert flow_difference(result, truth) == pytest.approx(2.5)


def test_flow_difference_tells_motions_apart() -> None:
    truth = flows(moving((0, 2)), dis_flow)
    assert flow_difference(truth, truth) == 0
    assert flow_difference(flows(moving((0, -1)), dis_flow), truth) == pytest.approx(3, abs=0.5)


def test_warping_undoes_the_motion() -> None:
    clip = moving((2, 3))
    back = np.empty((2, 72, 96), np.float32)
    back[0], back[1] = -3, -2
    moved = warp(clip[0], back)
    assert np.abs(moved - clip[1])[:, 2:, 3:].max() < 1e-5


def test_consistency_drops_what_has_no_way_back() -> None:
    forward, backward = (np.full((2, 40, 50), value, np.float32) for value in (4, -4))
    forward[:, 10:20, 10:20] = 0  # from here the way forth does not undo the way back
    known = consistent(forward, backward)
    assert not known[:4].any() and not known[:, :4].any()  # from beyond the frame
    assert not known[15:23, 15:23].any()
    assert known[30:, 30:].all()


def test_flicker_along_the_motion_is_that_of_the_result_alone() -> None:
    clip = moving((2, 3), frames=4)
    forward, backward = flows(clip, dis_flow), flows(clip[::-1], dis_flow)[::-1]
    steady = warped_flicker(clip, forward, backward)
    assert steady < 1.0
    pulsing = clip + np.float32([0, 0.04, 0, 0.04])[:, None, None, None]
    assert warped_flicker(pulsing, forward, backward) == pytest.approx(0.04 * 255, abs=1.0)
    unmoved = warped_flicker(clip, 0 * forward, 0 * backward)
    assert unmoved > 5 * steady


def test_raft_says_why_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("anybokeh.evaluation.metrics.raft_flow.find_spec", lambda name: None)
    assert isinstance(raft_flow(tmp_path), Unavailable)
    pytest.importorskip("torch")
    monkeypatch.setattr("anybokeh.evaluation.metrics.raft_flow.find_spec", lambda name: object())
    missing = raft_flow(tmp_path)
    assert isinstance(missing, Unavailable)
    assert "raft_large.safetensors" in missing.reason


def test_raft_gets_what_it_expects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a stand-in for torchvision: values in [-1, 1], whole eights, the last iteration, cropped."""
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    seen = []

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gain = torch.nn.Parameter(torch.zeros(1))

        def forward(self, one, other):
            seen.append((one.shape, float(one.min()), float(one.max())))
            return [one[:, :2] * 0, (other - one)[:, :2] * self.gain]

    module = types.ModuleType("torchvision.models.optical_flow")
    module.raft_large = lambda weights: Network()  # type: ignore[attr-defined]
    for name in ("torchvision", "torchvision.models"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "torchvision.models.optical_flow", module)
    monkeypatch.setattr("anybokeh.evaluation.metrics.raft_flow.find_spec", lambda name: object())
    safetensors.save_file({"gain": torch.tensor([0.5])}, tmp_path / "raft_large.safetensors")
    flow = raft_flow(tmp_path)
    assert not isinstance(flow, Unavailable)
    black, white = np.zeros((3, 100, 141), np.float32), np.ones((3, 100, 141), np.float32)
    found = flow(black, white)
    assert found.shape == (2, 100, 141)
    assert (found == 1).all()  # 0.5 * (1 - -1)
    assert seen == [((1, 3, 128, 144), -1.0, -1.0)]
