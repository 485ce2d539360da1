"""The pool, the samples and the losses of the repair networks."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")
from safetensors.numpy import save_file  # noqa: E402

from anybokeh.errors import InputError  # noqa: E402
from anybokeh.repair.config import RepairConfig  # noqa: E402
from anybokeh.repair.context import CONTEXT_INPUTS  # noqa: E402
from anybokeh.repair.evidence import INPUTS, gather_evidence  # noqa: E402
from anybokeh.repair.lamps import LAMP_INPUTS  # noqa: E402
from anybokeh.repair.repair_settings import BUNDLED  # noqa: E402
from anybokeh.repair.repairing import load_networks  # noqa: E402
from anybokeh.repair.weights import read_weights  # noqa: E402
from anybokeh.synth.props import BuiltIn  # noqa: E402
from anybokeh.training.repair.__main__ import main  # noqa: E402
from anybokeh.training.repair.aim import reachable  # noqa: E402
from anybokeh.training.repair.crop_pool import PoolSettings, fill_pool, make_clip  # noqa: E402
from anybokeh.training.repair.export import write_weights  # noqa: E402
from anybokeh.training.repair.lamp_samples import lamp_samples  # noqa: E402
from anybokeh.training.repair.losses import _WHOLE, lamp_losses, outline_losses  # noqa: E402
from anybokeh.training.repair.outline_samples import _noisy, outline_samples  # noqa: E402
from anybokeh.training.repair.picture_samples import SIDE, picture_samples  # noqa: E402
from anybokeh.training.repair.renderer_loss import (  # noqa: E402
    PictureBatches,
    picture_errors,
    predicted_scenes,
)
from anybokeh.training.repair.samples import SampleBatches  # noqa: E402

SMALL = PoolSettings(side=64, crops=2, sizes=(((128, 80), 1.0),))


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    fill_pool(folder, BuiltIn(), SMALL, 0, 2)
    return folder


@pytest.fixture(scope="module")
def samples(pool: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    assert main(["samples", str(folder), "--pool", str(pool), "--each", "400"]) == 0
    return folder


def test_clips_repeat_and_are_of_the_stated_shapes() -> None:
    first, again = (make_clip(BuiltIn(), SMALL, 3) for _ in range(2))
    assert {name: values.shape for name, values in first.items()} == {
        "frames": (2, 3, 3, 64, 64),
        "given": (2, 3, 64, 64),
        "loose": (2, 3, 64, 64),
        "disparity": (2, 64, 64),
        "light": (2, 3, 64, 64),
        "width": (),
    }
    assert first["width"] == 128
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


def crops(white: float = 1.0) -> dict[str, np.ndarray]:
    """A near square whose disparity came three pixels too large; in it a white one of this light."""
    near = np.zeros((96, 96), bool)
    near[30:66, 30:66] = True
    large = np.zeros((96, 96), bool)
    large[27:69, 27:69] = True
    frame = np.where(near, np.float32(0.7), np.float32(0.2)) * np.ones((3, 1, 1), np.float32)
    frame[:, 46:50, 46:50] = 1
    light = frame**2.2
    light[:, 46:50, 46:50] = white
    given = np.where(large, np.float16(0.73), np.float16(0.33))
    return {
        "frames": np.tile((255 * frame).astype(np.uint8), (1, 3, 1, 1, 1)),
        "given": np.tile(given, (1, 3, 1, 1)),
        "loose": np.tile(given, (1, 3, 1, 1)),
        "disparity": np.where(near, np.float16(0.7), np.float16(0.3))[None],
        "light": np.log2(1 + light)[None].astype(np.float16),
        "width": np.array(512, np.int32),
    }


def test_slow_errors_are_left_in_what_is_aimed_at() -> None:
    clip = crops()
    given, truth = clip["given"][0, 1].astype(np.float32), clip["disparity"][0].astype(np.float32)
    np.testing.assert_allclose(reachable(given, truth), truth + 0.03, atol=0.01)


def test_samples_know_the_side_that_pixels_are_on() -> None:
    clip = crops()
    found = outline_samples(clip, np.random.default_rng(0), 20_000, again=0)
    assert found["inputs"].shape == (len(found["side"]), INPUTS)
    wrong = np.abs(found["inputs"][:, 2].astype(np.float32) - found["side"]) > 0.5
    # where disparity is three pixels too large, the truth is on the other side
    given = clip["given"][0, 1].astype(np.float32)
    picture = clip["frames"][0, 1].transpose(1, 2, 0).astype(np.float32) / 255
    seen = gather_evidence(picture, given, given)
    inner = (np.minimum(seen.y, seen.x) >= 12) & (np.maximum(seen.y, seen.x) < 84)
    share = (given[seen.y, seen.x] > 0.5) & (clip["disparity"][0][seen.y, seen.x] < 0.5)
    assert wrong.mean() == pytest.approx(share[inner].mean(), abs=0.05)
    assert wrong.mean() > 0.1
    np.testing.assert_allclose(found["weight"][wrong], 1 / 3, rtol=1e-5)


def test_the_paper_damages_every_crop_that_is_to_have_it() -> None:
    truth = np.zeros((64, 64), np.float32)
    truth[16:48, 16:48] = 0.6
    noisy = [_noisy(truth, 512, np.random.default_rng(seed)) for seed in range(8)]
    assert all(one.shape == truth.shape and (one != truth).any() for one in noisy)


def test_samples_know_lamps_from_white_surfaces() -> None:
    shining = lamp_samples(crops(8.0), np.random.default_rng(1))
    assert shining["inputs"].shape[1] == LAMP_INPUTS
    assert shining["lamp"][0] == 1 and shining["area"][0] == 16
    np.testing.assert_allclose(shining["stops"][0], 3, atol=0.01)
    white = lamp_samples(crops(1.0), np.random.default_rng(1))
    assert white["lamp"][0] == 0 and (white["stops"][0] < 0.01).all()


class Answer(torch.nn.Module):
    """Predicts the same for all inputs."""

    def __init__(self, prediction) -> None:
        super().__init__()
        self.prediction = prediction

    def forward(self, inputs):
        return self.prediction


def test_the_right_answer_costs_least() -> None:
    side = torch.tensor([1.0, 0.0, 1.5])
    batch = {"inputs": torch.zeros(3, INPUTS), "side": side, "weight": torch.ones(3), "step": torch.ones(3)}
    # the place of the other surface does not count
    right = outline_losses(Answer(torch.tensor([[9, 0, 7], [-9, 7, 0], [9, 0.5, 7]])), batch)
    wrong = outline_losses(Answer(torch.tensor([[9.0, 0, 7], [9, 0, 0], [9, 0, 7]])), batch)
    assert sum(right.values()) < 0.01
    assert wrong["side"] > 1
    assert wrong["place"] == pytest.approx(0.5 * 3 * 0.5 / 3)


def test_white_surfaces_taken_for_lamps_cost_most() -> None:
    inputs = torch.zeros(2, LAMP_INPUTS)
    batch = {
        "inputs": inputs,
        "lamp": torch.tensor([1.0, 0.0]),
        "stops": torch.tensor([[2.0, 2.0, 2.0], [0.0, 0.0, 0.0]]),
        "area": torch.full((2,), 9.0),
    }

    def loss(*odds: float) -> float:
        prediction = torch.tensor([[one, 2.0, 2.0, 2.0] for one in odds])
        return float(sum(lamp_losses(Answer(prediction), batch).values()))

    assert loss(9, -9) < 0.01
    assert loss(9, 9) > 5 * loss(-9, -9)
    inputs[:, _WHOLE] = 0.5
    assert loss(-9, -9) < 2


def test_batches_depend_on_the_step_alone(samples: Path) -> None:
    batches = SampleBatches(samples, "outlines", 16)
    once, again, other = batches(5), SampleBatches(samples, "outlines", 16)(5), batches(6)
    assert once["inputs"].shape == (16, INPUTS)
    for name, values in once.items():
        assert torch.equal(values, again[name])
    assert not torch.equal(once["inputs"], other["inputs"])


def test_missing_parts_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="holds no samples of lamps"):
        SampleBatches(tmp_path, "lamps", 1)
    assert main(["samples", str(tmp_path / "new"), "--pool", str(tmp_path)]) == 2
    assert "holds no pool" in capsys.readouterr().err


def test_the_command_trains_goes_on_from_weights_and_exports(
    pool: Path, samples: Path, tmp_path: Path
) -> None:
    more = tmp_path / "samples"
    for name in ("outlines", "context", "lamps"):
        if name == "context":
            arguments = ["samples", str(more), "--pool", str(pool), "--each", "400"]
            assert main([*arguments, "--context", str(tmp_path / "outlines")]) == 0
        train = [
            "train",
            name,
            str(tmp_path / name),
            "--samples",
            str(more if name == "context" else samples),
            "--steps",
            "2",
            "--batch",
            "8",
        ]
        assert main(train) == 0
    runs = [str(tmp_path / name) for name in ("outlines", "context", "lamps")]
    assert main(["export", *runs, str(tmp_path / "weights")]) == 0
    config, networks = load_networks(tmp_path / "weights")
    assert config.proven == ()
    assert networks.outlines(np.zeros((3, INPUTS), np.float32)).shape == (3, 3)
    assert networks.context(np.zeros((3, CONTEXT_INPUTS), np.float32)).shape == (3, 3)
    assert main([*arguments, "--context", str(tmp_path / "lamps")]) == 2
    again = ["train", "outlines", str(tmp_path / "again"), "--samples", str(samples), "--steps", "1"]
    assert main([*again, "--batch", "8", "--start", str(tmp_path / "weights")]) == 0


def large_crops() -> dict[str, np.ndarray]:
    """As `crops`, but larger, and disparity is soft as a network's."""
    clip = crops()
    for name, values in clip.items():
        if name != "width":
            clip[name] = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(32, 32)] * 2, "edge")
    for name in ("given", "loose"):
        soft = cv2.blur(clip[name][0, 1].astype(np.float32), (5, 5))
        clip[name] = np.tile(soft.astype(np.float16), (1, 3, 1, 1))
    return clip


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pool, folder = (tmp_path_factory.mktemp(name) for name in ("large", "pictures"))
    for index in range(7, 12):
        save_file(large_crops(), pool / f"{index:06d}.safetensors")
    arguments = ["pictures", str(folder), "--pool", str(pool), "--context", str(BUNDLED)]
    assert main(arguments) == 0
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert main(arguments) == 0
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    return folder


