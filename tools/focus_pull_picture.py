"""Draw the moving picture of the README: the demo clip beside what anybokeh makes of it.

    python tools/focus_pull_picture.py docs/images/focus-pull.webp

Needs Pillow. It takes as long as `anybokeh demo`, and then some seconds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from anybokeh.clip import open_clip
from anybokeh.demo import run_demo
from anybokeh.demo.run import MEDIA

WIDTH, HEIGHT, GAP = 480, 270, 6
"""Pixels of each half, and between them."""
EVERY = 1
"""Frames of the clip for one of the picture."""
LARGEST = 2e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the moving picture of the README.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--quality", type=int, default=75, help="of WebP (default 75)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        refocused = run_demo(Path(folder)).clip
        pairs = [
            beside(*pair) for pair in zip(small(MEDIA / "clip.mp4"), small(Path(refocused)), strict=True)
        ]
    first, *others = map(Image.fromarray, pairs)
    first.save(
        options.output,
        save_all=True,
        append_images=others,
        duration=round(1000 * EVERY / 24),
        loop=0,
        quality=options.quality,
        method=6,
    )
    size = options.output.stat().st_size
    assert size <= LARGEST, f"{size / 1e6:.1f} MB: give a lower --quality"
    print(f"{options.output}: {len(pairs)} frames, {size / 1e6:.2f} MB")


def small(clip: Path) -> list[np.ndarray]:
    """Every few frames of a clip, (HEIGHT, WIDTH, 3) uint8."""
    with open_clip(clip) as opened:
        frames = [frame.pixels for frame in opened][::EVERY]
    return [cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in frames]


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two pictures with white between them."""
    return np.hstack([left, np.full((HEIGHT, GAP, 3), 255, np.uint8), right])


if __name__ == "__main__":
    main()
