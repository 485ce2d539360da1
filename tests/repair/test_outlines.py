"""What is known of pixels near outlines, and what is done with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anybokeh.repair import evidence
from anybokeh.repair.apply import repaired_disparity
from anybokeh.repair.context import CONTEXT_INPUTS, gather_context
from anybokeh.repair.evidence import INPUTS, OWN, gather_evidence
from anybokeh.repair.map_filters import extremes
from anybokeh.repair.perceptron import Networks, Perceptron
from anybokeh.repair.places import DIRECTIONS, PLACE, RINGS, first_direction
from repair import random_networks


def scene(height: int = 96, width: int = 128, right: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """A bright surface, near, on the left of column `right`, before a dark one; frame and disparity."""
    rng = np.random.default_rng(0)
    near = np.zeros((height, width), bool)
    near[:, :right] = True
    frame = np.where(near[..., None], (0.8, 0.5, 0.3), (0.1, 0.2, 0.3)).astype(np.float32)
    frame += 0.02 * rng.standard_normal(frame.shape).astype(np.float32)
    return np.clip(frame, 0, 1), np.where(near, np.float32(0.8), np.float32(0.2))


def constant_networks(*values: float) -> Networks:
    """Networks that predict the same for all pixels."""
    return Networks(ConstantNetwork(0.3, 0.1, 0.2), ConstantNetwork(*values), ConstantNetwork(0))


class ConstantNetwork:
    """A network that predicts the same for all pixels."""

    def __init__(self, *values: float) -> None:
        self.values = np.array(values, np.float32)

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return np.tile(self.values, (len(inputs), 1))


def test_extremes_are_those_of_the_neighbourhood() -> None:
    disparity = np.random.default_rng(0).random((30, 40), np.float32)
    far, near = extremes(disparity, 4)
    here = disparity[6:15, 16:25]
    assert far[10, 20] == here.min()
    assert near[10, 20] == here.max()
    assert far[0, 0] == disparity[:5, :5].min()


def test_only_pixels_near_outlines_are_looked_at() -> None:
    frame, disparity = scene()
    seen = gather_evidence(frame, disparity, disparity)
    assert seen.inputs.shape == (len(seen.y), INPUTS)
    assert seen.x.min() >= 64 - evidence.REACH and seen.x.max() <= 64 + evidence.CLOSE
    assert len(seen.y) == 96 * len(np.unique(seen.x))
    np.testing.assert_allclose(seen.far, 0.2)
    np.testing.assert_allclose(seen.near, 0.8)
    np.testing.assert_allclose(seen.share, seen.x < 64, atol=1e-3)
    slope = np.tile(np.linspace(0.2, 0.8, 128, dtype=np.float32), (96, 1))
    assert not len(gather_evidence(frame, slope, slope).y)


def test_colours_speak_for_the_surface_they_are_of() -> None:
    frame, exact = scene()
    given = scene(right=67)[1]  # three pixels too large
    seen = gather_evidence(frame, given, given)
    odds = seen.inputs[:, 5]
    assert (odds[(seen.x >= 64) & (seen.x < 67)] < -1).all()
    assert (odds[seen.x < 62] > 1).all()
    doubt = gather_evidence(frame, exact, exact).inputs[:, 12].mean()
    assert seen.inputs[:, 12].mean() > doubt + 0.2


def test_places_around_are_read_where_they_are() -> None:
    frame, disparity = scene()
    seen = gather_evidence(frame, disparity, 0.5 * disparity)
    index = int(np.nonzero((seen.y == 50) & (seen.x == 65))[0][0])
    # most is near on the left; equals above and below, so the clock decides
    directions = [(0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1)]
    places = [(ring * down, ring * across) for ring in RINGS for down, across in directions]
    for number, (down, across) in enumerate(places):
        first = OWN + PLACE * number
        place = 50 + down, 65 + across
        assert seen.inputs[index, first] == pytest.approx((disparity[place] - 0.2) / 0.6, abs=1e-3)
        apart = np.abs(frame[place] - frame[50, 65]).sum()
        assert seen.inputs[index, first + 2] == pytest.approx(min(2 * apart, 2), abs=1e-4)


def test_the_second_network_gets_the_predictions_of_the_first() -> None:
    frame, disparity = scene()
    seen = gather_evidence(frame, disparity, disparity)
    prediction = np.random.default_rng(3).standard_normal((len(seen.y), 3)).astype(np.float32)
    prediction[:, 0] *= 5
    inputs = gather_context(seen, prediction, disparity)
    assert inputs.shape == (len(seen.y), CONTEXT_INPUTS)
    np.testing.assert_array_equal(inputs[:, :INPUTS], seen.inputs)
    some = np.array([7, 3, 100])
    np.testing.assert_array_equal(gather_context(seen, prediction, disparity, some), inputs[some])
    number = {place: index for index, place in enumerate(zip(seen.y.tolist(), seen.x.tolist(), strict=True))}
    own = number[50, 65]
    places = [(0, 0)]
    for ring in RINGS:
        for step in range(8):
            first, against = seen.order[own]
            down, across = DIRECTIONS[(first + (-step if against else step)) % 8]
            places.append((ring * down, ring * across))
    for index, (down, across) in enumerate(places):
        odds, share = inputs[own, INPUTS + 2 * index : INPUTS + 2 * index + 2]
        other = number.get((50 + down, 65 + across))
        if other is None:
            nearer = disparity[50 + down, 65 + across] > 0.5
            assert odds == (4 if nearer else -4)
            assert share == pytest.approx(float(nearer), abs=1e-3)
        else:
            assert odds == pytest.approx(np.clip(prediction[other, 0], -4, 4))
            expected = 1 + prediction[other, 1] if prediction[other, 0] > 0 else prediction[other, 2]
            assert share == pytest.approx(np.clip(expected, -0.5, 2), abs=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_turned_and_mirrored_outlines_look_alike(seed: int) -> None:
    nearness = np.random.default_rng(seed).choice(1000, 8, replace=False)

    def ordered(values: np.ndarray) -> list[int]:
        first, against = first_direction(values)
        return [int(values[(first + (-place if against else place)) % 8]) for place in range(8)]

    expected = ordered(nearness)
    assert sorted(expected) == sorted(nearness.tolist())
    for turn in range(8):
        assert ordered(np.roll(nearness, turn)) == expected
        assert ordered(np.roll(nearness[::-1], turn)) == expected


def test_chosen_pixels_have_the_same_inputs() -> None:
    frame, disparity = scene()
    chosen = np.zeros(disparity.shape, bool)
    chosen[20:30] = True
    part = gather_evidence(frame, disparity, disparity, chosen)
    whole = gather_evidence(frame, disparity, disparity)
    rows = (whole.y >= 20) & (whole.y < 30)
    np.testing.assert_allclose(part.inputs, whole.inputs[rows], atol=1e-5)


def test_networks_multiply_their_weights() -> None:
    tensors = random_networks.tensors()
    inputs = np.random.default_rng(1).random((5, INPUTS), np.float32)
    x = (inputs - tensors["outlines.mean"]) / tensors["outlines.spread"]
    for layer in ("first", "second", "last"):
        x = x @ tensors[f"outlines.{layer}.weight"].T + tensors[f"outlines.{layer}.bias"]
        x = np.maximum(x, 0) if layer != "last" else x
    np.testing.assert_allclose(Perceptron(tensors, "outlines")(inputs), x, rtol=1e-3, atol=1e-3)


def test_the_networks_in_training_are_the_same() -> None:
    torch = pytest.importorskip("torch")
    from anybokeh.training.repair.losses import TrainedPerceptron

    tensors = random_networks.tensors()
    own = {name[9:]: torch.from_numpy(one) for name, one in tensors.items() if name.startswith("outlines.")}
    model = TrainedPerceptron(own["mean"], own["spread"], 8, 3).eval()
    model.load_state_dict(own)
    inputs = np.random.default_rng(2).random((7, INPUTS), np.float32)
    with torch.no_grad():
        theirs = model(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(Perceptron(tensors, "outlines")(inputs), theirs, rtol=1e-3, atol=1e-3)


def test_pixels_go_where_the_network_says_and_others_keep_their_bits() -> None:
    frame, given = scene()
    soft = given.copy()
    soft[:, 63], soft[:, 64] = 0.65, 0.3
    near = repaired_disparity(frame, soft, soft, constant_networks(9, 0, 0), random_networks.CONFIG)
    np.testing.assert_array_equal(near[:, :63], soft[:, :63])
    np.testing.assert_allclose(near[:, 63:67], 0.8, atol=0.01)
    np.testing.assert_array_equal(near[:, 90:], soft[:, 90:])
    far = repaired_disparity(frame, soft, soft, constant_networks(-9, 0, 0), random_networks.CONFIG)
    np.testing.assert_allclose(far[:, 61:64], 0.2, atol=0.01)
    # what is thin may be nearer than anything around
    beyond = repaired_disparity(frame, soft, soft, constant_networks(9, 0.2, 0), random_networks.CONFIG)
    np.testing.assert_allclose(beyond[:, 63:67], 0.92, atol=0.01)


def test_unsure_pixels_keep_their_bits() -> None:
    frame, given = scene()
    soft = given.copy()
    soft[:, 63], soft[:, 64] = 0.65, 0.3
    careful = replace(random_networks.CONFIG, sure=0.7)
    assert repaired_disparity(frame, soft, soft, constant_networks(0.5, 0, 0), careful) is soft
    moved = repaired_disparity(frame, soft, soft, constant_networks(1.5, 0, 0), careful)
    assert (moved != soft).any()


def test_the_second_network_predicts_what_the_first_is_not_sure_of() -> None:
    frame, given = scene()
    sizes: list[int] = []

    def second(inputs: np.ndarray) -> np.ndarray:
        sizes.append(len(inputs))
        return np.tile(np.float32([-9, 0, 0]), (len(inputs), 1))

    def first(odds: float):
        # the side that pixels are on, and the place that they have
        return lambda inputs: np.stack(
            [np.where(inputs[:, 2] > 0.5, odds, -odds), *np.zeros((2, len(inputs)))], 1, dtype=np.float32
        )

    assert (
        repaired_disparity(
            frame, given, given, Networks(first(5), second, ConstantNetwork(0)), random_networks.CONFIG
        )
        is given
    )
    assert sizes == [0]
    changed = repaired_disparity(
        frame, given, given, Networks(first(1), second, ConstantNetwork(0)), random_networks.CONFIG
    )
    assert sum(sizes) == len(gather_evidence(frame, given, given).y)
    assert (changed != given).any()


def test_large_pictures_stay_sharp() -> None:
    frame, given = scene(160, 1400)
    soft = given.copy()
    soft[:, 62:66] = np.linspace(0.7, 0.3, 4, dtype=np.float32)
    near = repaired_disparity(frame, soft, soft, constant_networks(9, 0, 0), random_networks.CONFIG)
    # pixels as the network judged them are 2.7 wide
    assert ((np.abs(near[20:-20] - 0.8) < 0.03) | (np.abs(near[20:-20] - 0.2) < 0.03)).all()
    np.testing.assert_allclose(near[20:-20, 60:68], 0.8, atol=0.03)
    np.testing.assert_array_equal(near[:, 100:], soft[:, 100:])


def test_hard_outlines_need_more() -> None:
    frame, given = scene()
    networks = constant_networks(2.5, 0, 0)
    assert repaired_disparity(frame, given, given, networks, random_networks.CONFIG) is given
    trusting = replace(random_networks.CONFIG, hard_sure=0.7)
    assert (repaired_disparity(frame, given, given, networks, trusting) != given).any()
