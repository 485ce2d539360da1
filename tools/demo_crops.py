"""Make the picture of outlines in docs/renderer.md: parts of the demo as filmed, refocused, and the truth.

anybokeh demo -o FOLDER
python tools/demo_crops.py FOLDER [PICTURE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA

ROOT = Path(__file__).resolve().parents[1]
CROPS = ((4, 300, 70, 160, 90), (44, 840, 340, 160, 90), (24, 480, 420, 160, 90))
"""Frame, column, row, width and height of each: hair in focus, grass seeds, and grass before a helmet."""
TIMES, GAP = 2, 6
"""How much they are enlarged, and pixels of white between them."""


def main() -> None:
    folder = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs/images/outlines.jpg"
    sources = MEDIA / "clip.mp4", folder / "refocused.mp4", MEDIA / "truth.mp4"
    columns = [_crops(source) for source in sources]
    rows = [np.hstack([_framed(column[row]) for column in columns]) for row in range(len(CROPS))]
    picture = np.vstack(rows)[:-GAP, :-GAP]
    cv2.imwrite(str(target), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def _crops(source: Path) -> list[np.ndarray]:
    wanted = {frame for frame, *_ in CROPS}
    with open_clip(source) as clip:
        frames = {index: frame.pixels for index, frame in enumerate(clip) if index in wanted}
    return [frames[frame][y : y + height, x : x + width] for frame, x, y, width, height in CROPS]


def _framed(crop: np.ndarray) -> np.ndarray:
    enlarged = cv2.resize(crop, None, fx=TIMES, fy=TIMES, interpolation=cv2.INTER_LANCZOS4)
    return cv2.copyMakeBorder(enlarged, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255))


if __name__ == "__main__":
    main()
