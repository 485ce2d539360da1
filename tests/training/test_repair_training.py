"""The pool and the losses of the repair network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from anybokeh.errors import InputError  # noqa: E402
from anybokeh.repair.network import Repaired, RepairNetwork  # noqa: E402
from anybokeh.synth.props import BuiltIn  # noqa: E402
from anybokeh.training.repair.__main__ import main  # noqa: E402
from anybokeh.training.repair.batches import PoolBatches  # noqa: E402
from anybokeh.training.repair.losses import RepairLosses, reachable  # noqa: E402
from anybokeh.training.repair.pool import PoolSettings, fill_pool, make_clip  # noqa: E402

SMALL = PoolSettings(side=64, crops=2, sizes=(((128, 80), 1.0),))


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    fill_pool(folder, BuiltIn(), SMALL, 0, 2)
    return folder


def test_clips_repeat_and_are_of_the_stated_shapes() -> None:
    first, again = (make_clip(BuiltIn(), SMALL, 3) for _ in range(2))
    assert {name: values.shape for name, values in first.items()} == {
        "frames": (2, 3, 3, 64, 64),
        "given": (2, 3, 64, 64),
        "disparity": (2, 64, 64),
        "light": (2, 3, 64, 64),
    }
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])


def test_undamaged_clips_show_what_they_show() -> None:
    exact = PoolSettings(
        side=64, crops=2, sizes=SMALL.sizes, undamaged=1.0, unsteadied=1.0, recorded=0.0, seed=1
    )
    clip = make_clip(BuiltIn(), exact, 0)
    np.testing.assert_allclose(clip["given"][:, 1], clip["disparity"], atol=0.003)
    light = np.exp2(clip["light"].astype(np.float32)) - 1
    code = np.clip(light, 0, 1) ** (1 / 2.2)
    assert np.abs(code - clip["frames"][:, 1] / 255).mean() < 0.02


def test_batches_depend_on_the_step_alone(pool: Path) -> None:
    batches = PoolBatches(pool, 3, side=32)
    once, again, other = batches(5), PoolBatches(pool, 3, side=32)(5), batches(6)
    assert once["frames"].shape == (3, 3, 3, 32, 32) and float(once["frames"].max()) <= 1
    for name, values in once.items():
        assert torch.equal(values, again[name])
    assert not torch.equal(once["frames"], other["frames"])


def test_bad_pools_are_told(tmp_path: Path, pool: Path) -> None:
    with pytest.raises(InputError, match="holds no pool"):
        PoolBatches(tmp_path, 1)
    with pytest.raises(InputError, match="side is 30"):
        PoolBatches(pool, 1, side=30)


class Answer(torch.nn.Module):
    """Says the same whatever it is asked."""

    def __init__(self, disparity: torch.Tensor, stops: torch.Tensor) -> None:
        super().__init__()
        self.answer = Repaired(disparity, stops, torch.zeros_like(disparity))

    def forward(self, frames: torch.Tensor, disparity: torch.Tensor) -> Repaired:
        return self.answer


def square() -> dict[str, torch.Tensor]:
    """A white square, near, four times as bright as white; disparity came too large and 0.03 too near."""
    truth = torch.full((1, 64, 64), 0.3)
    truth[:, 20:44, 20:44] = 0.7
    given = torch.full((1, 3, 64, 64), 0.33)
    given[..., 16:48, 16:48] = 0.73
    frames = torch.full((1, 3, 3, 64, 64), 0.4)
    frames[..., 20:44, 20:44] = 1.0
    light = frames[:, 1] ** 2.2
    light[..., 20:44, 20:44] = 4.0
    return {"frames": frames, "given": given, "disparity": truth, "light": torch.log2(1 + light)}


def test_slow_errors_are_left_in_what_is_aimed_at() -> None:
    batch = square()
    aim = reachable(batch["given"][:, 1], batch["disparity"])
    torch.testing.assert_close(aim, batch["disparity"] + 0.03, atol=0.01, rtol=0)


def test_the_right_answer_costs_least() -> None:
    batch = square()
    aim = reachable(batch["given"][:, 1], batch["disparity"])
    stops = torch.zeros(1, 3, 64, 64)
    stops[..., 20:44, 20:44] = 2.0
    right = RepairLosses()(Answer(aim, stops), batch)
    as_given = RepairLosses()(Answer(batch["given"][:, 1], stops), batch)
    dim = RepairLosses()(Answer(aim, 0 * stops), batch)
    assert max(float(right[name]) for name in ("distance", "square", "slope", "stops", "blurred")) < 1e-6
    assert float(as_given["distance"]) > 0.05 and float(as_given["stops"]) < 1e-6
    assert float(dim["stops"]) > 0.2 and float(dim["blurred"]) > 0.001
    bright = RepairLosses()(Answer(aim, 2 * stops), batch)
    assert float(bright["stops"]) == pytest.approx(1.5 * float(dim["stops"]))


def test_the_command_trains_and_exports(pool: Path, tmp_path: Path) -> None:
    run, weights = tmp_path / "run", tmp_path / "weights"
    train = ["train", str(run), "--pool", str(pool), "--steps", "2", "--batch", "1", "--side", "32"]
    assert main(train) == 0
    assert main(["export", str(run), str(weights)]) == 0
    from anybokeh.repair.weights import read_weights

    config, tensors = read_weights(weights)
    RepairNetwork(config).load_state_dict({name: torch.from_numpy(t) for name, t in tensors.items()})
    assert main(["train", str(run), "--pool", str(tmp_path), "--steps", "2"]) == 2
