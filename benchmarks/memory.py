"""Peak memory of a render: the same for a long clip as for a short one.

Makes 1920x1080 clips with disparity in a temporary folder, renders each from file to file in a process of its
own, and prints the largest resident memory of each and their ratio.

    python benchmarks/memory.py --frames 100 1000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

WIDTH, HEIGHT, RATE = 1920, 1080, 24


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the peak memory of renders of 1080p clips.")
    parser.add_argument("--frames", type=int, nargs="+", default=[100, 1000], metavar="N")
    parser.add_argument("--blur", type=float, default=32, metavar="K")
    options = parser.parse_args()
    peak_mb(2, options.blur)  # fills the cache of compiled kernels; compiling takes memory of its own
    peaks = {frames: peak_mb(frames, options.blur) for frames in options.frames}
    for frames, peak in peaks.items():
        print(f"{frames} frames of {WIDTH}x{HEIGHT}: {peak:.0f} MB")
    print(f"largest over smallest: {max(peaks.values()) / min(peaks.values()):.3f}")


def peak_mb(frames: int, blur: float) -> float:
    """Largest resident memory of the process that renders a clip of that length."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_grey(folder / "disparity.mkv", frames)
        write_clip(folder / "clip.mp4", frames)
        command = [sys.executable, "-m", "anybokeh.cli", "render", "clip.mp4", "-o", "out.mp4"]
        command += ["--disparity", "disparity.mkv", "--focus", "0.8", "--blur", f"{blur:g}"]
        running = subprocess.Popen(command, cwd=folder)
        _, status, usage = os.wait4(running.pid, 0)
        if os.waitstatus_to_exitcode(status):
            sys.exit("the render failed")
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def write_clip(path: Path, frames: int) -> None:
    """A drifting texture, as H.264 with the usual reordering of frames."""
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT // 8, WIDTH // 8 + frames, 3), np.uint8)
    pictures = (noise[:, i : i + WIDTH // 8].repeat(8, axis=0).repeat(8, axis=1) for i in range(frames))
    _write(path, pictures, "libx264", "yuv420p", "rgb24", {"preset": "superfast", "crf": "20"})


def write_grey(path: Path, frames: int) -> None:
    """Disparity in 16 bits: a far ramp and a near block that moves."""
    ramp = np.linspace(0, 20000, WIDTH, dtype=np.uint16) * np.ones((HEIGHT, 1), np.uint16)

    def one(index: int) -> np.ndarray:
        left = 100 + index % 1000
        disparity = ramp.copy()
        disparity[200:900, left : left + 500] = 52428
        return disparity

    _write(path, map(one, range(frames)), "ffv1", "gray16le", "gray16le", {"slices": "4"})


def _write(
    path: Path,
    pictures: Iterable[np.ndarray],
    codec: str,
    stored: str,
    given: str,
    options: dict[str, str],
) -> None:
    """Encode pictures of the format `given` as `stored`, both by ffmpeg's names."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, stored
        for index, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), given)
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
