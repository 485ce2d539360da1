"""Score renderers as they are used: on disparity as it came, steadied, and steadied with the scene repaired.

    python benchmarks/in_use.py TRUTH [TRUTH ...] [--renderers layered nano] [--disparity exact damaged]

TRUTH holds samples of `anybokeh synth` or of `anybokeh.synth.raytraced`. Every figure is the mean over clips.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from anybokeh.evaluation.cases import Case, find_cases, read_case
from anybokeh.evaluation.disparities import disparity_kinds
from anybokeh.evaluation.metrics import clip_metrics
from anybokeh.job.in_memory import prepare
from anybokeh.render import load_renderer
from anybokeh.shot import Shot

METRICS = "psnr", "edge_psnr", "flicker"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("truth", nargs="+", type=Path)
    parser.add_argument("--renderers", nargs="+", default=["layered", "nano"])
    parser.add_argument("--disparity", nargs="+", default=["exact", "damaged"])
    parser.add_argument("--frames", type=int, help="of each clip (default: all)")
    options = parser.parse_args()
    metrics = [one for one in clip_metrics(Path()) if one.key in METRICS]
    renderers = {name: load_renderer(name, device="cpu") for name in options.renderers}
    rows: dict[tuple[str, str, str], list[list[float]]] = {}
    for name, folder in find_cases(options.truth).items():
        case = read_case(folder, name, options.frames)
        for kind in disparity_kinds(options.disparity, 0):
            for way, shot in ways(case, kind.make(case)):
                for renderer, rendering in renderers.items():
                    started = time.process_time()
                    frames = np.asarray(rendering.render(shot), np.float32)
                    seconds = (time.process_time() - started) / len(frames)
                    values = [float(metric(frames, case.facts)) for metric in metrics]  # type: ignore[arg-type]
                    rows.setdefault((kind.name, way, renderer), []).append([*values, seconds])
                    shown = " ".join(f"{value:7.3f}" for value in values)
                    print(f"{name:14} {kind.name:8} {way:9} {renderer:8} {shown}", flush=True)
    print("\n| disparity | scene | renderer | PSNR | at edges | flicker | CPU s a frame |")
    print("|---|---|---|---|---|---|---|")
    for place, found in rows.items():
        mean = np.mean(found, axis=0)
        print(f"| {' | '.join(place)} | {' | '.join(f'{value:.3f}' for value in mean)} |")


def ways(case: Case, disparity: np.ndarray) -> Iterator[tuple[str, Shot]]:
    """The clip's shot with its disparity prepared in three ways."""
    facts = case.facts
    as_given = case.shot(disparity)
    numbers = facts.focus, facts.blur
    for name, steady, repair in (
        ("as given", False, False),
        ("steadied", True, False),
        ("repaired", True, True),
    ):
        prepared = prepare(facts.aif, disparity, *numbers, range=facts.range, steady=steady, repair=repair)
        yield name, replace(as_given, scene=prepared.scene)


if __name__ == "__main__":
    main()
