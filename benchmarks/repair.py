"""Score the repair of the scene with the layered renderer on clips with truth.

    python benchmarks/repair.py TRUTH [--disparity exact network] [--weights FOLDER]

TRUTH holds samples of `anybokeh synth` or of `anybokeh.synth.raytraced`. All disparity is steadied first, and
then left as it is, filtered along the picture, or repaired. Flicker is the mean absolute difference of
consecutive-frame differences between result and truth in levels of 255.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from anybokeh.disparity.steadying import steady_both
from anybokeh.evaluation.cases import Case, find_cases, read_case
from anybokeh.evaluation.disparities import disparity_kinds
from anybokeh.evaluation.metrics.edge_band import edge_band, edge_band_psnr
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.optics import signed_circle_of_confusion
from anybokeh.render import LayeredRenderer
from anybokeh.repair import RepairSettings, repair
from anybokeh.repair.repair_settings import BUNDLED
from anybokeh.shot import Scene


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--disparity", nargs="+", default=["exact", "mild", "network", "strong"])
    parser.add_argument("--frames", type=int, help="of each clip (default: all)")
    parser.add_argument("--weights", type=Path, default=BUNDLED)
    options = parser.parse_args()
    for kind in disparity_kinds(options.disparity, 0):
        rows: dict[str, list[np.ndarray]] = {}
        for name, folder in find_cases([options.truth]).items():
            case = read_case(folder, name, options.frames)
            for way, scene in ways(case, kind.make(case), options.weights):
                rows.setdefault(way, []).append(score(case, scene))
                print(
                    f"  {name:12} {way:22} " + " ".join(f"{value:7.2f}" for value in rows[way][-1]),
                    flush=True,
                )
        print(f"\n| {kind.name}, steadied | PSNR | edges | flicker |\n|---|---|---|---|")
        for way, values in rows.items():
            mean = np.mean(values, axis=0)
            print(f"| {way} | {mean[0]:.2f} | {mean[1]:.2f} | {mean[2]:.2f} |")
        print()


def ways(case: Case, raw: np.ndarray, weights: Path) -> Iterator[tuple[str, Scene]]:
    """The scene made in several ways of disparity that is steadied first."""
    frames = case.facts.aif
    given, loose = steady_both(frames, raw)
    yield "as it is", Scene(given)
    yield "guided filter", Scene(np.stack([guided(*pair) for pair in zip(given, frames, strict=True)]))
    everything = RepairSettings(disparity=True, highlights=True, folder=weights)
    started = time.process_time()
    whole = repair(frames, given, everything, loose=loose)
    seconds = (time.process_time() - started) / len(frames)
    print(f"  {case.name:12} repair took {1000 * seconds:.0f} ms of CPU a frame")
    yield "repaired disparity", replace(whole, radiance=None)
    yield "found highlights", replace(whole, disparity=given)
    yield "both", whole


def score(case: Case, scene: Scene) -> np.ndarray:
    """PSNR, PSNR at depth edges, and flicker, (3,)."""
    facts = case.facts
    shot = replace(case.shot(facts.disparity), scene=scene)
    result = LayeredRenderer(facts.lens).render(shot)
    coc = np.stack([
        signed_circle_of_confusion(one, float(focus), float(blur), shot.display_width, float(range_))
        for one, focus, blur, range_ in zip(facts.disparity, shot.focus, shot.blur, shot.range, strict=True)
    ])  # fmt: skip
    truth = facts.truth
    assert truth is not None
    flicker = 255 * np.abs(np.diff(result, axis=0) - np.diff(truth, axis=0)).mean()
    return np.array([psnr(result, truth), edge_band_psnr(result, truth, edge_band(coc)), flicker])


def guided(disparity: np.ndarray, frame: np.ndarray, radius: int = 4, least: float = 1e-4) -> np.ndarray:
    """He et al., "Guided Image Filtering"; the guide is the brightness of the frame (3, height, width)."""

    def mean(one: np.ndarray) -> np.ndarray:
        return cv2.blur(one, (2 * radius + 1, 2 * radius + 1))

    guide = cv2.cvtColor(np.ascontiguousarray(frame.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY)
    spread = mean(guide * guide) - mean(guide) ** 2
    slope = (mean(guide * disparity) - mean(guide) * mean(disparity)) / (spread + least)
    level = mean(disparity) - slope * mean(guide)
    return np.clip(mean(slope) * guide + mean(level), 0, 1).astype(np.float32)


if __name__ == "__main__":
    main()
