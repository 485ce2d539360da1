"""The shaders draw what the processor draws."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics import Lens
from anybokeh.optics.light import encode
from anybokeh.render import LayeredRenderer, ReachingRenderer, Scene, Shot, load_renderer
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.webgpu import adapters
from anybokeh.render.webgpu.device import Device
from anybokeh.render.webgpu.passes import FramePasses, Tables
from anybokeh.render.webgpu.renderer import WebGpuRenderer

from ..scenes import random_scene
from ..test_known_hidden import random_behind

ALLOWED = 2e-3, 1e-5
"""Largest and mean difference: one rounding may send a pixel to the next layer."""


def shot_of(seed: int, height: int, width: int, transfer: str = "srgb", frames: int = 1, **settings) -> Shot:
    scenes = [random_scene(seed + index, height, width) for index in range(frames)]
    pictures = np.stack([encode(scene.light, transfer).transpose(2, 0, 1) for scene in scenes])
    disparity = np.stack([scene.disparity for scene in scenes])
    scene = Scene(disparity, **settings.pop("scene", {}))
    return Shot(pictures, scene, transfer=transfer, **settings)


def assert_alike(shot: Shot, lens: Lens, device: Device) -> None:
    expected = LayeredRenderer(lens).render(shot)
    renderer = WebGpuRenderer(lens, device=device)
    result = renderer.render(shot)
    assert renderer.notes == []
    assert np.isfinite(result).all()
    difference = np.abs(result - expected) / max(1.0, float(np.abs(shot.frames).max()))
    assert difference.max() <= ALLOWED[0]
    assert difference.mean() <= ALLOWED[1]
    kept = [(one == shot.frames).all(1) for one in (expected, result)]
    assert (kept[0] == kept[1]).mean() > 0.998


@pytest.mark.parametrize(
    ("lens", "settings"),
    [
        (Lens(), {"focus": 0.9, "blur": 400, "range": 0.03}),
        (Lens(blades=6, rotation=15, roundness=0.3), {"focus": 0.1, "blur": 250, "transfer": "pq"}),
        (Lens(anamorphic=1.8, rim=-0.5), {"focus": 0.4, "blur": 200, "pixel_aspect": 1.4}),
        (Lens(cats_eye=0.8), {"focus": 0.5, "blur": 120, "transfer": "hlg"}),
        (Lens(axial_colour=0.05, field_curvature=0.2, spherical=0.6), {"focus": 0.5, "blur": 150}),
        pytest.param(
            Lens(astigmatism=0.8, barndoors=0.6, blades=5),
            {"focus": 0.4, "blur": 120},
            marks=pytest.mark.slow,
        ),
        (Lens(onion=0.8, dust=0.7, breathing=0.1), {"focus": 0.3, "blur": 200}),
        (Lens(highlight_strength=8, highlight_threshold=0.7), {"focus": 0.3, "blur": 200}),
        (Lens(), {"focus": 0.3, "blur": 300, "scene": {"soft": True}}),
    ],
)
def test_equals_the_renderer_of_the_processor(lens: Lens, settings: dict, device: Device) -> None:
    assert_alike(shot_of(11, 45, 61, **settings), lens, device)


def test_an_aperture_from_a_picture(tmp_path: Path, device: Device) -> None:
    file = tmp_path / "aperture.png"
    picture = np.zeros((64, 64), np.uint8)
    cv2.fillPoly(picture, [np.array([[5, 60], [60, 50], [20, 5]])], 255)
    cv2.imwrite(str(file), picture)
    assert_alike(shot_of(12, 40, 50, focus=0.5, blur=200), Lens(image=file), device)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3), (7, 8), (33, 17)])
@pytest.mark.parametrize("blur", [0, 400])
def test_tiny_and_odd_sizes(size: tuple[int, int], blur: float, device: Device) -> None:
    assert_alike(shot_of(13, *size, focus=0.4, blur=blur), Lens(), device)


@pytest.mark.parametrize("lens", [Lens(), Lens(axial_colour=0.05, breathing=0.1)])
def test_where_near_blur_reaches(lens: Lens, device: Device) -> None:
    shot = shot_of(21, 31, 42, focus=0.3, blur=200)
    _, expected = LayeredRenderer(lens).render_with_reach(shot, reach=True)
    renderer = WebGpuRenderer(lens, device=device)
    assert isinstance(renderer, ReachingRenderer)
    _, found = renderer.render_with_reach(shot, reach=True)
    assert expected is not None and found is not None
    assert expected.max() > 0.5
    assert np.abs(found - expected).max() < 1e-3
    assert renderer.render_with_reach(shot)[1] is None


def test_several_frames_each_with_its_own_focus(device: Device) -> None:
    shot = shot_of(20, 31, 42, frames=3, focus=[0.2, 0.5, 1.0], blur=[0, 80, 300], range=[0, 0.02, 0])
    assert_alike(shot, Lens(), device)


@pytest.mark.parametrize("channels", [1, 3])
def test_linear_light_beyond_white_and_radiance(channels: int, device: Device) -> None:
    shot = shot_of(30, 40, 50, transfer="linear", focus=0.3, blur=200)
    radiance = np.where(shot.frames > 0.5, 40, 1)
    radiance = radiance.max(1) if channels == 1 else radiance
    scene = Scene(shot.disparity, radiance, highlights=np.full_like(shot.disparity, 0.5))
    shot = Shot(shot.frames * 3, scene, 0.3, 200, transfer="linear")
    assert_alike(shot, Lens(highlight_strength=2, highlight_threshold=0.6), device)


@pytest.mark.parametrize("lens", [Lens(), Lens(field_curvature=0.3, axial_colour=0.05)])
def test_hidden_surfaces_that_are_known(lens: Lens, device: Device) -> None:
    shot = shot_of(4, 40, 56, focus=0.4, blur=300)
    behind = random_behind(4, 40, 56, shot.disparity[0])
    shot = replace(shot, scene=replace(shot.scene, hidden=(behind,)))
    assert_alike(shot, lens, device)


def test_an_odd_line_at_the_border_is_mended(device: Device) -> None:
    shot = shot_of(5, 40, 56, focus=0.9, blur=300)
    shot.frames[:, :, 0], shot.frames[..., -1] = 1, 1
    assert_alike(shot, Lens(), device)


def test_the_same_shot_gives_the_same_bits(device: Device) -> None:
    shot = shot_of(40, 50, 70, focus=0.3, blur=200)
    renderer = WebGpuRenderer(device=device)
    assert np.array_equal(renderer.render(shot), renderer.render(shot))


def test_pixels_in_focus_stay_exactly_as_they_were(device: Device) -> None:
    shot = shot_of(50, 60, 80, focus=0.1, blur=100, range=0.1)
    shot.frames[:, :, 50:, :3] = np.float32(1e-40)
    result, expected = WebGpuRenderer(device=device).render(shot), LayeredRenderer().render(shot)
    kept = (expected == shot.frames).all(1)
    assert kept.sum() > 200
    assert (result == shot.frames).all(1)[kept].mean() > 0.999


def test_context_is_left_out_and_tensors_come_back(device: Device) -> None:
    torch = pytest.importorskip("torch", reason="tensors need PyTorch")
    shot = shot_of(60, 20, 30, frames=3, focus=0.3, blur=100)
    frames, disparity = torch.from_numpy(shot.frames), torch.from_numpy(shot.disparity)
    result = WebGpuRenderer(device=device).render(Shot(frames, disparity, 0.3, 100, before=1, after=1))
    assert isinstance(result, torch.Tensor)
    assert tuple(result.shape) == (1, 3, 20, 30)


def test_work_in_strips_gives_the_same_picture(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = shot_of(70, 300, 30, focus=0.1, blur=500)
    renderer = WebGpuRenderer(device=device)
    whole = renderer.render(shot)
    monkeypatch.setattr(device, "largest_buffer", 300 * 30 * 16 * 3 // 2)
    assert np.abs(renderer.render(shot) - whole).max() < 1e-5
    assert renderer.notes == []


def test_the_processor_renders_what_does_not_fit(own_device: Device) -> None:
    shot = shot_of(71, 40, 50, focus=0.5, blur=100)
    own_device.largest_buffer = 1000
    renderer = WebGpuRenderer(device=own_device)
    assert np.array_equal(renderer.render(shot), LayeredRenderer().render(shot))
    assert renderer.notes[0].startswith("rendered on the processor, as the graphics card could not: ")


def test_pictures_that_are_too_wide_do_not_fit(device: Device) -> None:
    with pytest.raises(MemoryError, match="a picture of 70000x2: the device draws 65535 at most a side"):
        FramePasses(device, 2, 70000, Tables(device, kernel_bank(Lens())))


def test_the_processor_goes_on_when_the_device_is_lost(own_device: Device) -> None:
    shot = shot_of(72, 16, 20, focus=0.5, blur=100)
    renderer = WebGpuRenderer(device=own_device)
    own_device.close()
    assert np.array_equal(renderer.render(shot), LayeredRenderer().render(shot))
    assert len(renderer.notes) == 1
    renderer.render(shot)
    assert len(renderer.notes) == 1


def test_the_processor_goes_on_when_a_result_does_not_come(
    own_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise RuntimeError("Could not map buffer")

    shot = shot_of(73, 8, 9, focus=0.5, blur=100)
    renderer = WebGpuRenderer(device=own_device)
    monkeypatch.setattr(own_device._device.queue, "read_buffer", lose)
    assert np.array_equal(renderer.render(shot), LayeredRenderer().render(shot))
    expected = "rendered on the processor, as the graphics card could not: Could not map buffer"
    assert renderer.notes == [expected]


def test_a_picture_that_was_not_drawn_is_noticed(own_device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = shot_of(74, 8, 9, focus=0.5, blur=100)
    renderer = WebGpuRenderer(device=own_device)
    renderer.render(shot)
    monkeypatch.setattr(FramePasses, "finish", lambda *_: None)
    assert np.array_equal(renderer.render(shot), LayeredRenderer().render(shot))
    assert renderer.notes[0].endswith("could not: the device did not draw the picture")


def test_what_is_kept_on_a_device_serves_every_frame(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    shots = [shot_of(80 + one, 24, 30, focus=focus, blur=200) for one, focus in enumerate((0.1, 0.5, 0.9))]
    expected = [WebGpuRenderer(device=device).render(shot) for shot in shots]
    renderer = WebGpuRenderer(device=device)
    renderer.render(shots[0])
    groups = len(device._groups)
    for _ in range(3):
        assert all(
            np.array_equal(renderer.render(shot), one) for shot, one in zip(shots, expected, strict=True)
        )
    assert len(device._groups) < 2 * groups
    monkeypatch.setattr("anybokeh.render.webgpu.device._KEPT", 3)
    assert all(np.array_equal(renderer.render(shot), one) for shot, one in zip(shots, expected, strict=True))


def test_renderers_share_a_device(device: Device) -> None:
    shot = shot_of(90, 24, 30, focus=0.3, blur=200)
    lenses = [Lens(), Lens(blades=3, roundness=0)]
    expected = [LayeredRenderer(lens).render(shot) for lens in lenses]
    assert np.abs(expected[0] - expected[1]).max() > 0.02
    renderers = [WebGpuRenderer(lens, device=device) for lens in lenses]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda one: one.render(shot), renderers * 3))
    for result, picture in zip(results, expected * 3, strict=True):
        assert np.abs(result - picture).max() < ALLOWED[0]


def test_a_device_of_pytorch_leaves_the_layered_renderer_to_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anybokeh.runtime.device.choose_device", lambda device: device)
    monkeypatch.setattr(adapters, "adapters", list)
    assert isinstance(load_renderer(device="cuda"), LayeredRenderer)


@pytest.mark.usefixtures("device")
def test_a_driver_in_software_is_taken_only_by_its_name() -> None:
    assert isinstance(load_renderer(device="webgpu"), WebGpuRenderer)
    if not any(map(adapters.is_card, adapters.adapters())):
        assert not isinstance(load_renderer(device="auto"), WebGpuRenderer)


def test_without_wgpu_auto_takes_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wgpu", None)
    monkeypatch.setattr("anybokeh.render.find_spec", lambda name: None)
    assert not isinstance(load_renderer(device="auto"), WebGpuRenderer)
    with pytest.raises(InputError, match=r"device webgpu needs wgpu: pip install 'anybokeh\[gpu\]'"):
        load_renderer(device="webgpu")


def test_without_a_driver_auto_takes_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "adapters", list)
    monkeypatch.setattr("anybokeh.render.find_spec", lambda name: True)
    assert load_renderer(device="auto").notes == ()
    with pytest.raises(InputError, match="finds no Vulkan, Metal or DirectX 12 driver"):
        load_renderer(device="webgpu")


@pytest.fixture
def card_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system has the driver of a card."""
    monkeypatch.setattr("anybokeh.render.webgpu.card_drivers.may_have_card", lambda: True)


