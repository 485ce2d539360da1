"""What segments and checksums cost: processor time beside that of the render.

    python benchmarks/segments_overhead.py --frames 96

Writes the same pictures once straight into a file and once through segments with checksums, fingerprint and
joining, and relates the difference to the processor time of a whole render of them at 1024x576, K = 16. That
render leaves steadying and repair out, which would only make the share smaller.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from anybokeh import render_clip
from anybokeh.clip import Frame, open_clip, open_writer
from anybokeh.segments.fingerprint import fingerprint
from anybokeh.segments.open_job import open_job
from anybokeh.segments.resumable import Target
from anybokeh.settings import RenderSettings

HEIGHT, WIDTH, RATE = 576, 1024, 24


def pictures(count: int) -> list[np.ndarray]:
    """Smooth pictures with a little grain that move, as blurred clips are."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    grain = rng.normal(0, 2, (HEIGHT, WIDTH, 3))
    frames = []
    for index in range(count):
        waves = [np.sin((columns + 3 * index) / scale + rows / 90) for scale in (60, 85, 130)]
        frames.append(
            np.clip(128 + 80 * np.stack(waves, -1) + np.roll(grain, index, 1), 0, 255).astype(np.uint8)
        )
    return frames


def processor_seconds(work: Callable[[], object]) -> float:
    """Of all threads of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Print the share for each codec."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pixels = pictures(options.frames)
        frames = [Frame(i, Fraction(i, RATE), Fraction(1, RATE), one) for i, one in enumerate(pixels)]
        with open_clip(write_source(folder, frames)) as clip:
            info = clip.info
        np.save(
            folder / "d.npy",
            np.linspace(0, 1, WIDTH, dtype=np.float32) * np.ones((len(pixels), HEIGHT, 1), "f4"),
        )
        settings = RenderSettings(
            disparity=folder / "d.npy", focus=0.5, device="cpu", steady=False, repair=False, overwrite=True
        )
        for codec, output in (("h264", "o.mp4"), ("ffv1", "o.mkv"), ("png", "o")):
            target = folder / output

            def straight(target: Path = target, codec: str = codec) -> None:
                with open_writer(
                    target, info, source=folder / "in.mkv", codec=codec, overwrite=True
                ) as writer:
                    for frame in frames:
                        writer.write(frame)

            def in_segments(target: Path = target, codec: str = codec) -> None:
                identity = fingerprint(folder / "in.mkv", settings, [folder / "d.npy"], {})
                with open_job(
                    Target(target, info, folder / "in.mkv", codec=codec), identity, 48, False
                ) as job:
                    for _ in job.missing():
                        for number, frame in enumerate(frames, 1):
                            job.write(frame)
                            if number % 8 == 0:
                                job.cut()
                    job.join()

            def whole(target: Path = target, codec: str = codec) -> None:
                render_clip(folder / "in.mkv", target, settings=settings, codec=codec)

            for work in (straight, in_segments, whole):
                work()
            render = min(processor_seconds(whole) for _ in range(2))
            before = [processor_seconds(straight) for _ in range(options.repeats)]
            after = [processor_seconds(in_segments) for _ in range(options.repeats)]
            more = min(after) - min(before)
            print(
                f"{codec}: {min(before):.2f} s straight, {min(after):.2f} s in segments,"
                f" {render:.2f} s the render: {100 * more / (render - more):+.2f} %",
                flush=True,
            )


def write_source(folder: Path, frames: list[Frame]) -> Path:
    """The frames as a lossless clip."""
    from anybokeh.clip import ClipInfo

    info = ClipInfo(folder / "in", WIDTH, HEIGHT, frame_rate=Fraction(RATE))
    with open_writer(folder / "in.mkv", info, codec="ffv1") as writer:
        for frame in frames:
            writer.write(frame)
    return folder / "in.mkv"


if __name__ == "__main__":
    main()
