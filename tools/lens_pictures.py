"""Make the pictures of docs/lenses.md: the demo clip, and lamps behind and before the focus, through lenses.

python tools/lens_pictures.py [FOLDER]
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
from anybokeh.optics.light import encode
from anybokeh.optics.named_lenses import bundled_lenses
from anybokeh.render import LayeredRenderer, Shot

ROOT = Path(__file__).resolve().parents[1]
FRAME, FOCUS, BLUR = 12, 0.36, 48.0
WIDTH, HEIGHT = 400, 225
"""Of each of the three panels."""
LAMPS, RADIUS = 44, 13.0
"""Distance between lamps, and radius of their discs, in pixels."""
GAP = 4


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images"
    folder.mkdir(parents=True, exist_ok=True)
    scene = demo_scene()
    for name in ("perfect", *bundled_lenses()):
        lens = anybokeh.Lens() if name == "perfect" else anybokeh.Lens.named(name)
        panels = [seen(lens, scene), *(seen(lens, lamps(near)) for near in (False, True))]
        gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
        sheet = np.hstack([panels[0], gap, panels[1], gap, panels[2]])
        file = folder / f"lens-{name.replace(' ', '-')}.jpg"
        cv2.imwrite(str(file), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def demo_scene() -> Shot:
    """One frame of the bundled clip, its lamps as bright as they were."""
    with open_clip(MEDIA / "clip.mp4") as clip:
        pixels = next(frame.pixels for number, frame in enumerate(clip) if number == FRAME)
    frame = pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255
    disparity = open_disparity(MEDIA / "disparity.mkv").read(FRAME)
    return anybokeh.prepare(frame, disparity[None], FOCUS, BLUR, steady=False, hidden=False)


def lamps(near: bool) -> Shot:
    """Points of light at night, all before the focal plane or all behind it."""
    frame = np.full((1, 3, 2 * HEIGHT, 2 * WIDTH), 0.004, np.float32)
    for y in _places(2 * HEIGHT):
        for x in _places(2 * WIDTH):
            frame[..., y, x] = 600
    disparity = np.full((1, 2 * HEIGHT, 2 * WIDTH), 1.0 if near else 0.0)
    return Shot(frame, disparity, 0.5, 2 * RADIUS / 0.5 * 1024 / (2 * WIDTH), transfer="linear")


def _places(length: int) -> range:
    """Of lamps along an axis, the same from both ends."""
    margin = (length - (length // (2 * LAMPS) - 1) * 2 * LAMPS) // 2
    return range(margin, length - LAMPS // 2, 2 * LAMPS)


def seen(lens: anybokeh.Lens, shot: Shot) -> np.ndarray:
    """(HEIGHT, WIDTH, 3) uint8 of a shot's frame through a lens."""
    frame = LayeredRenderer(lens).render(shot)[0]
    if shot.transfer == "linear":
        frame = encode(np.clip(frame, 0, 1), "srgb")
    picture = cv2.resize(frame.transpose(1, 2, 0), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return (255 * np.clip(picture, 0, 1) + 0.5).astype(np.uint8)


if __name__ == "__main__":
    main()
