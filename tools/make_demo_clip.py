"""Make the bundled demo clip: sharp video with sound, disparity, mask, focus track and the true lens blur.

    nice python tools/make_demo_clip.py [--out src/anybokeh/demo] [--work build/demo_clip]

Needs the extra `raytrace`. Finished frames are kept in --work, so an interrupted run goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack, frame_times
from anybokeh.synth.raytraced import Quality, Tracer, View, render_view
from anybokeh.synth.raytraced.truth import FOLDERS, write_png
from demo_clip import media, scene

SHARP = Quality(least=32, most=128, batch=16, noise=0.020, seed=1)
BLURRED = Quality(least=64, most=1024, batch=32, noise=0.025, seed=2)


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("src/anybokeh/demo"))
    parser.add_argument("--work", type=Path, default=Path("build/demo_clip"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    track_file = options.out / "focus.json"
    track_file.write_text(json.dumps({"version": 1, "keyframes": scene.keyframes()}, indent=1) + "\n")
    frames = options.work / _fingerprint()
    try:
        render(frames, FocusTrack.from_file(track_file, frame_times(scene.FRAMES, scene.RATE)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    encode(frames, options.out)
    return 0


def render(folder: Path, track: FocusTrack) -> None:
    """Render every frame that `folder` does not hold yet."""
    for index in range(scene.FRAMES):
        # Written last, so a frame that has one is whole.
        done = folder / FOLDERS[-1] / f"{index:05d}.png"
        if done.exists():
            continue
        started = time.perf_counter()
        seconds = index / scene.RATE
        view = View(scene.camera(seconds), float(track.focus[index]), float(track.blur[index]))
        tracer = Tracer(scene.surfaces(seconds))
        truth = render_view(tracer, view, scene.SIZE, scene.DEPTHS, SHARP, BLURRED)
        for name in FOLDERS:
            write_png(folder / name / f"{index:05d}.png", getattr(truth, name))
        print(f"frame {index}: {time.perf_counter() - started:.0f} s", flush=True)


def encode(frames: Path, out: Path) -> None:
    """Write the videos from the rendered frames."""

    def read(name: str) -> list[np.ndarray]:
        paths = [str(frames / name / f"{index:05d}.png") for index in range(scene.FRAMES)]
        return [np.asarray(cv2.imread(path, cv2.IMREAD_UNCHANGED)) for path in paths]

    rate, sound = scene.RATE, media.evening(scene.FRAMES / scene.RATE)
    # Half covered or more: soft outlines would cost four times the bytes and no focus depends on them.
    masks = [np.where(mask > 32767, 65535, 0) for mask in read("mask")]
    with tempfile.TemporaryDirectory(dir=out) as beside:
        new = Path(beside)
        media.write_video(new / "clip.mp4", read("aif"), rate, crf=20, sound=sound)
        media.write_video(new / "truth.mp4", read("bokeh"), rate, crf=19)
        media.write_grey(new / "disparity.mkv", read("disparity"), rate, bits=10)
        media.write_grey(new / "mask.mkv", masks, rate, bits=8)
        for path in sorted(new.iterdir()):
            print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
            path.replace(out / path.name)


def _fingerprint() -> str:
    """Changes whenever what the frames look like may change."""
    sources = sorted((Path(__file__).parent / "demo_clip").glob("*.py"))
    parts = [path.read_bytes() for path in sources if path.name != "media.py"]
    return hashlib.sha256(b"".join(parts) + repr((SHARP, BLURRED)).encode()).hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
