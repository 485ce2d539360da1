"""The network in torch against its twin in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.repair.apply import extremes, highlight_gain, repaired_disparity
from anybokeh.repair.plain import PlainNetwork
from repair import made

torch = pytest.importorskip("torch")

from anybokeh.repair import network  # noqa: E402


def loaded() -> network.RepairNetwork:
    model = network.RepairNetwork(made.CONFIG).eval()
    model.load_state_dict({name: torch.from_numpy(values) for name, values in made.tensors().items()})
    return model


def test_both_make_the_same_features() -> None:
    frames, disparity = made.window()
    fast = network.torch_features(made.CONFIG, made.tensors())(frames, disparity)
    plain = PlainNetwork(made.tensors()).features(frames, disparity)
    assert plain.shape == (4, 48, 64)
    assert plain.std() > 0.5
    np.testing.assert_allclose(fast, plain, atol=2e-4)


def test_features_become_what_the_network_was_trained_to_say() -> None:
    frames, disparity = made.window(1)
    features = PlainNetwork(made.tensors()).features(frames, disparity)
    with torch.no_grad():
        said = loaded()(torch.from_numpy(frames)[None], torch.from_numpy(disparity)[None])
    mine = repaired_disparity(disparity[1], features, made.CONFIG)
    np.testing.assert_allclose(mine, said.disparity[0].numpy(), atol=2e-4)
    assert np.abs(mine - disparity[1]).mean() > 0.05
    gain = highlight_gain(frames[1], features, made.CONFIG)
    assert gain is not None and gain.max() > 1.5
    np.testing.assert_allclose(np.log2(gain), said.stops[0].numpy(), atol=2e-4)


def test_any_size_is_filled_up_and_cut_again() -> None:
    frames, disparity = made.window(2, 37, 50)
    with torch.no_grad():
        said = loaded()(torch.from_numpy(frames)[None], torch.from_numpy(disparity)[None])
    assert said.disparity.shape == (1, 37, 50)
    assert said.stops.shape == (1, 3, 37, 50)
    assert said.disparity.min() >= 0 and said.disparity.max() <= 1


def test_extremes_are_those_of_the_neighbourhood() -> None:
    disparity = made.window(3)[1][1]
    found = extremes(disparity, (1, 4))
    for index, radius in enumerate((1, 4)):
        here = disparity[10 - radius : 11 + radius, 20 - radius : 21 + radius]
        assert found[2 * index, 10, 20] == here.min()
        assert found[2 * index + 1, 10, 20] == here.max()
    assert found[0, 0, 0] == disparity[:2, :2].min()
    torches = network.extremes(torch.from_numpy(disparity)[None], (1, 4))[0].numpy()
    np.testing.assert_array_equal(found, torches)


def test_pixels_that_are_right_keep_their_bits() -> None:
    disparity = made.window(4)[1][1]
    features = np.full((4, *disparity.shape), 0.09, np.float32)
    features[0, :, :32] = 1  # all of the step towards the nearest, in the left half
    result = repaired_disparity(disparity, features, made.CONFIG)
    np.testing.assert_array_equal(result[:, 32:], disparity[:, 32:])
    np.testing.assert_array_equal(result[:, :32], extremes(disparity, (3,))[1][:, :32])


def test_dark_frames_have_no_highlights() -> None:
    frame = np.full((3, 8, 8), 0.9, np.float32)
    features = np.full((4, 8, 8), 5.0, np.float32)
    assert highlight_gain(frame, features, made.CONFIG) is None
    frame[0, 2, 3] = 1.0
    gain = highlight_gain(frame, features, made.CONFIG)
    assert gain is not None
    assert gain[0, 2, 3] == pytest.approx(2 ** np.log1p(np.exp(5)), rel=1e-4)
    assert (np.delete(gain.ravel(), 2 * 8 + 3) == 1).all()
