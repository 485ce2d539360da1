"""Without files: refocus arrays, pulling the focus from what is near to what is far.

python examples/arrays_in_memory.py
"""

from __future__ import annotations

import numpy as np

import anybokeh
from anybokeh.render import LayeredRenderer

FRAMES, HEIGHT, WIDTH = 8, 144, 256


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A near square before a far wall: frames (F, 3, H, W) and disparity (F, H, W), float32 in [0, 1]."""
    rng = np.random.default_rng(0)
    wall = rng.random((3, HEIGHT, WIDTH), np.float32)
    frames = np.stack([np.roll(wall, index, axis=2) for index in range(FRAMES)])
    disparity = np.full((FRAMES, HEIGHT, WIDTH), 0.2, np.float32)
    square = (..., slice(40, 104), slice(96, 160))
    frames[square] = rng.random((3, 64, 64), np.float32)
    disparity[square] = 0.8
    return frames, disparity


def detail(frames: np.ndarray) -> np.ndarray:
    """(F,) how much neighbouring pixels of a row differ: less where there is blur."""
    return np.abs(np.diff(frames, axis=3)).mean(axis=(1, 2, 3))


def main() -> None:
    frames, disparity = scene()
    focus = np.linspace(0.8, 0.2, FRAMES)  # one value a frame; a single number holds for all

    # steadies the disparity and repairs outlines; Shot(frames, disparity, focus, blur) takes both as they are
    shot = anybokeh.prepare(frames, disparity, focus, blur=32, range=0.02)
    refocused = LayeredRenderer(anybokeh.Lens(blades=5)).render(shot)

    near, far = (..., slice(48, 96), slice(104, 152)), (..., slice(8, 72))
    for name, part in (("near square", near), ("far wall", far)):
        kept = detail(refocused[part]) / detail(frames[part])
        print(f"{name}: {kept[0]:.0%} of its detail in the first frame, {kept[-1]:.0%} in the last")


if __name__ == "__main__":
    main()
