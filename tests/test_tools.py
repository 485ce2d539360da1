"""Scripts of tools/ still find what they import, and the small ones do their work."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from anybokeh.evaluation.metrics import lpips

FOLDER = Path(__file__).resolve().parents[1] / "tools"
AT_WORK = {"convert_metric_weights.py", "gpu_check.py", "ship_model.py", "training_curves.py"}
"""Tested further down."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a script in this process."""

    def run(name: str, *arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(FOLDER / name), run_name="__main__")

    return run


@pytest.mark.parametrize("name", sorted({file.name for file in FOLDER.glob("*.py")} - AT_WORK))
def test_it_is_loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "studio_pictures.py":
        pytest.importorskip("playwright", reason=f"{name} needs playwright")
    monkeypatch.syspath_prepend(FOLDER)
    assert callable(runpy.run_path(str(FOLDER / name))["main"])


def test_curves_of_a_training(run: Callable[..., None], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for number, (part, loss) in enumerate((("vae", "pixels"), ("unet", "latents"))):
        folder = tmp_path / f"{number}-{part}"
        folder.mkdir()
        log = [{"step": step, loss: 1 / step} for step in range(1, 9)]
        checks = [{"step": step, "psnr": 20 + step} for step in (4, 8)]
        for name, lines in (("log", log), ("validation", checks)):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run("training_curves.py", tmp_path, tmp_path / "curves.png")
    picture = cv2.imread(str(tmp_path / "curves.png"))
    assert picture is not None and picture.std() > 10


def test_weights_of_lpips_are_converted(run: Callable[..., None], tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    load_file = pytest.importorskip("safetensors.torch").load_file
    from evaluation.metrics.test_networks import alexnet

    weights = alexnet()
    lin = {name.replace(".weight", ".model.1.weight"): one for name, one in weights.items() if "lin" in name}
    features = {name: one for name, one in weights.items() if "lin" not in name}
    torch.save(features, tmp_path / "alexnet.pth")
    torch.save(lin, tmp_path / "alex.pth")
    files = tmp_path / "alexnet.pth", tmp_path / "alex.pth"
    run("convert_metric_weights.py", "lpips", *files, "-o", tmp_path / "out")
    found = load_file(tmp_path / "out" / lpips.FILE)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_a_model_is_shipped_in_half_precision(run: Callable[..., None], tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("diffusers")
    from anybokeh.models import AnyBokehPipeline
    from models.small import small_pipeline

    pipe = small_pipeline(clip=False)
    pipe.save_pretrained(tmp_path / "model")
    run("ship_model.py", tmp_path / "model", tmp_path / "shipped")
    found = AnyBokehPipeline.from_pretrained(tmp_path / "shipped", torch_dtype=torch.float16)
    for part in ("unet", "vae"):
        given = getattr(pipe, part).state_dict()
        for name, one in getattr(found, part).state_dict().items():
            assert torch.equal(one, given[name].half()), name


@pytest.mark.slow
def test_what_runs_on_a_card_is_checked_in_small_on_the_processor(tmp_path: Path) -> None:
    for package in ("torch", "diffusers", "accelerate", "matplotlib", "anybokeh_nano"):
        pytest.importorskip(package)
    command = [
        sys.executable,
        str(FOLDER / "gpu_check.py"),
        "--tiny",
        "--minutes",
        "0.5",
        "-o",
        str(tmp_path),
    ]
    # threads that wait for each other cost more than such small work
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    for pattern in (
        r"torch.bfloat16: \d.* s a frame of 64x64.*\nbfloat16 against float32: differs by \d",
        r"nano: differs by 0.00e\+00 in the mean",
        r"== training\nbatch of \d\n2 steps\ncurve: ",
    ):
        assert re.search(pattern, done.stdout), done.stdout
    picture = cv2.imread(str(tmp_path / "nano" / "curve.png"))
    assert picture is not None and picture.std() > 10
    again = subprocess.run(
        [*command, "--only", "training"], capture_output=True, text=True, timeout=600, env=alone
    )
    assert "resumed\n0 steps" in again.stdout, again.stdout


def test_without_a_card_one_line_says_so(run: Callable[..., None], capsys: pytest.CaptureFixture) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    with pytest.raises(SystemExit) as ended:
        run("gpu_check.py")
    assert ended.value.code == 0
    assert capsys.readouterr().out == "no CUDA device can be had here: nothing was checked\n"
