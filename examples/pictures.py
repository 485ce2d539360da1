"""Pictures as they are in memory, in one call: the same kind comes out; PIL images work as arrays do.

python examples/pictures.py
"""

from __future__ import annotations

import numpy as np

import anybokeh

HEIGHT, WIDTH = 96, 160


def main() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    disparity = np.full((HEIGHT, WIDTH), 0.2, np.float32)
    disparity[:, WIDTH // 2 :] = 0.8  # the right half is near

    near = anybokeh.refocus(picture, disparity, focus=0.8, blur=32)
    far = anybokeh.refocus(picture, disparity, focus=0.2, blur=32)  # without disparity it is estimated
    for name, result in (("near", near), ("far", far)):
        left, right = np.abs(result.astype(int) - picture)[:, [16, -16]].mean(axis=(0, 2))
        print(f"{name} in focus, {result.dtype} as before: changes {left:.0f} left, {right:.0f} right")


if __name__ == "__main__":
    main()
