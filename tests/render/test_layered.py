"""The layered renderer as its callers see it: shots in, frames out."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.render import LayeredRenderer, Scene, Shot, layered, load_renderer

from .scenes import random_scene


@pytest.fixture(scope="module")
def shot() -> Shot:
    scenes = [random_scene(seed, 61, 85) for seed in range(4)]
    return Shot(
        np.stack([scene.light.transpose(2, 0, 1) ** (1 / 2.2) for scene in scenes]),
        np.stack([scene.disparity for scene in scenes]),
        focus=[0.1, 0.4, 0.6, 0.9],
        blur=[100, 300, 0, 200],
        range=[0, 0.02, 0, 0.05],
    )


def test_frame_by_frame_equals_the_whole_shot(shot):
    renderer = LayeredRenderer()
    whole = renderer.render(shot)
    for i in range(len(shot)):
        one = slice(i, i + 1)
        alone = Shot(shot.frames[one], shot.disparity[one], shot.focus[one], shot.blur[one], shot.range[one])
        assert np.array_equal(renderer.render(alone)[0], whole[i])


def test_result_does_not_depend_on_the_number_of_threads(shot):
    whole = LayeredRenderer(threads=1).render(shot)
    for threads in (2, 5):
        assert np.array_equal(LayeredRenderer(threads=threads).render(shot), whole)


def test_no_blur_is_no_change_and_the_input_is_left_alone(shot):
    frames = shot.frames.copy()
    assert np.array_equal(LayeredRenderer().render(Shot(frames, shot.disparity, 0.3, 0)), frames)
    LayeredRenderer().render(shot)
    assert np.array_equal(shot.frames, frames)


def test_radiance_brightens_only_what_is_blurred():
    frame, disparity = np.full((1, 3, 41, 61), 0.2, np.float32), np.full((1, 41, 61), 0.2)
    radiance = np.ones((1, 41, 61))
    radiance[0, 20, 30] = 500
    plain, lamp = (
        LayeredRenderer().render(Shot(frame, Scene(disparity, gain), 0.6, 300)) for gain in (None, radiance)
    )
    assert lamp[0, 0, 20, 30] > plain[0, 0, 20, 30] + 0.1
    assert np.allclose(lamp[..., :5, :5], plain[..., :5, :5], atol=1e-4)
    sharp = LayeredRenderer().render(Shot(frame, Scene(disparity, radiance), 0.2, 300))
    assert np.array_equal(sharp, frame)


def test_radiance_may_have_a_colour():
    frame, disparity = np.full((1, 3, 41, 61), 0.2, np.float32), np.full((1, 41, 61), 0.2)
    grey = np.ones((1, 41, 61))
    grey[0, 20, 30] = 500
    yellow = np.repeat(grey[:, None], 3, axis=1)
    yellow[:, 2] = 1
    plain, white, lamp = (
        LayeredRenderer().render(Shot(frame, Scene(disparity, gain), 0.6, 300))
        for gain in (None, grey, yellow)
    )
    np.testing.assert_allclose(lamp[:, :2], white[:, :2], atol=1e-6)
    np.testing.assert_allclose(lamp[:, 2], plain[:, 2], atol=1e-6)


def test_highlight_strength_brightens_what_is_near_white():
    frame, disparity = np.full((1, 3, 41, 61), 0.1, np.float32), np.full((1, 41, 61), 0.2)
    frame[..., 20, 30] = 1.0
    frame[..., 20, 10] = 0.8
    plain, strong = (
        LayeredRenderer(lens).render(Shot(frame, disparity, 0.5, 200))
        for lens in (Lens(), Lens(highlight_strength=50))
    )
    assert strong[0, 0, 20, 30] > plain[0, 0, 20, 30] + 0.1
    assert np.allclose(strong[..., 20, 10], plain[..., 20, 10], atol=1e-4)


def test_takes_and_returns_tensors(shot):
    torch = pytest.importorskip("torch", reason="tensors need PyTorch")
    tensors = Shot(
        torch.from_numpy(shot.frames),
        torch.from_numpy(shot.disparity),
        torch.from_numpy(shot.focus),
        shot.blur,
    )
    result = LayeredRenderer().render(tensors)
    assert isinstance(result, torch.Tensor)
    arrays = Shot(shot.frames, shot.disparity, shot.focus, shot.blur)
    assert np.array_equal(result.numpy(), LayeredRenderer().render(arrays))


def test_load_renderer_gives_the_layered_one():
    lens = Lens(blades=5)
    for name in ("auto", "layered"):
        renderer = load_renderer(name, lens=lens, device="cpu")
        assert renderer == LayeredRenderer(lens)
        assert renderer.name == "layered"


def test_load_renderer_refuses_what_it_does_not_have():
    with pytest.raises(ValueError, match="renderer is 'magic'"):
        load_renderer("magic")
    with pytest.raises(ValueError, match="device is 'tpu'"):
        load_renderer("layered", device="tpu")


def test_scenes_full_of_edges_have_room(monkeypatch):
    monkeypatch.setattr(layered, "_ROOMS", rooms := layered.KeptRoom())
    rng = np.random.default_rng(3)
    # dots, each over its own hidden surface and the one behind that
    disparity = rng.choice(np.float32([0, 0.3, 0.6, 1]), (1, 40, 64))
    constant = np.full((1, 3, 40, 64), 0.5, np.float32)
    result = LayeredRenderer().render(Shot(constant, disparity, 0.1, 400))
    np.testing.assert_allclose(result, constant, atol=1 / 255)
    assert rooms._kept[0].points.counts.max() > 2 * 64


def test_memory_is_used_again_from_shot_to_shot(shot, monkeypatch):
    rooms = layered.KeptRoom()
    monkeypatch.setattr(layered, "_ROOMS", rooms)
    renderer = LayeredRenderer()
    whole = renderer.render(shot)
    room = rooms._kept[0]
    smaller = Shot(
        shot.frames[:, :, :-8, :-12], shot.disparity[:, :-8, :-12], shot.focus, shot.blur, shot.range
    )
    for one, expected in ((shot, whole), (smaller, LayeredRenderer().render(smaller)), (shot, whole)):
        assert np.array_equal(renderer.render(one), expected)
    assert rooms._kept[0] is not room
    kept = rooms._kept[0]
    assert np.array_equal(LayeredRenderer().render(shot), whole)
    assert rooms._kept[0] is kept


def test_two_threads_share_a_renderer(shot):
    renderer = LayeredRenderer()
    whole = LayeredRenderer().render(shot)
    with ThreadPoolExecutor(3) as pool:
        assert all(np.array_equal(one, whole) for one in pool.map(renderer.render, [shot] * 6))


def test_a_renderer_can_be_sent_elsewhere(shot):
    renderer = LayeredRenderer(Lens(blades=6))
    whole = renderer.render(shot)
    assert np.array_equal(pickle.loads(pickle.dumps(renderer)).render(shot), whole)