def test_pictures_hold_the_pixels_that_the_second_network_predicts() -> None:
    outlines = load_networks(BUNDLED)[1].outlines
    samples = list(picture_samples(large_crops(), np.random.default_rng(0), outlines, 1))
    assert 1 <= len(samples) <= 2
    for one in samples:
        pixels = len(one["place"])
        assert one["inputs"].shape == (pixels, CONTEXT_INPUTS)
        assert one["frame"].shape == (3, SIDE, SIDE) and one["given"].shape == (SIDE, SIDE)
        assert len(np.unique(one["place"])) == pixels and one["place"].max() < SIDE**2
        given = one["given"].ravel()[one["place"]]
        assert (one["far"] <= given).all() and (given <= one["near"]).all()


def test_clips_held_out_are_not_drawn(pictures: Path) -> None:
    batches = PictureBatches(pictures, 2)
    names = [file.name for file in pictures.iterdir()]
    held_out = sum(name.startswith("picture-000009") for name in names)
    assert len(batches) == len(names) - held_out
    assert len(batches.held_out()) == held_out
    once, again = batches(3), batches(3)
    assert once["picture.light"].shape == (2, 3, SIDE, SIDE)
    for name, values in once.items():
        assert torch.equal(values, again[name])


def test_the_loss_of_pictures_ranks_predictions(pictures: Path) -> None:
    batch = PictureBatches(pictures, 2)(0)
    far, span = batch["picture.far"], batch["picture.near"] - batch["picture.far"]

    def error(disparity: str, odds: float):
        share = (batch[disparity].reshape(-1)[batch["picture.place"]] - far) / span
        # the other surface does not count where the network is sure
        prediction = torch.stack([torch.full_like(far, odds), share - 1, share], 1).requires_grad_()
        errors = picture_errors(prediction, batch)
        assert (torch.autograd.grad(errors.sum(), prediction)[0].abs().sum(0) > 0).any()
        return errors

    for odds in (-50.0, 50.0, 1.0):
        assert (error("picture.aim", odds) < error("picture.given", odds)).all()
    scene = predicted_scenes(torch.tensor([[0.0, 0.0, 0.0]]).expand(len(far), 3), batch)[0]
    unsure = scene.share == 0.5
    assert unsure.any() and (scene.share[~unsure] == 1).all()
    torch.testing.assert_close(scene.first[~unsure], batch["picture.given"][0][~unsure])


