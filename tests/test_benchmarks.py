"""Every script of benchmarks/ runs, on an input so small that its figures mean nothing."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest

import anybokeh
import tiny
from clip import make
from evaluation import samples

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
SMALL = "--size", "64x48"
SHORT = "--frames", "4", *SMALL, "--repeats", "1"
MODEL = "torch", "diffusers"


@dataclass(frozen=True)
class Run:
    """How to run a script.

    says: a pattern of its output. needs: packages. here: in this process, which has loaded PyTorch already.
    """

    arguments: Sequence[str] | Callable[[Path], Sequence[object]]
    says: str
    needs: tuple[str, ...] = ()
    here: bool = False


def truth(folder: Path) -> list[object]:
    """One sample whose truth is known."""
    return [samples.benchmark(folder / "truth", 1), "--disparity", "exact"]


def clip(folder: Path) -> tuple[Path, Path]:
    """A clip and its disparity."""
    maps = tiny.maps(folder / "maps", tiny.disparity())
    return make.video(folder / "clip.mp4", tiny.pictures()), maps


def subject(folder: Path) -> list[object]:
    """A clip, masks of its subject, and disparity."""
    source, maps = clip(folder)
    return [source, tiny.masks(folder / "masks"), maps]


def speed(folder: Path) -> list[object]:
    source, maps = clip(folder)
    return ["--clip", source, "--disparity", maps, "--focus", 0.5, "--repeat", 1]


def scenes(folder: Path) -> list[object]:
    """One scene, whose pictures are noise."""
    from anybokeh.synth.raytraced.find_mitsuba import mitsuba
    from anybokeh.synth.raytraced.scenes.photographs import TEST_ITEMS

    try:
        mitsuba()
    except ValueError as error:
        pytest.skip(str(error))
    library = folder / "library"
    library.mkdir()
    rng = np.random.default_rng(0)
    for name in TEST_ITEMS:
        cv2.imwrite(str(library / f"{name}.png"), rng.integers(0, 256, (48, 64, 3), np.uint8))
    options = ["--library", library, "--frames", 2, "--size", "32x24", "--quick"]
    return [folder / "out", "--scenes", "portrait", *options]


def blender(folder: Path) -> list[object]:
    if shutil.which("blender") is None:
        pytest.skip("Blender is not installed")
    return ["--frames", 3, *SMALL, "--samples", 2, "--sharp-samples", 1, "--strip", folder / "strip.jpg"]


RUNS: dict[str, Run] = {
    "blender.py": Run(blender, r"anybokeh is -?\d+\.\d dB nearer", ("OpenEXR",)),
    "full_size_step.py": Run(["--tiny"], r"decoder: 3 frames of 64x64, loss", MODEL, here=True),
    "fuzz.py": Run(["--inputs", "1", "--only", "track"], r"track: \d+ inputs, 0 uncaught", ("hypothesis",)),
    "gpu.py": Run(
        lambda folder: ["--size", "48x32", "--frames", "1", "--repeats", "1", "--scenes", truth(folder)[0]],
        r"card / processor: \d(.*\n)+between.* dB(.*\n)+\| .* \| 1\d\d\.\d\d \|",
        ("wgpu",),
    ),
    "gpu_work.py": Run([], r"\| 1920x1080 \| \d+\.\d G \|"),
    "in_use.py": Run(lambda folder: [*truth(folder), "--renderers", "layered"], r"\| repaired \| layered"),
    "key_frames.py": Run(
        ["--seeds", "3", "--frames", "4", "--size", "128x72"], r"key frames, steadied: error \d"
    ),
    "kill_and_resume.py": Run(["--trials", "1"], r"lost or doubled frames: 0\n"),
    "lamps.py": Run(arguments=["--seeds", "0"], says=r"gain \d.*chromaticity"),
    "long_clip.py": Run(["--frames", "4", *SMALL], r"4 frames of 64x48: \d+ MB"),
    "machine.py": Run([], r"billion multiply-adds a second of a processor\n.* GB copied"),
    "memory.py": Run(["--frames", "2", *SMALL], r"2 frames of 64x48: \d+ MB"),
    "operations.py": Run(
        ["--tiny", "--run", "--frames", "9", "--size", "128x64", "--threads", "1"],
        r"results differ by at most \d\.\de-0[5-9]",
        MODEL,
        here=True,
    ),
    "outlines.py": Run(
        ["--each", "1", "--frames", "1", *SMALL, "--compare", Path(anybokeh.__file__).parents[1]],
        r"\| difference(.*\n)+\| both \| 0\.00 \| 0\.00",
    ),
    # what it defines runs in operations.py
    "plain_one_step.py": Run([], "^$", MODEL, here=True),
    "ray_throughput.py": Run([*SHORT, "--workers", "1"], r"packets equal: True", ("ray",)),
    "repair.py": Run(truth, r"\| both \|"),
    "salient.py": Run(subject, r"frames a second"),
    "segments_overhead.py": Run(SHORT, r"png: .* in segments"),
    "scaling.py": Run(
        lambda folder: [*speed(folder)[:4], "--seconds", "0.3"], r"thread of scenes: .*\n(.*\n)*16 processors"
    ),
    "speed.py": Run(speed, r"file to file at K = 32(.*\n)*\| layers \| "),
    "start.py": Run(
        lambda folder: [*speed(folder)[:4], "--repeat", "1"], r"\| --help \| .*\n\| first frame \| \d"
    ),
    "steadying.py": Run(truth, r"truth, exact: .* dB, gain"),
    "subject_clips.py": Run(["--tiny"], r"mean \d"),
    "studio.py": Run(
        ["--seconds", "4", "--size", "320x180", "--clicks", "1"],
        r"preview by the server alone: median",
        ("starlette", "uvicorn", "playwright"),
    ),
    "truth_scenes.py": Run(scenes, r"portrait: 2 of 2", ("mitsuba",)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({file.name for file in FOLDER.glob("*.py")} | RUNS.keys()))
def test_it_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name in RUNS, f"benchmarks/{name} has no tiny run in this file"
    run = RUNS[name]
    for package in run.needs:
        pytest.importorskip(package, reason=f"{name} needs {package}")
    if sys.platform == "win32" and name in ("kill_and_resume.py", "long_clip.py", "memory.py", "studio.py"):
        pytest.skip(f"{name} asks the system what Windows does not tell")
    arguments = run.arguments(tmp_path) if callable(run.arguments) else run.arguments
    command = [str(FOLDER / name), *map(str, arguments)]
    output = in_this_process(command, monkeypatch) if run.here else in_its_own(command, tmp_path)
    assert re.search(run.says, output), output


def in_its_own(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_this_process(command: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> str:
    import torch

    threads = torch.get_num_threads()
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.syspath_prepend(FOLDER)
    try:
        with redirect_stdout(StringIO()) as output:
            runpy.run_path(command[0], run_name="__main__")
    finally:
        torch.set_num_threads(threads)
    return output.getvalue()
