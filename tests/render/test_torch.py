"""The PyTorch renderer draws what the numba renderer draws."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.optics.light import encode
from anybokeh.render import LayeredRenderer, Scene, Shot

from .scenes import random_scene

torch = pytest.importorskip("torch", reason="the PyTorch renderer needs PyTorch")


def _difference(shot: Shot, lens: Lens) -> np.ndarray:
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    return np.abs(TorchLayeredRenderer(lens, "cpu").render(shot) - LayeredRenderer(lens).render(shot))


def _shot(seed: int, height: int, width: int, transfer: str = "srgb", frames: int = 1, **settings) -> Shot:
    scenes = [random_scene(seed + index, height, width) for index in range(frames)]
    pictures = np.stack([encode(scene.light, transfer).transpose(2, 0, 1) for scene in scenes])
    return Shot(pictures, np.stack([scene.disparity for scene in scenes]), transfer=transfer, **settings)


@pytest.mark.parametrize(
    ("lens", "settings"),
    [
        (Lens(), {"focus": 0.5, "blur": 60}),
        (Lens(), {"focus": 0.9, "blur": 400, "range": 0.03}),
        (Lens(blades=6, rotation=15, roundness=0.3), {"focus": 0.1, "blur": 250, "transfer": "pq"}),
        (Lens(anamorphic=1.8, rim=-0.5), {"focus": 0.4, "blur": 200, "pixel_aspect": 1.4}),
        (Lens(cats_eye=0.8), {"focus": 0.5, "blur": 120, "transfer": "hlg"}),
        (Lens(axial_colour=0.05, field_curvature=0.2, spherical=0.6), {"focus": 0.5, "blur": 150}),
        (Lens(astigmatism=0.8, barndoors=0.6, blades=6), {"focus": 0.4, "blur": 120, "pixel_aspect": 1.4}),
        (Lens(onion=0.8, dust=0.7, breathing=0.1), {"focus": 0.3, "blur": 200}),
        (Lens(highlight_strength=8, highlight_threshold=0.7), {"focus": 0.3, "blur": 200}),
    ],
)
def test_equals_the_numba_renderer(lens, settings):
    difference = _difference(_shot(11, 70, 97, **settings), lens)
    assert difference.max() <= 2e-3
    assert difference.mean() <= 1e-5


def test_coverage_of_what_is_near_is_the_same():
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    shot = _shot(11, 70, 97, frames=2, focus=[0.5, 0.2], blur=60)
    lens = Lens(axial_colour=0.05, breathing=0.1)
    _, expected = LayeredRenderer(lens).render_with_reach(shot, reach=True)
    _, found = TorchLayeredRenderer(lens, "cpu").render_with_reach(shot, reach=True)
    assert 0.1 < expected.mean() < 0.9
    assert np.abs(found - expected).max() <= 2e-3


def test_several_frames_each_with_its_own_focus():
    shot = _shot(20, 46, 61, frames=3, focus=[0.2, 0.5, 0.9], blur=[0, 80, 300], range=[0, 0.02, 0])
    assert _difference(shot, Lens()).max() <= 2e-3


def test_linear_light_beyond_white_and_radiance():
    shot = _shot(30, 46, 61, transfer="linear", focus=0.3, blur=200)
    radiance = np.where(shot.frames.max(1) > 0.7, 40, 1)
    shot = Shot(shot.frames * 3, Scene(shot.disparity, radiance), 0.3, 200, transfer="linear")
    assert _difference(shot, Lens()).max() <= 2e-3 * shot.frames.max()


def test_result_does_not_depend_on_how_the_work_is_divided(monkeypatch):
    from anybokeh.render import splat_torch
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    shot = _shot(40, 50, 40, focus=0.3, blur=200)
    whole = TorchLayeredRenderer(device="cpu").render(shot)
    monkeypatch.setattr(splat_torch, "_BAND_FLOATS", 1)
    monkeypatch.setattr(splat_torch, "_ENTRIES", 20000)
    assert np.abs(TorchLayeredRenderer(device="cpu").render(shot) - whole).max() < 1e-5


def test_pixels_in_focus_stay_exactly_as_they_were():
    shot = _shot(50, 60, 80, focus=0.1, blur=100, range=0.1)
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    fast, slow = LayeredRenderer().render(shot), TorchLayeredRenderer(device="cpu").render(shot)
    kept = (fast == shot.frames).all(1)
    assert kept.sum() > 200
    assert ((slow == shot.frames).all(1) == kept).mean() > 0.999


def test_takes_and_returns_tensors():
    from anybokeh.render.layered_torch import TorchLayeredRenderer

    shot = _shot(60, 20, 30, focus=0.3, blur=100)
    tensors = Shot(torch.from_numpy(shot.frames), torch.from_numpy(shot.disparity), torch.tensor(0.3), 100)
    result = TorchLayeredRenderer(device="cpu").render(tensors)
    assert isinstance(result, torch.Tensor)
    assert np.array_equal(result.numpy(), TorchLayeredRenderer(device="cpu").render(shot))
