"""Peak memory of the analysis of a long clip: the same for 10,000 frames as for 1,000.

Makes clips of a textured thing that moves over a textured ground, finds subject, disparity without a depth
network, and focus, and makes the disparity steady, each clip in a process of its own. Prints the largest
resident memory of each.

    python benchmarks/long_clip.py --frames 1000 10000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

RATE = 24


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the peak memory of the analysis of long clips.")
    parser.add_argument("--frames", type=int, nargs="+", default=[1000, 10000], metavar="N")
    parser.add_argument("--size", default="192x108", metavar="WxH")
    parser.add_argument("--analyse", metavar="CLIP", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.analyse:
        analyse_whole(Path(options.analyse))
        return
    width, height = (int(side) for side in options.size.split("x"))
    peaks = []
    for frames in options.frames:
        peaks.append(peak_mb(frames, width, height))
        print(f"{frames} frames of {width}x{height}: {peaks[-1]:.0f} MB", flush=True)
    print(f"largest over smallest: {max(peaks) / min(peaks):.3f}")


def peak_mb(frames: int, width: int, height: int) -> float:
    """Largest resident memory of a process that analyses a clip of that length."""
    with tempfile.TemporaryDirectory() as name:
        clip = Path(name) / "clip.mp4"
        write_clip(clip, pictures(frames, width, height), width, height)
        command = [sys.executable, __file__, "--analyse", str(clip)]
        running = subprocess.Popen(command, env={**os.environ, "ANYBOKEH_CACHE": name})
        _, status, usage = os.wait4(running.pid, 0)
        if os.waitstatus_to_exitcode(status):
            sys.exit("the analysis failed")
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def analyse_whole(path: Path) -> None:
    """Everything that comes before the renderer, frame by frame."""
    from anybokeh.clip import open_clip
    from anybokeh.job.analysed_frames import scenes
    from anybokeh.job.analysis import analyse
    from anybokeh.settings import RenderSettings

    settings = RenderSettings(disparity="salient", focus="subject")
    with open_clip(path) as clip:
        analysis = replace(analyse(clip, settings), steady=True)
        for _ in scenes(clip, analysis):
            pass


def pictures(frames: int, width: int, height: int) -> Iterator[np.ndarray]:
    """(height, width, 3) uint8."""
    rng = np.random.default_rng(0)
    ground, thing = (
        cv2.resize(rng.integers(low, low + 90, (27, 48, 3), np.uint8), (width, height)) for low in (20, 150)
    )
    y, x = np.mgrid[:height, :width]
    for index in range(frames):
        middle = width * (0.5 + 0.3 * np.sin(index / 40))
        inside = ((x - middle) / (0.12 * width)) ** 2 + ((y - 0.6 * height) / (0.35 * height)) ** 2 < 1
        yield np.where(inside[..., None], np.roll(thing, int(middle), axis=1), ground)


def write_clip(path: Path, frames: Iterator[np.ndarray], width: int, height: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index, picture in enumerate(frames):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
