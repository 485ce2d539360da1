"""Without files: refocus arrays, pulling the focus from the subject to what is behind.

python examples/arrays_in_memory.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

import anybokeh
from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA
from anybokeh.disparity import open_disparity
from anybokeh.render import LayeredRenderer

FRAMES, WIDTH, HEIGHT = 6, 512, 288


def scene() -> tuple[np.ndarray, np.ndarray]:
    """The bundled clip, smaller: frames (F, 3, H, W) and disparity (F, H, W), float32 in [0, 1]."""
    with open_clip(MEDIA / "clip.mp4") as clip:
        pixels = [frame.pixels for frame, _ in zip(clip, range(FRAMES), strict=False)]
    small = [cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for one in pixels]
    maps = open_disparity(MEDIA / "disparity.mkv")
    frames = np.stack(small).transpose(0, 3, 1, 2).astype(np.float32) / 255
    return frames, np.stack([maps.read(index)[::2, ::2] for index in range(FRAMES)])


def main(folder: Path) -> None:
    frames, disparity = scene()
    focus = np.linspace(0.36, 0.0, FRAMES)  # one value a frame; a single number holds for all

    # steadies the disparity and repairs outlines; Shot(frames, disparity, focus, blur) takes both as they are
    shot = anybokeh.prepare(frames, disparity, focus, blur=64, range=0.02)
    refocused = LayeredRenderer(anybokeh.Lens(blades=5)).render(shot)

    change = np.abs(refocused - frames).mean(axis=1)
    for name, part in (("subject", abs(disparity - 0.36) < 0.02), ("far wall", disparity < 0.01)):
        first, last = (change[index][part[index]].mean() for index in (0, -1))
        print(f"{name}: changed by {first:.3f} in the first frame, {last:.3f} in the last")
    folder.mkdir(parents=True, exist_ok=True)
    strip = np.hstack(refocused[[0, FRAMES // 2, -1]].transpose(0, 2, 3, 1))
    cv2.imwrite(str(folder / "arrays_in_memory.jpg"), np.uint8(strip[..., ::-1] * 255))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
