"""EXR images with layers: a title is laid into the focal plane afterwards, behind the blur of what is nearer.

Needs the extra `exr`.

python examples/exr_layers.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

import anybokeh
from anybokeh.demo.run import MEDIA
from anybokeh.optics import light


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report = anybokeh.render_clip(
        MEDIA / "clip.mp4",
        folder / "layers",
        disparity=MEDIA / "disparity.mkv",
        focus=0.0,
        blur=40,
        codec="exr",
        layers=True,
        end=0.1,
        overwrite=True,
    )
    # any reader of OpenEXR finds the channels by their names
    with OpenEXR.File(str(min(Path(report.output).glob("*.exr"))), separate_channels=True) as image:
        channels = {name: channel.pixels for name, channel in image.channels().items()}
    print(f"{report.frames} frames of the channels {', '.join(sorted(channels))}")

    picture = np.stack([channels[name] for name in "RGB"], axis=2)
    in_front = channels["coverage.A"][..., None]
    height, width = picture.shape[:2]
    title = np.zeros((height, width), np.uint8)
    cv2.putText(title, "IN FOCUS", (width // 16, height * 5 // 8), 2, 5, (255,), 20, cv2.LINE_AA)
    alpha = title[..., None] / 255 * (1 - in_front)
    laid = picture * (1 - alpha) + np.array([1, 0.4, 0.05]) * alpha
    shown = np.hstack([light.encode(laid.clip(0, 1), "srgb"), np.repeat(in_front, 3, axis=2)])
    cv2.imwrite(str(folder / "exr_layers.jpg"), np.uint8(shown[..., ::-1] * 255))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
