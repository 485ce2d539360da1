"""Check and measure all that runs on an NVIDIA graphics card: `make gpu-check`.

    python tools/gpu_check.py [--only model,torch,onnx,gpu,training] [--minutes 30] [-o out/gpu_check]

Where there is no card it says so in one line and ends well. Each part prints its figures; one that fails is
told, and the others go on. The training of `nano` goes on where one in the same folder was stopped.
With --tiny all parts run on the processor, so small that their figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import runpy
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
STEPS = 100_000
"""Of the training; time ends it before."""
MOST_SAMPLES = 256


@dataclass(frozen=True)
class Check:
    """device: `cuda`, or `cpu` where everything is tiny. minutes: of training. folder: of the training."""

    device: str
    tiny: bool
    minutes: float
    folder: Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    parser.add_argument("--minutes", type=float, default=30.0, help="of training (default 30)")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/gpu_check"))
    parser.add_argument("--tiny", action="store_true", help="everything tiny and on the processor")
    options = parser.parse_args()
    if not options.tiny and not has_card():
        print("no CUDA device can be had here: nothing was checked")
        return 0
    check = Check("cpu" if options.tiny else "cuda", options.tiny, options.minutes, options.output)
    sys.path[:0] = [str(BENCHMARKS), str(ROOT / "tests"), str(ROOT / "tools")]
    failed = []
    for name in options.only.split(","):
        print(f"== {name}", flush=True)
        try:
            PARTS[name](check)
        except Exception:
            traceback.print_exc(file=sys.stdout)
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def has_card() -> bool:
    """Whether PyTorch is here and can use a CUDA device."""
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


def check_model(check: Check) -> None:
    """The one-step model at full size with seeded weights: bfloat16 beside float32."""
    import torch

    frames, height, width = (3, 64, 64) if check.tiny else (24, 576, 1024)
    pipe = seeded_model(check).to(check.device)
    given = pictures(frames, height, width)
    found = {}
    for kind in (torch.float32, torch.bfloat16):
        pipe.to(kind)
        found[kind], seconds, gigabytes = measured(check, lambda: pipe(*given, 0.5, 16.0).frames)
        print(f"{kind}: {seconds / frames:.3f} s a frame of {width}x{height}, {gigabytes:.1f} GB at most")
    print(f"bfloat16 against float32: {difference(*found.values())}", flush=True)


def seeded_model(check: Check) -> Any:
    """A pipeline with weights of a seed; its activations stay near those of trained ones."""
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    from anybokeh.models import AnyBokehPipeline, BokehUNet, BokehVAE
    from operations import FULL, tiny

    sizes = tiny() if check.tiny else FULL
    torch.manual_seed(0)
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**sizes.clip))
    vae = BokehVAE(**{**sizes.vae, "force_upcast": False})
    return AnyBokehPipeline(BokehUNet(**sizes.unet).eval(), vae.eval(), encoder.eval())


def check_torch(check: Check) -> None:
    """What is written in PyTorch for any device: nano."""
    from anybokeh.models import AnyBokehPipeline
    from anybokeh.models.library import find_model

    frames, height, width = (2, 64, 64) if check.tiny else (8, 576, 1024)
    given = pictures(frames, height, width)
    pipes = {
        place: AnyBokehPipeline.from_pretrained(find_model("nano")).to(place)
        for place in ("cpu", check.device)
    }
    compare(
        check,
        "nano",
        {name: lambda one=one: one(*given, 0.5, 16.0).frames for name, one in pipes.items()},
        frames,
    )


def compare(check: Check, what: str, ways: dict[str, Callable[[], Any]], frames: int) -> None:
    """Seconds of several ways to the same frames, and how far the last lies from the first."""
    found = []
    for name, work in ways.items():
        result, seconds, _ = measured(check, work)
        found.append(result)
        print(f"{what}, {name}: {1e3 * seconds / frames:.1f} ms a frame")
    print(f"{what}: {difference(found[0], found[-1])}", flush=True)


def check_onnx(check: Check) -> None:
    """ONNX Runtime with CUDA, on the network that finds subjects."""
    try:
        import onnxruntime
    except ImportError:
        print("ONNX Runtime is not installed: left out")
        return
    from anybokeh.runtime.onnx_session import CPU, session_over
    from anybokeh.storage.pinned import SUBJECT_NETWORK, find

    cuda = "CUDAExecutionProvider"
    there = cuda in onnxruntime.get_available_providers()
    file = find(SUBJECT_NETWORK)
    if file is None or not (there or check.tiny):
        print("no CUDA in this ONNX Runtime, or no network (anybokeh models get subject): left out")
        return
    values = np.random.default_rng(0).random((1, 3, 320, 320), np.float32)
    sessions = {
        "processor": session_over(str(file)),
        "CUDA": session_over(str(file), (cuda, CPU) if there else (CPU,)),
    }
    name = sessions["CUDA"].get_inputs()[0].name
    print(f"providers: {', '.join(sessions['CUDA'].get_providers())}")
    compare(
        check,
        "subject",
        {place: lambda one=one: one.run(None, {name: values})[0] for place, one in sessions.items()},
        1,
    )


def check_gpu(check: Check) -> None:
    """The layered renderer on the card, where its benchmark is there."""
    script = BENCHMARKS / "gpu.py"
    if check.tiny or not script.is_file():
        print("left out")
        return
    before = sys.argv
    sys.argv = [str(script)]
    sys.path.insert(0, str(BENCHMARKS))
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv = before


def check_training(check: Check) -> None:
    """Training of nano from its present state, at the largest batch that fits, until the time is over."""
    from anybokeh.training.training_run import SETTINGS, run_training

    folder = check.folder / "nano"
    resume = (folder / SETTINGS).is_file()
    batch = json.loads((folder / SETTINGS).read_text())["stages"][0]["batch"] if resume else None
    settings = training_settings(check, batch or 1)
    if batch is None:
        settings = training_settings(check, largest_batch(check, settings))
    print(f"batch of {settings.stages[0].batch}{', resumed' if resume else ''}", flush=True)
    end = time.monotonic() + 60 * check.minutes
    reached = [0]

    def progress(name: str) -> Callable[[int, int | None], None]:
        def step(done: int, total: int | None) -> None:
            reached[0] = done
            # only what is in a checkpoint is not lost
            if time.monotonic() > end and done % settings.stages[0].loop.save_every == 0:
                raise TimeIsOver

        return step

    try:
        run_training(settings, folder, resume=resume, progress=progress)
    except TimeIsOver:
        print(f"stopped after {check.minutes:g} minutes; the same command goes on")
    print(f"{reached[0]} steps")
    draw_curve(folder)


class TimeIsOver(Exception):
    """The training has had its minutes."""


def training_settings(check: Check, batch: int) -> Any:
    """Of one stage that trains the U-Net further, as the last rounds of nano did."""
    from anybokeh.training.config import ModelSettings, TrainingSettings, read_settings
    from anybokeh.training.training_run import smoke

    nano = read_settings("nano")
    stage = next(one for one in reversed(nano.stages) if one.part == "unet")
    if check.tiny:
        small = smoke(nano)
        stage = replace(next(one for one in small.stages if one.part == "unet"), batch=batch)
        return replace(small, stages=(stage,))
    loop = replace(
        stage.loop,
        steps=STEPS,
        descent=0,
        precision="bf16",
        save_every=50,
        report_every=20,
        validate_every=250,
    )
    model = ModelSettings(start="nano")
    return TrainingSettings(model, (replace(stage, batch=batch, loop=loop),), nano.data, nano.validation)


def largest_batch(check: Check, settings: Any) -> int:
    """Doubled until the card has no room for a step."""
    import torch

    from anybokeh.training.clips import Batches, open_clips
    from anybokeh.training.stages import new_stage
    from anybokeh.training.start import new_pipeline

    stage = settings.stages[0]
    clips = open_clips(settings.data, check.folder / "nano" / "clips", settings.versions())
    pipe = new_pipeline(settings.model, 0).to(check.device)
    prepared = new_stage(pipe, stage)
    fits, most = 0, 2 if check.tiny else MOST_SAMPLES
    while max(1, 2 * fits) <= most:
        tried = max(1, 2 * fits)
        batch = Batches(clips, replace(stage, batch=tried), 0)(0)
        try:
            with torch.autocast(check.device, torch.bfloat16):
                losses = prepared.losses(
                    prepared.module, {name: one.to(check.device) for name, one in batch.items()}
                )
                torch.stack(list(losses.values())).sum().backward()
        except torch.OutOfMemoryError:
            break
        finally:
            prepared.module.zero_grad(set_to_none=True)
        fits = tried
    del pipe, prepared
    if check.device == "cuda":
        torch.cuda.empty_cache()
    if not fits:
        raise MemoryError("the card has no room for a single sample")
    # moments of the optimiser, and the mean of the weights, want their room as well
    return max(1, fits // 2) if fits < most else fits


def draw_curve(folder: Path) -> None:
    """The curve of the training so far, where a validation has been reached."""
    logs = list(folder.glob("*/validation.jsonl"))
    try:
        import training_curves
    except ImportError as error:
        print(f"no curve: {error}")
        return
    if not logs:
        print("no curve: no validation was reached")
        return
    before = sys.argv
    sys.argv = ["training_curves.py", str(folder), str(folder / "curve.png")]
    try:
        training_curves.main()
    finally:
        sys.argv = before
    print(f"curve: {folder / 'curve.png'}")


def pictures(frames: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Smooth noise, and disparity with a near block that moves."""
    rng = np.random.default_rng(0)
    coarse = rng.random((frames, 3, height // 8, width // 8), np.float32)
    disparity = np.linspace(0, 0.5, width, dtype=np.float32) * np.ones((frames, height, 1), np.float32)
    for index, one in enumerate(disparity):
        one[height // 4 :, width // 8 + index : width // 2] = 0.9
    return coarse.repeat(8, axis=2).repeat(8, axis=3), disparity


def measured(check: Check, work: Callable[[], Any]) -> tuple[np.ndarray, float, float]:
    """What a call returns, seconds of a second call of it, and the most memory of the card in GB."""
    import torch

    work()
    if check.device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    begun = time.perf_counter()
    result = np.asarray(work(), np.float32)
    seconds = time.perf_counter() - begun
    return result, seconds, torch.cuda.max_memory_allocated() / 1e9 if check.device == "cuda" else 0.0


def difference(one: np.ndarray, other: np.ndarray) -> str:
    """The largest and the mean difference, in words."""
    apart = np.abs(one - other)
    return f"differs by {apart.mean():.2e} in the mean, {apart.max():.2e} at most"


PARTS: dict[str, Callable[[Check], None]] = {
    "model": check_model,
    "torch": check_torch,
    "onnx": check_onnx,
    "gpu": check_gpu,
    "training": check_training,
}

if __name__ == "__main__":
    sys.exit(main())
