"""What steadying does to the layered renderer's result on clips with truth, and what it costs.

    python benchmarks/steadying.py TRUTH... [--disparity exact network paper]
    python benchmarks/steadying.py --clip CLIP MAPS

TRUTH holds samples of `anybokeh synth` or of `anybokeh.synth.raytraced`. Printed are, for each kind of
disparity, the mean gain of PSNR over disparity that is left as it is, the worst clip's, and the change of
flicker, as `anybokeh eval` measures them. With --clip: how long a frame takes.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from anybokeh.clip import open_clip
from anybokeh.disparity import open_disparity, steadied, steady
from anybokeh.disparity.resize import resize_disparity
from anybokeh.evaluation.cases import Case, find_cases, read_case
from anybokeh.evaluation.disparities import disparity_kinds
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.evaluation.metrics.relative_motion import flicker
from anybokeh.render import LayeredRenderer
from anybokeh.shot import Scene

_TIMED = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("truth", type=Path, nargs="*")
    parser.add_argument("--disparity", nargs="+", default=["exact", "mild", "network", "strong", "paper"])
    parser.add_argument("--clip", nargs=2, metavar=("CLIP", "MAPS"))
    options = parser.parse_args()
    for root in options.truth:
        for kind in disparity_kinds(options.disparity, 0):
            rows = []
            for name, folder in find_cases([root]).items():
                case = read_case(folder, name)
                given = kind.make(case)
                rows.append([*score(case, given), *score(case, steady(case.facts.aif, given))])
            before, flicker_before, after, flicker_after = np.array(rows).T
            print(
                f"{root.name}, {kind.name}: {before.mean():.2f} dB, gain {(after - before).mean():+.2f} "
                f"(worst {(after - before).min():+.2f}), flicker "
                f"{100 * (flicker_after.mean() / flicker_before.mean() - 1):+.1f} %",
                flush=True,
            )
    if options.clip:
        measure(*options.clip)


def score(case: Case, disparity: np.ndarray) -> tuple[float, float]:
    """PSNR in dB and flicker of the layered renderer's result."""
    facts = case.facts
    assert facts.truth is not None
    shot = replace(case.shot(facts.disparity), scene=Scene(disparity))
    result = LayeredRenderer(facts.lens).render(shot)
    return psnr(result, facts.truth), flicker(result, facts.truth)


def measure(clip: str, maps: str) -> None:
    disparity = open_disparity(maps)
    items = []
    with open_clip(clip) as opened:
        for frame in islice(opened, _TIMED):
            found = disparity.read(frame.index)
            if found.shape != frame.pixels.shape[:2]:
                found = resize_disparity(found, frame.pixels)
            items.append((frame.index, frame.pixels, found))
    list(steadied(items[:8]))
    for _ in range(3):
        started, worked = time.perf_counter(), time.process_time()
        list(steadied(items))
        wall, cpu = time.perf_counter() - started, time.process_time() - worked
        height, width = items[0][2].shape
        print(
            f"{width}x{height}: {1000 * wall / len(items):.0f} ms a frame, "
            f"{1000 * cpu / len(items):.0f} ms of processor time"
        )


if __name__ == "__main__":
    main()
