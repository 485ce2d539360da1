"""Make ray-traced benchmark clips: sharp frames, exact disparity, true lens blur and masks.

    python benchmarks/truth_scenes.py OUT [--scenes portrait ground ...] [--frames 25] [--quick]

An interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.synth.raytraced.scenes import FULL, QUICK, SCENES, make_scenes


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenes", nargs="+", choices=list(SCENES), metavar="NAME")
    parser.add_argument("--frames", type=int, default=25)
    parser.add_argument("--size", default="512x288", help="WIDTHxHEIGHT")
    parser.add_argument("--quick", action="store_true", help="few rays")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--library", type=Path, help="a folder of pictures made by `anybokeh synth fetch`")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    try:
        make_scenes(
            options.out,
            options.scenes,
            frames=options.frames,
            size=(width, height),
            quality=QUICK if options.quick else FULL,
            seed=options.seed,
            library=options.library,
            progress=lambda name, done, frames: print(f"{name}: {done} of {frames}", flush=True),
        )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