def test_without_the_driver_of_a_card_adapters_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "adapters", lambda: [BrokenCard()])
    monkeypatch.setattr("anybokeh.render.find_spec", lambda name: True)
    monkeypatch.setattr("anybokeh.render.webgpu.card_drivers.may_have_card", lambda: False)
    assert load_renderer(device="auto").notes == ()
    with pytest.raises(InputError, match="device webgpu does not open"):
        load_renderer(device="webgpu")


class BrokenCard:
    """An adapter that does not open."""

    info: ClassVar = {"device": "Card", "adapter_type": "DiscreteGPU", "backend_type": "Vulkan"}

    def request_device_sync(self) -> None:
        raise RuntimeError("where it was\nno room")


@pytest.mark.usefixtures("card_driver")
def test_a_card_that_does_not_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "adapters", lambda: [BrokenCard()])
    monkeypatch.setattr("anybokeh.render.find_spec", lambda name: True)
    why = "Card (DiscreteGPU, Vulkan): no room"
    renderer = load_renderer(device="auto")
    assert isinstance(renderer, LayeredRenderer)
    assert renderer.notes == (f"rendered on the processor, as the graphics card did not open: {why}",)
    with pytest.raises(InputError, match=re.escape(f"device webgpu does not open ({why})")):
        load_renderer(device="webgpu")


def test_after_an_adapter_that_does_not_open_the_next_is_tried(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [BrokenCard(), *adapters.adapters()]
    monkeypatch.setattr(adapters, "adapters", lambda: found)
    assert isinstance(adapters.open_device(software=True), Device)


@pytest.mark.usefixtures("card_driver")
def test_a_broken_library_leaves_auto_to_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("the library does not load")

    monkeypatch.setattr(adapters, "adapters", fail)
    monkeypatch.setattr("anybokeh.render.find_spec", lambda name: True)
    assert load_renderer(device="auto").notes[0].endswith("did not open: the library does not load")
    with pytest.raises(InputError, match="does not open"):
        load_renderer(device="webgpu")
