"""Measure the renderer's speed beside a rival in the same run; times are CPU-noisy, read the ratios.

    python benchmarks/speed.py [--clip CLIP --disparity MAPS --focus SPEC] [--repeat N]

Without a clip the bundled demo clip is used. Reported for 1024x576 on all processors of this process:
milliseconds a frame of the layered renderer at several K, of 32 disc-filtered layers (OpenCV, as many
threads) at the same K, their ratio, the cost at K = 64 over that at K = 16, and how long a frame takes to
decode with its disparity, to round with and without grain and dither, and to encode; then where the time of a
render with everything on goes, and what the machine could do in it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from anybokeh.clip import Frame, open_clip, open_writer
from anybokeh.clip.pixels import to_frames, to_pixels
from anybokeh.demo.run import MEDIA
from anybokeh.evaluation.baselines import disc_filtered_layers
from anybokeh.finish import Finish, measure_grain
from anybokeh.job.analysis import analyse
from anybokeh.job.refocus import RenderReport, render_clip
from anybokeh.optics import signed_circle_of_confusion
from anybokeh.optics.light import decode
from anybokeh.render import LayeredRenderer
from anybokeh.runtime.stages import StageTime, recorded
from anybokeh.runtime.threads import available_threads
from anybokeh.settings import RenderSettings
from anybokeh.shot import Shot
from machine import measure

_FRAMES = 8
_BLURS = 16, 32, 64

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clip", type=Path, default=MEDIA / "clip.mp4")
    parser.add_argument("--disparity", type=Path, default=MEDIA / "disparity.mkv")
    parser.add_argument("--focus", help="default: the demo's track")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    cv2.setNumThreads(available_threads())
    settings = RenderSettings(
        disparity=options.disparity,
        focus=options.focus,
        track=None if options.focus else MEDIA / "focus.json",
        steady=False,
        repair=False,
    )
    shot, decoding = load(options.clip, settings)
    renderer = LayeredRenderer()
    layered = {blur: best(lambda shot: renderer.render(shot), shot(blur), options.repeat) for blur in _BLURS}
    rival = best(render_disc_filtered, linear_light(shot(32)), 1)
    print("| | ms a frame |\n|---|---|")
    print(f"| decode and read disparity | {1e3 * decoding:.0f} |")
    for blur, seconds in layered.items():
        print(f"| layered, K = {blur} | {1e3 * seconds / _FRAMES:.0f} |")
    print(f"| 32 disc-filtered layers, K = 32 | {1e3 * rival / _FRAMES:.0f} |")
    for name, seconds in finishing(shot(32), options.repeat).items():
        print(f"| {name} | {1e3 * seconds / _FRAMES:.1f} |")
    print(f"| encode | {1e3 * encoding(options.clip):.0f} |")
    print(f"\n32 disc-filtered layers / layered at K = 32: {rival / layered[32]:.2f}")
    print(f"layered at K = 64 / at K = 16: {layered[64] / layered[16]:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.repeat):
            report = render_clip(
                options.clip, Path(folder) / "out.mp4", settings=settings, blur=32.0, overwrite=True
            )
            print(
                f"file to file at K = 32: {report.frames_per_second:.2f} frames a second; "
                f"of {report.seconds:.1f} s, {report.waiting_for_input:.1f} waiting for input, "
                f"{report.rendering:.1f} rendering, {report.waiting_for_output:.1f} handing over output"
            )
        whole = replace(settings, steady=True, repair=True)
        with recorded() as stages:
            report = render_clip(
                options.clip, Path(folder) / "out.mp4", settings=whole, blur=32.0, overwrite=True
            )
    print_stages(stages.times(), report)


def print_stages(times: Sequence[StageTime], report: RenderReport) -> None:
    """Processor time of each stage, and how many operations and bytes a pixel would have taken as long."""
    machine = measure()
    print("\n| stage | ms of processors a frame | multiply-adds a pixel | bytes copied a pixel |")
    print("|---|---|---|---|")
    for one in times:
        if one.processor:
            seconds = one.processor / report.frames
            a_pixel = seconds / (report.width * report.height)
            print(
                f"| {one.stage} | {1e3 * seconds:.1f} | {a_pixel * machine.multiply_adds:.0f} "
                f"| {a_pixel * machine.copied:.0f} |"
            )
    print(
        f"\na processor does {machine.multiply_adds / 1e9:.1f} billion multiply-adds a second and copies "
        f"{machine.copied / 1e9:.1f} GB: the columns say what plain loops would have done in that time"
    )


def load(path: Path, settings: RenderSettings) -> tuple[Callable[[float], Shot], float]:
    """The first frames as a shot for any K, and the seconds a frame that reading them took."""
    with open_clip(path) as clip:
        analysis = analyse(clip, settings)
        started = time.perf_counter()
        frames = list(islice(clip, _FRAMES))
        maps = np.stack([analysis.disparity.read(frame.index, frame.pixels) for frame in frames])
        seconds = (time.perf_counter() - started) / _FRAMES
    pictures = np.stack([to_frames(frame.pixels) for frame in frames])
    return lambda blur: Shot(pictures, maps, analysis.track.focus[:_FRAMES], blur), seconds


def linear_light(shot: Shot) -> list[tuple[np.ndarray, np.ndarray]]:
    """Light and circle of confusion of every frame: the rival is spared the work of converting them."""
    pairs = []
    for index, frame in enumerate(shot.frames):
        light = decode(frame.transpose(1, 2, 0), shot.transfer).astype(np.float32)
        lens_of_frame = shot.focus[index], shot.blur[index], shot.display_width
        pairs.append((light, signed_circle_of_confusion(shot.disparity[index], *lens_of_frame)))
    return pairs


def render_disc_filtered(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """The rival: equal layers of disparity, each filtered with a disc by OpenCV."""
    for light, coc in pairs:
        disc_filtered_layers(light, coc)


def finishing(shot: Shot, repeat: int) -> dict[str, float]:
    """Seconds of rounding frames plainly, and with grain and dither."""
    rendered = LayeredRenderer().render(shot)
    pictures = [np.ascontiguousarray(frame.transpose(1, 2, 0)) for frame in shot.frames]
    rng = np.random.default_rng(0)
    noisy = [(one + 0.01 * rng.standard_normal(one.shape)).astype(np.float32) for one in pictures[:2]]
    frames = [
        Frame(index, Fraction(0), None, to_pixels(frame, np.dtype(np.uint8)))
        for index, frame in enumerate(shot.frames)
    ]
    ways = {
        "round": Finish(),
        "round, with grain and dither": Finish(measure_grain([tuple(noisy)]), dither=True),
    }
    return {
        name: best(
            lambda finish: [finish(*one) for one in zip(frames, rendered, strict=True)], finish, repeat
        )
        for name, finish in ways.items()
    }


def encoding(path: Path) -> float:
    """Seconds a frame of encoding the clip again."""
    with tempfile.TemporaryDirectory() as folder, open_clip(path) as clip:
        frames = list(islice(clip, 4 * _FRAMES))
        started = time.perf_counter()
        with open_writer(Path(folder) / "out.mp4", clip.info) as writer:
            for frame in frames:
                writer.write(frame)
        return (time.perf_counter() - started) / len(frames)


def best(call: Callable[[T], object], argument: T, repeat: int) -> float:
    """Least wall seconds of several calls after one to warm up."""
    call(argument)
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        call(argument)
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main()
