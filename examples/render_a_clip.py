"""From file to file: refocus the first frames of the bundled clip, and say what was done.

python examples/render_a_clip.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2

import anybokeh
from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report = anybokeh.render_clip(
        MEDIA / "clip.mp4",
        folder / "refocused.mp4",
        disparity=MEDIA / "disparity.mkv",  # one map a frame, white is near
        focus=f"mask:{MEDIA / 'mask.mkv'}",
        blur=24,
        lens=anybokeh.Lens(blades=6, rotation=15, highlight_strength=2),
        end=0.1,
        overwrite=True,
    )
    print(f"{report.output}: {report.frames} frames, {report.frames_per_second:.1f} a second")
    for note in report.notes:
        print(f"note: {note}")
    with open_clip(folder / "refocused.mp4") as clip:
        cv2.imwrite(str(folder / "render_a_clip.jpg"), next(iter(clip)).pixels[..., ::-1])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
