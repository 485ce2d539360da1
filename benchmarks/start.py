"""How long the program takes to start: to its help, and to the first frame that is handed to the encoder.

    python benchmarks/start.py [--clip CLIP --disparity MAPS] [--repeat 9] [--compare SRC]

Without a clip the bundled demo clip is used (1024x576). Each figure is the median of runs in turn, beside a
Python that does nothing and beside the sources of another checkout; seconds on the clock, and of processors,
which other work on the machine changes less. Kernels are compiled, and all bytecode written, in a run before.
`--options` are those of `anybokeh render`.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import anybokeh
from anybokeh.demo.run import MEDIA

FIRST_FRAME = """
import os, sys, time
from anybokeh.segments.resumable import ResumableOutput
def written(output, frame):
    print(time.time(), time.process_time(), flush=True)
    os._exit(0)
ResumableOutput.write = written
from anybokeh.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""Imports what a render imports anyway, a moment earlier."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clip", type=Path, default=MEDIA / "clip.mp4")
    parser.add_argument("--disparity", type=Path, default=MEDIA / "disparity.mkv")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--renders", type=int, help="of the first frame (default: as REPEAT)")
    parser.add_argument("--compare", type=Path, metavar="SRC", help="the folder src of another checkout")
    parser.add_argument("--options", default="", help="of render")
    options = parser.parse_args()
    sources = {"": Path(anybokeh.__file__).parents[1]}
    if options.compare is not None:
        sources["before, "] = options.compare.absolute()
    render = ["render", str(options.clip), "--disparity", str(options.disparity), "--focus", "0.5"]
    render += shlex.split(options.options)
    helps = {"python -c pass": (None, ["-c", "pass"])}
    helps |= {f"{name}--help": (src, ["-m", "anybokeh", "--help"]) for name, src in sources.items()}
    frames = {f"{name}first frame": (src, ["-c", FIRST_FRAME, *render]) for name, src in sources.items()}
    print("| | seconds | of processors |\n|---|---|---|")
    for runs, repeat in ((helps, options.repeat), (frames, options.renders or options.repeat)):
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for turn in range(repeat + 1):
            for name, (source, command) in runs.items():
                seconds = run(source, command)
                if turn:
                    found[name].append(seconds)
        for name, seconds in found.items():
            wall, processor = (median(column) for column in zip(*seconds, strict=True))
            print(f"| {name} | {wall:.2f} | {processor:.2f} |", flush=True)


def run(source: Path | None, command: Sequence[str]) -> tuple[float, float]:
    """Seconds on the clock and of processors until a command ends, or tells that its first frame is there."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if source is not None:
        variables["PYTHONPATH"] = str(source)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        if "render" in command:
            command = [*command, "-o", str(Path(folder) / "out.mp4")]
        begun = time.time()
        done = subprocess.run([sys.executable, *command], env=variables, capture_output=True, text=True)
        ended = time.time()
    if done.returncode:
        sys.exit(done.stderr)
    if "render" in command:
        moment, processor = map(float, done.stdout.split())
        return moment - begun, processor
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended - begun, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
