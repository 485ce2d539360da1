"""Draw the curves of a training: losses by step, and the figures of its validations.

python tools/training_curves.py out/train/nano docs/nano_training.png
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

LOSSES = {"vae": "pixels", "unet": "latents", "temporal": "latents", "decoder": "pixels"}
SMOOTH = 5


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the curves of a training.")
    parser.add_argument("run", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    stages = sorted(path.parent for path in options.run.glob("*/log.jsonl"))
    figure, rows = plt.subplots(2, len(stages), figsize=(3 * len(stages), 4.4), squeeze=False)
    for column, folder in enumerate(stages):
        part = folder.name.partition("-")[2]
        log, checks = (read(folder / name) for name in ("log.jsonl", "validation.jsonl"))
        loss = np.array([line[LOSSES[part]] for line in log])
        kernel = np.ones(min(SMOOTH, len(loss))) / min(SMOOTH, len(loss))
        smooth = np.convolve(loss, kernel, "valid")
        above, below = rows[:, column]
        above.plot([line["step"] for line in log][len(loss) - len(smooth) :], smooth)
        above.set_title(f"{part}: {LOSSES[part]}", fontsize=9)
        for name in (key for key in checks[0] if key.endswith("psnr")):
            below.plot([line["step"] for line in checks], [line[name] for line in checks], "o-", label=name)
        below.set_title("held-out PSNR, dB", fontsize=9)
        below.legend(fontsize=7)
        for axes in (above, below):
            axes.tick_params(labelsize=7)
            axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(options.output, dpi=80)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log."""
    return [json.loads(line) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    main()
