"""Measure renderers on clips whose true bokeh is known, as `anybokeh eval` does, and write a report.

python examples/measure.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from anybokeh.evaluation.baselines import BASELINES
from anybokeh.evaluation.contenders import OwnRenderer, Rival
from anybokeh.evaluation.evaluating import EvaluationSettings, evaluate
from anybokeh.synth.sample_folders import BatchSettings, make_samples


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # layered scenes with exact disparity and lens blur; what is there already is kept
    make_samples(folder / "clips", BatchSettings(count=1, frames=2, size=(128, 72), seed=1))

    settings = EvaluationSettings(
        benchmarks=(folder / "clips",),
        disparities=("exact",),  # also: damaged, damaged+steady, mild, strong, paper
        output=folder / "report",
        videos=False,
    )
    rivals = [Rival(name, blur) for name, blur in BASELINES.items() if name.startswith("gather")]
    print(evaluate(settings, [OwnRenderer("layered"), *rivals]).tables)
    print(f"every figure and the pictures: {folder / 'report' / 'report.md'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
