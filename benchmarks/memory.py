"""Peak memory of a render: the same for a long clip as for a short one.

Makes clips with disparity in a temporary folder, renders each from file to file in a process of its own, and
prints the largest resident memory of each and their ratio.

    python benchmarks/memory.py --frames 100 1000
    python benchmarks/memory.py --frames 40 200 --size 1024x576 --renderer nano
    python benchmarks/memory.py --frames 1440 172800 --size 64x40 --steady off --repair off  # two hours
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

RATE = 24
Size = tuple[int, int]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the peak memory of renders.")
    parser.add_argument("--frames", type=int, nargs="+", default=[100, 1000], metavar="N")
    parser.add_argument("--size", type=_size, default=(1920, 1080), metavar="WIDTHxHEIGHT")
    options, others = parser.parse_known_args()
    others = ["--focus", "0.8", "--blur", "32", *others]  # whatever else `anybokeh render` takes
    peak_mb(2, options.size, others)  # fills the cache of compiled kernels; compiling takes memory of its own
    peaks = {frames: peak_mb(frames, options.size, others) for frames in options.frames}
    for frames, peak in peaks.items():
        print(f"{frames} frames of {options.size[0]}x{options.size[1]}: {peak:.0f} MB")
    print(f"largest over smallest: {max(peaks.values()) / min(peaks.values()):.3f}")


def peak_mb(frames: int, size: Size, options: Sequence[str]) -> float:
    """Largest resident memory of the process that renders a clip of that length."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_grey(folder / "disparity.mkv", frames, size)
        write_clip(folder / "clip.mp4", frames, size)
        command = [sys.executable, "-m", "anybokeh.cli", "render", "clip.mp4", "-o", "out.mp4"]
        running = subprocess.Popen([*command, "--disparity", "disparity.mkv", *options], cwd=folder)
        _, status, usage = os.wait4(running.pid, 0)
        if os.waitstatus_to_exitcode(status):
            sys.exit("the render failed")
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def write_clip(path: Path, frames: int, size: Size) -> None:
    """A drifting texture, as H.264 with the usual reordering of frames."""
    width, height = size[0] // 8, size[1] // 8
    noise = np.random.default_rng(1).integers(0, 256, (height, width + frames, 3), np.uint8)
    pictures = (noise[:, i : i + width].repeat(8, axis=0).repeat(8, axis=1) for i in range(frames))
    _write(path, pictures, size, "libx264", "yuv420p", "rgb24", {"preset": "superfast", "crf": "20"})


def write_grey(path: Path, frames: int, size: Size) -> None:
    """Disparity in 16 bits: a far ramp and a near block that moves."""
    width, height = size
    ramp = np.linspace(0, 20000, width, dtype=np.uint16) * np.ones((height, 1), np.uint16)

    def one(index: int) -> np.ndarray:
        left = width // 20 + index % (width // 2)
        disparity = ramp.copy()
        disparity[height // 5 : height * 5 // 6, left : left + width // 4] = 52428
        return disparity

    _write(path, map(one, range(frames)), size, "ffv1", "gray16le", "gray16le", {"slices": "4"})


def _size(text: str) -> Size:
    width, height = (int(part) // 8 * 8 for part in text.split("x"))
    return width, height


def _write(
    path: Path,
    pictures: Iterable[np.ndarray],
    size: Size,
    codec: str,
    stored: str,
    given: str,
    options: dict[str, str],
) -> None:
    """Encode pictures of the format `given` as `stored`, both by ffmpeg's names."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, RATE, options=options)
        (stream.width, stream.height), stream.pix_fmt = size, stored
        for index, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), given)
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
