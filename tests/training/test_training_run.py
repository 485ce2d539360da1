"""`anybokeh train` from its arguments to a model that renders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("yaml")

from anybokeh.cli import main  # noqa: E402
from anybokeh.models import AnyBokehPipeline  # noqa: E402
from anybokeh.training import clips  # noqa: E402
from anybokeh.training.config import ModelSettings, read_settings  # noqa: E402
from anybokeh.training.training_run import run_training, smoke  # noqa: E402

STAGES = ["0-vae", "1-unet", "2-temporal", "3-decoder", "4-decoder", "5-unet", "6-decoder"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    assert main(["train", "nano", "--smoke", "-o", str(folder), "--threads", "1"]) == 0
    return folder


def weights(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_all_stages_leave_their_records(trained: Path) -> None:
    for stage in STAGES:
        steps = [
            json.loads(line)["step"] for line in (trained / stage / "log.jsonl").read_text().splitlines()
        ]
        assert steps == [1, 2]
        figures = json.loads((trained / stage / "validation.jsonl").read_text())
        assert all(np.isfinite(value) for value in figures.values())
        assert (trained / stage / "pictures" / "00000002.png").stat().st_size > 1000
    assert not [path for path in trained.rglob(".*")]


def test_the_model_refocuses(trained: Path) -> None:
    pipe = AnyBokehPipeline.from_pretrained(trained / "model")
    assert pipe.vae.config["scaling_factor"] != 0.18215
    frames = np.random.default_rng(0).random((2, 3, 64, 64)).astype(np.float32)
    result = pipe(frames, frames[:, 0], focus=0.5, blur=16).frames
    assert result.shape == frames.shape and np.isfinite(result).all()


def test_a_training_goes_on_from_its_model(trained: Path, tmp_path: Path) -> None:
    settings = smoke(read_settings("nano"))
    later = ModelSettings(start=str(trained / "model"))
    decoder = replace(settings.stages[-1], also=("encoder",))
    model = run_training(replace(settings, model=later, stages=(decoder,)), tmp_path / "run")
    before, after = (AnyBokehPipeline.from_pretrained(folder) for folder in (trained / "model", model))
    assert after.config["condition"] == before.config["condition"] == "lens"
    assert after.vae.config["scaling_factor"] == before.vae.config["scaling_factor"]
    for name, tensor in before.unet.state_dict().items():
        assert torch.equal(after.unet.state_dict()[name], tensor), name
    known, now = before.vae.state_dict(), after.vae.state_dict()
    changed = {name.split(".")[0] for name in known if not torch.equal(now[name], known[name])}
    assert changed == {"encoder", "decoder", "skip_pixels"}


@pytest.mark.parametrize("at", [3, 9])
def test_an_interrupted_training_ends_as_the_whole_one(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    settings = smoke(read_settings("nano"))
    drawn, calls = clips.Batches.__call__, []

    def interrupted(batches: clips.Batches, number: int):
        calls.append(number)
        if len(calls) == at:
            raise KeyboardInterrupt
        return drawn(batches, number)

    monkeypatch.setattr(clips.Batches, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_training(settings, tmp_path / "run")
    run_training(settings, tmp_path / "run", resume=True)
    assert weights(tmp_path / "run" / "model") == weights(trained / "model")


def test_a_run_is_not_overwritten_nor_mixed(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = weights(trained)
    assert main(["train", "nano", "--smoke", "-o", str(trained)]) == 2
    assert "go on with --resume" in capsys.readouterr().err
    assert main(["train", "svd", "--smoke", "--resume", "-o", str(trained)]) == 2
    assert "was begun with another model" in capsys.readouterr().err
    assert main(["train", "nano", "--resume", "-o", str(tmp_path / "none")]) == 2
    assert "holds no training" in capsys.readouterr().err
    assert main(["train", "huge"]) == 2
    assert "give nano, svd" in capsys.readouterr().err
    assert weights(trained) == before
