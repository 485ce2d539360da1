"""The training loop: it learns, goes on where it stopped, and refuses what cannot be right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from anybokeh.errors import InputError  # noqa: E402
from anybokeh.training.checkpoint import part_of, read_tensors  # noqa: E402
from anybokeh.training.logs import check_tensorboard  # noqa: E402
from anybokeh.training.loop import LOG, STATE, train  # noqa: E402
from anybokeh.training.loop_settings import LoopSettings  # noqa: E402


def line(seed: int = 0, width: int = 2) -> torch.nn.Module:
    torch.manual_seed(seed)
    return torch.nn.Linear(width, 1)


def batch_at(step: int) -> dict[str, torch.Tensor]:
    x = torch.randn(16, 2, generator=torch.Generator().manual_seed(step))
    return {"x": x, "y": 3 * x[:, :1] - x[:, 1:] + 0.5}


def losses(model: torch.nn.Module, batch) -> dict[str, torch.Tensor]:
    error = model(batch["x"]) - batch["y"]
    return {"square": error.square().mean(), "distance": 0.1 * error.abs().mean()}


def settings(steps: int, **others) -> LoopSettings:
    return LoopSettings(steps, 0.05, warm_up=5, average=0.9, save_every=10, report_every=5, **others)


def test_a_line_is_learned(tmp_path: Path) -> None:
    average = train(line(), batch_at, losses, settings(300), tmp_path)
    torch.testing.assert_close(average["weight"], torch.tensor([[3.0, -1.0]]), atol=0.02, rtol=0)
    torch.testing.assert_close(average["bias"], torch.tensor([0.5]), atol=0.02, rtol=0)
    log = [json.loads(text) for text in (tmp_path / LOG).read_text().splitlines()]
    assert [one["step"] for one in log] == list(range(5, 301, 5))
    assert log[-1]["square"] < 1e-3 < log[0]["square"]


def test_some_parameters_learn_more_slowly(tmp_path: Path) -> None:
    """A first step of AdamW is as long as the learning rate, whatever the gradient."""
    before = {name: weight.clone() for name, weight in line().state_dict().items()}
    for share in (1.0, 0.1, 0.0):
        model = line()
        with_share = settings(1, weight_decay=0, shares={"bias": share}, descent=0)
        train(model, batch_at, losses, with_share, tmp_path / str(share))
        moved = {
            name: float((weight - before[name]).abs().max()) for name, weight in model.state_dict().items()
        }
        assert moved["weight"] == pytest.approx(with_share.rate_at(0), rel=1e-3)
        assert moved["bias"] == pytest.approx(share * with_share.rate_at(0), rel=1e-3, abs=1e-9)
    with pytest.raises(InputError, match="share of bias is 'much': expected a number from 0 to 1"):
        settings(1, shares={"bias": "much"})
    with pytest.raises(InputError, match="shares has 'bais': no weight that is trained"):
        train(line(), batch_at, losses, settings(1, shares={"bais": 0.1}), tmp_path / "misspelt")


def test_an_interruption_leaves_no_trace(tmp_path: Path) -> None:
    whole = train(line(), batch_at, losses, settings(40, descent=0), tmp_path / "whole")

    def broken(step: int) -> dict[str, torch.Tensor]:
        if step == 27:
            raise KeyboardInterrupt
        return batch_at(step)

    with pytest.raises(KeyboardInterrupt):
        train(line(), broken, losses, settings(40, descent=0), tmp_path / "part")
    tensors, about = read_tensors(tmp_path / "part" / STATE)
    assert about["step"] == 20 and "weight" in part_of(tensors, "average")
    resumed = train(line(1), batch_at, losses, settings(40, descent=0), tmp_path / "part")
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=0)
    assert not [path for path in (tmp_path / "part").iterdir() if path.name.startswith(".")]


def test_checkpoints_of_another_network_are_refused(tmp_path: Path) -> None:
    train(line(), batch_at, losses, settings(10), tmp_path)
    with pytest.raises(InputError, match="another network"):
        train(line(width=3), batch_at, losses, settings(10), tmp_path)
    (tmp_path / STATE).write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read"):
        train(line(), batch_at, losses, settings(10), tmp_path)


def test_losses_that_are_not_finite_end_the_training(tmp_path: Path) -> None:
    def bad(model: torch.nn.Module, batch) -> dict[str, torch.Tensor]:
        return {"bad": model(batch["x"]).mean() / 0}

    with pytest.raises(FloatingPointError, match="step 0: losses are"):
        train(line(), batch_at, bad, settings(10), tmp_path)


def test_the_learning_rate_rises_stays_and_falls() -> None:
    rates = [LoopSettings(100, 0.1, warm_up=10, descent=0.5).rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[10:50] == [0.1] * 40
    assert rates[75] == pytest.approx(0.05) and rates[99] == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"steps": 1, "learning_rate": 0}, "rate is 0"),
        ({"steps": 1, "descent": 2}, "2"),
    ],
)
def test_bad_settings_are_reported(values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        LoopSettings(**values)  # type: ignore[arg-type]


def test_a_disk_that_is_too_full_is_reported_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = type("Usage", (), {"free": 50})
    monkeypatch.setattr("anybokeh.training.loop.shutil.disk_usage", lambda _: free)
    seen: list[int] = []
    with pytest.raises(InputError, match=r"0\.0 GB are free"):
        train(line(), lambda step: seen.append(step) or batch_at(step), losses, settings(10), tmp_path)
    assert not seen and not (tmp_path / STATE).exists()


def test_logs_for_tensorboard_hold_the_same_figures(tmp_path: Path) -> None:
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    train(line(), batch_at, losses, settings(20, tensorboard=True), tmp_path)
    events = loading.EventAccumulator(str(tmp_path)).Reload()
    written = [json.loads(text) for text in (tmp_path / LOG).read_text().splitlines()]
    scalars = events.Scalars("log/square")
    assert [one.step for one in scalars] == [one["step"] for one in written] == [5, 10, 15, 20]
    assert [one.value for one in scalars] == pytest.approx([one["square"] for one in written], abs=1e-6)


def test_tensorboard_that_is_not_installed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anybokeh.training.logs.find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install tensorboard"):
        check_tensorboard()