def test_training_goes_on_through_pictures(samples: Path, pool: Path, pictures: Path, tmp_path: Path) -> None:
    more = tmp_path / "samples"
    arguments = ["samples", str(more), "--pool", str(pool), "--each", "400", "--context", str(BUNDLED)]
    assert main(arguments) == 0
    train = ["train", "context", str(tmp_path / "run"), "--samples", str(more), "--batch", "8"]
    train += ["--start", str(BUNDLED), "--pictures", str(pictures), "--pictures-batch", "1"]
    assert main([*train, "--steps", "1"]) == 0
    assert main([*train, "--steps", "2"]) == 0
    logs = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in logs] == [1, 2]
    assert logs[-1]["picture"] < 0
    figures = (tmp_path / "run" / "validation.jsonl").read_text().splitlines()
    assert 20 < json.loads(figures[-1])["psnr"] < 45.3
    exported = ["export", str(BUNDLED), str(tmp_path / "run"), str(BUNDLED), str(tmp_path / "weights")]
    assert main(exported) == 0
    before, after = (read_weights(folder)[1] for folder in (BUNDLED, tmp_path / "weights"))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed and all(name.startswith("context.") for name in changed)
    # half way between what it began with and what became of it
    assert main([*exported[:-1], str(tmp_path / "mean"), "--mean", str(BUNDLED)]) == 0
    _, mean = read_weights(tmp_path / "mean")
    for name in before:
        np.testing.assert_allclose(mean[name], (before[name] + after[name]) / 2, rtol=1e-5, atol=1e-6)
    other = tmp_path / "other"
    write_weights(other, {name: torch.from_numpy(one + 1) for name, one in before.items()}, RepairConfig())
    assert main([*exported[:-1], str(tmp_path / "mixed"), "--mean", str(other)]) == 2
    assert not (tmp_path / "mixed").exists()
    assert main(["train", "outlines", *train[2:], "--steps", "1"]) == 2
