"""Make the picture of docs/renderer.md: without what other frames saw, with it, and the truth.

python benchmarks/truth_scenes.py TRUTH --frames 12 --size 384x216 --scenes occlusion --quick
python tools/hidden_still.py TRUTH/occlusion [PICTURE]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from anybokeh.evaluation.cases import read_case
from anybokeh.hidden import find_hidden
from anybokeh.render import LayeredRenderer
from anybokeh.shot import Scene

ROOT = Path(__file__).resolve().parents[1]
FRAME = 6
GAP = 6
"""Pixels of white between pictures."""


def main() -> None:
    folder = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs/images/hidden.jpg"
    facts = read_case(folder, folder.name).facts
    if facts.truth is None:
        sys.exit(f"{folder}: has no true bokeh; benchmarks/truth_scenes.py makes scenes that have")
    shot = read_case(folder, folder.name).shot(facts.disparity)
    scene = Scene(shot.disparity, hidden=find_hidden(shot.frames, shot.disparity))
    renderer = LayeredRenderer(facts.lens)
    frames = [renderer.render(one)[FRAME] for one in (shot, replace(shot, scene=scene))]
    panels = [(255 * np.clip(one, 0, 1) + 0.5).astype(np.uint8) for one in (*frames, facts.truth[FRAME])]
    white = np.full((3, panels[0].shape[1], GAP), 255, np.uint8)
    picture = np.concatenate([panels[0], white, panels[1], white, panels[2]], axis=2).transpose(1, 2, 0)
    bgr = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(target), bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
