"""Pictures as they are in memory, in one call: the same kind comes out; PIL images work as arrays do.

python examples/pictures.py [FOLDER]
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


def main(folder: Path) -> None:
    with open_clip(MEDIA / "clip.mp4") as clip:
        picture = next(iter(clip)).pixels  # (height, width, 3) uint8
    disparity = open_disparity(MEDIA / "disparity.mkv").read(0)  # (height, width), 1 is nearest

    near = anybokeh.refocus(picture, disparity, focus=0.36, blur=40)
    far = anybokeh.refocus(picture, disparity, focus=0.0, blur=40)  # without disparity it is estimated
    for name, result in (("subject", near), ("background", far)):
        change = np.abs(result.astype(int) - picture).mean(axis=2)
        on, beside = (change[one].mean() for one in (abs(disparity - 0.36) < 0.02, disparity < 0.01))
        print(f"{name} in focus, {result.dtype} as before: subject changes by {on:.1f}, rest by {beside:.1f}")
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "pictures.jpg"), np.hstack([picture, near, far])[..., ::-1])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
