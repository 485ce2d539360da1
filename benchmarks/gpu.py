"""Measure the layered renderer on a graphics card beside the processor, in turns.

    python benchmarks/gpu.py [--size 1920x1080] [--blur 32] [--frames 4] [--repeats 3] [--scenes TRUTH]

Needs the extra `gpu`. The best adapter is taken, in software where there is no card. Told: frames a second
of both with everything that a frame costs, their ratio, how much of the card's time is spent on the processor
finding outlines, PSNR between both pictures, and the bytes that a frame moves as `gpu_work.py` counts them.
With `--scenes`, samples with known bokeh are drawn by both as well, and told is how near they are to each
other and to the truth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from anybokeh.evaluation.cases import find_cases, read_case
from anybokeh.render import LayeredRenderer, Shot
from anybokeh.render.outlines import find_outlines
from anybokeh.render.webgpu.adapters import adapter_text, adapters
from anybokeh.render.webgpu.device import Device
from anybokeh.render.webgpu.renderer import WebGpuRenderer
from anybokeh.runtime.threads import Crew
from gpu_work import frame_work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--blur", type=float, default=32)
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scenes", type=Path, help="a folder of samples with known bokeh")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    found = adapters()
    if not found:
        parser.error("no adapter: pip install 'anybokeh[gpu]' and a Vulkan, Metal or DirectX 12 driver")
    card = WebGpuRenderer(device=Device(found[0]))
    shot = scene(width, height, options.frames, options.blur)
    ways = {"card": card.render, "processor": LayeredRenderer().render, "outlines": outlines_of}
    drawn = {name: way(shot) for name, way in ways.items()}
    seconds = {name: np.inf for name in ways}
    for _ in range(options.repeats):
        for name, way in ways.items():
            seconds[name] = min(seconds[name], taken(way, shot))
    print(f"{adapter_text(found[0])}, {width}x{height}, K = {options.blur:g}")
    for name in ("card", "processor"):
        print(f"{name}: {options.frames / seconds[name]:.2f} frames a second")
    print(f"card / processor: {seconds['processor'] / seconds['card']:.2f}")
    print(f"outlines, on the processor: {seconds['outlines'] / seconds['card']:.2f} of the card's time")
    print(f"between both: {psnr(drawn['card'], drawn['processor']):.1f} dB PSNR")
    print(f"bytes a frame: {frame_work(width, height, options.blur).bytes / 1e9:.3f} GB")
    if options.scenes is not None:
        compare(card, options.scenes, options.frames)
    for note in card.notes:
        print(note)


def compare(card: WebGpuRenderer, folder: Path, frames: int) -> None:
    """Both on the first frames of every sample, with its exact disparity."""
    print("| | card / processor | processor / truth | card / truth |\n|---|---|---|---|")
    for name, sample in find_cases([folder]).items():
        case = read_case(sample, name, frames)
        if case.facts.truth is None or case.facts.disparity is None:
            continue
        shot = case.shot(case.facts.disparity, radiance=True)
        by_card, by_processor = card.render(shot), LayeredRenderer().render(shot)
        pairs = (by_card, by_processor), (by_processor, case.facts.truth), (by_card, case.facts.truth)
        print(f"| {name} | " + " | ".join(f"{psnr(*pair):.2f}" for pair in pairs) + " |", flush=True)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """In dB of values from 0 to 1."""
    error = float(np.square(one - other, dtype=np.float64).mean())
    return -10 * np.log10(error) if error else np.inf


def scene(width: int, height: int, frames: int, blur: float) -> Shot:
    """Noise in blocks, on a slope with discs at several depths before it."""
    rng = np.random.default_rng(0)
    blocks = rng.random((3, -(-height // 4), -(-width // 4))).astype(np.float32)
    picture = blocks.repeat(4, 1).repeat(4, 2)[:, :height, :width]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    disparity = 0.5 * y / height
    for depth in np.linspace(0.5, 1, 12, dtype=np.float32):
        centre = rng.random(2) * (height, width)
        disparity[np.hypot(y - centre[0], x - centre[1]) < height / 10] = depth
    every = frames, 1, 1
    return Shot(np.tile(picture, (*every, 1)), np.tile(disparity, every), 0.5, blur)


def outlines_of(shot: Shot) -> None:
    """What the processor does for the card."""
    with Crew() as crew:
        for frame, disparity in zip(shot.frames, shot.disparity, strict=True):
            coc = (disparity - shot.focus[0]) * shot.blur[0] * shot.display_width / 1024
            find_outlines(crew, np.ascontiguousarray(frame.transpose(1, 2, 0)) ** 2.2, coc.astype(np.float32))


def taken(way: Callable[[Shot], object], shot: Shot) -> float:
    """Seconds."""
    started = time.perf_counter()
    way(shot)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
