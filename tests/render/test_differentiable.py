"""The differentiable twin draws what the layered renderer draws, and gradients are those of its pictures."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.optics.coc import REFERENCE_WIDTH
from anybokeh.optics.light import encode
from anybokeh.render import LayeredRenderer, Shot

from .scenes import random_scene

torch = pytest.importorskip("torch", reason="the differentiable renderer needs PyTorch")

from anybokeh.render.differentiable import SoftScene, blur_softly, encode_softly  # noqa: E402
from anybokeh.render.outlines_torch import find_torch_outlines  # noqa: E402

SIZE = 72
WIDTH = 512


def light_and_disparity(seed: int, kind=torch.float32):
    scene = random_scene(seed, SIZE, SIZE)
    return torch.tensor(scene.light.transpose(2, 0, 1), dtype=kind), torch.tensor(scene.disparity, dtype=kind)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return -10 * np.log10(np.mean((one - other) ** 2))


@pytest.mark.parametrize(
    ("lens", "focus", "blur"),
    [
        (Lens(), 0.5, 8),
        (Lens(), 0.2, 20),
        (Lens(), 0.5, 40),
        (Lens(blades=6, anamorphic=1.5), 0.1, 30),
        (Lens(spherical=0.8), 0.5, 30),
        (Lens(blades=3), 0.5, 30),
    ],
)
def test_equals_the_layered_renderer(lens: Lens, focus: float, blur: float) -> None:
    for seed in range(2):
        light, disparity = light_and_disparity(seed)
        frame = encode(light.numpy(), "srgb").astype(np.float32)[None]
        # the crop of a picture 512 wide: K goes by the width of a picture
        shot = Shot(frame, disparity.numpy()[None], focus=focus, blur=blur * WIDTH / SIZE)
        right = LayeredRenderer(lens, threads=1).render(shot)[0]
        found = encode_softly(blur_softly(light, SoftScene.sure(disparity), focus, blur, WIDTH, lens))
        assert psnr(found.numpy(), right) > 40, psnr(found.numpy(), right)


def test_a_constant_picture_stays_constant() -> None:
    _, disparity = light_and_disparity(3)
    light = torch.full((3, SIZE, SIZE), 0.3)
    scene = SoftScene(disparity, 1 - disparity, torch.rand(SIZE, SIZE))
    torch.testing.assert_close(blur_softly(light, scene, 0.4, 40, WIDTH), light, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("disparity", [0.1, 0.37, 0.5, 0.52, 1.0])
def test_no_light_is_lost(disparity: float) -> None:
    light = torch.zeros(3, SIZE, SIZE)
    light[:, 36, 36] = 5
    scene = SoftScene.sure(torch.full((SIZE, SIZE), disparity))
    blurred = blur_softly(light, scene, 0.5, 40, WIDTH)
    assert float(blurred.sum()) == pytest.approx(15, rel=1e-4)
    assert float(blurred.max()) == pytest.approx(5 if disparity == 0.5 else 0, abs=4.8)


def test_what_is_in_focus_stays() -> None:
    light, _ = light_and_disparity(4)
    scene = SoftScene.sure(torch.full((SIZE, SIZE), 0.6))
    torch.testing.assert_close(blur_softly(light, scene, 0.6, 40, WIDTH), light, rtol=1e-4, atol=1e-5)


def test_either_surface_counts_by_its_probability() -> None:
    light, disparity = light_and_disparity(5)
    other = (disparity + 0.2).clamp(max=1)

    def blurred(share: float, first=disparity, second=other):
        return blur_softly(light, SoftScene(first, second, torch.full_like(light[0], share)), 0, 30, WIDTH)

    torch.testing.assert_close(blurred(1), blur_softly(light, SoftScene.sure(disparity), 0, 30, WIDTH))
    torch.testing.assert_close(blurred(0), blur_softly(light, SoftScene.sure(other), 0, 30, WIDTH))
    torch.testing.assert_close(blurred(0.3), blurred(0.7, other, disparity), rtol=1e-3, atol=1e-4)
    flat, near = torch.full_like(disparity, 0.2), torch.full_like(disparity, 0.8)
    mean = 0.7 * blur_softly(light, SoftScene.sure(near), 0, 30, WIDTH)
    mean += 0.3 * blur_softly(light, SoftScene.sure(flat), 0, 30, WIDTH)
    torch.testing.assert_close(blurred(0.7, near, flat), mean, rtol=0.02, atol=0.01)


def test_gradients_are_those_of_the_picture() -> None:
    light, disparity = light_and_disparity(6, torch.float64)
    generator = torch.Generator().manual_seed(0)
    weights, away, share = (
        torch.rand(shape, generator=generator, dtype=torch.float64)
        for shape in ((3, SIZE, SIZE), (SIZE, SIZE), (SIZE, SIZE))
    )
    # no two pixels are equally near: which neighbour is the nearest must not depend on the step
    disparity = (disparity + 1e-3 * torch.rand(SIZE, SIZE, generator=generator)).clamp(max=1)
    scene = [disparity, (disparity + 0.1 * away).clamp(max=1), 0.55 + 0.4 * share]

    outlines = find_torch_outlines(light, (disparity - 0.3) * 30 * WIDTH / REFERENCE_WIDTH)

    def loss(parts: list):
        blurred = blur_softly(light, SoftScene(*parts), 0.3, 30, WIDTH, outlines=outlines)
        return (weights * encode_softly(blurred)).sum()

    needing = [part.clone().requires_grad_() for part in scene]
    gradients = torch.autograd.grad(loss(needing), needing)
    step = 1e-7
    for index, gradient in enumerate(gradients):
        assert float(gradient.abs().mean()) > 1e-3
        # in this direction; few pixels change their plane or their neighbours on so small a step
        direction = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64)
        ends = []
        for sign in (1, -1):
            moved = list(scene)
            moved[index] = scene[index] + sign * step * direction
            ends.append(loss(moved))
        found = float((ends[0] - ends[1]) / (2 * step))
        assert found == pytest.approx(float((gradient * direction).sum()), rel=1e-3)


def test_gradients_lead_to_the_right_disparity() -> None:
    light, disparity = light_and_disparity(7)
    right = blur_softly(light, SoftScene.sure(torch.full_like(disparity, 0.5)), 0.1, 30, WIDTH)
    guess = torch.tensor(0.4, requires_grad=True)
    optimiser = torch.optim.Adam([guess], lr=0.02)
    for _ in range(25):
        optimiser.zero_grad()
        seen = blur_softly(light, SoftScene.sure(guess.expand_as(disparity)), 0.1, 30, WIDTH)
        ((seen - right) ** 2).mean().backward()
        optimiser.step()
    assert guess.item() == pytest.approx(0.5, abs=0.02)
