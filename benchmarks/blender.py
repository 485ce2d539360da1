"""Measure how near to Cycles' own depth of field the add-on for Blender comes, and the Defocus node.

    python benchmarks/blender.py [--into FOLDER] [--strip PICTURE.jpg] [--frames 24] [--size 480x270]

A made scene with a rack of focus is rendered by Cycles, sharp and with depth of field. The sharp frames are
blurred by `integrations/blender_addon.py` and by the compositor's Defocus node, with each of its settings.
Needs Blender 3 or 4.0 to 4.4 and OpenEXR. An hour of one slow processor at most.

Cycles' own blur is noisy. It is rendered twice with different seeds, and what a result differs by from one is
multiplied by what it differs by from the other: noise, being different in both, drops out of the mean.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip import exr
from anybokeh.errors import InputError
from anybokeh.evaluation.baselines.blender import find_blender
from anybokeh.optics import light

ROOT = Path(__file__).resolve().parents[1]
SENSOR = 36.0
_MATCHED = 1000 / SENSOR
"""What the node's f-stop is multiplied by for discs as large as Cycles draws them."""
NODES = {
    "as it comes": {"factor": 1.0, "threshold": 1.0, "use_gamma_correction": False, "blur_max": 16.0},
    **{
        f"matched, threshold {threshold:g}{', gamma' * gamma}": {
            "factor": _MATCHED,
            "threshold": threshold,
            "use_gamma_correction": gamma,
            "blur_max": 64.0,
        }
        for threshold in (0.0, 1.0)
        for gamma in (False, True)
    },
}
"""Settings of the Defocus node. The camera's f-stop alone, as it comes, is far too wide for it."""
OURS = "refocused"
Encoding = Callable[[np.ndarray], np.ndarray]
ENCODINGS: dict[str, Encoding] = {
    "display": lambda linear: light.encode(linear.clip(0, 1), "srgb"),
    "linear": lambda linear: linear,
    "log": lambda linear: np.log2(1 + 64 * linear.clip(0)) / np.log2(65),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--into", type=Path, help="keep all pictures here; Cycles' are not made again")
    parser.add_argument("--strip", type=Path, help="write Cycles, anybokeh and the node side by side")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="480x270", help="WIDTHxHEIGHT")
    parser.add_argument(
        "--samples", type=int, default=48, help="of Cycles' depth of field, both seeds together"
    )
    parser.add_argument("--sharp-samples", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    try:
        program = find_blender()
        exr.require()
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = options.into or Path(name)
        run(program, folder, options)
        node = report(folder, options.frames)
        if options.strip:
            strip(folder, options.strip, options.frames * 5 // 6, node)
    return 0


def run(blender: str, folder: Path, options: argparse.Namespace) -> None:
    """Make all pictures, in Blender."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = folder / "anybokeh"
    command = "import sys; from anybokeh.cli import main; sys.exit(main())"
    ours.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{command}' \"$@\"\n")
    ours.chmod(0o755)
    job = {
        "folder": str(folder),
        "program": str(ours),
        "addon": str(ROOT / "integrations" / "blender_addon.py"),
        "size": list(map(int, options.size.split("x"))),
        "frames": options.frames,
        "samples": options.samples,
        "sharp_samples": options.sharp_samples,
        "threads": options.threads,
        "sensor": SENSOR,
        "nodes": NODES,
    }
    (folder / "job.json").write_text(json.dumps(job))
    script = Path(__file__).with_name("blender_scene") / "scene.py"
    flags = ["--background", "--factory-startup", "--python-exit-code", "1", "--python", str(script)]
    done = subprocess.run(
        [blender, *flags, "--", str(folder / "job.json")], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"Blender failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def frames_of(folder: Path) -> Iterator[np.ndarray]:
    """(height, width, 3) float32, linear, in order."""
    for file in sorted(folder.glob("*.exr"), key=lambda file: int(file.stem)):
        yield exr.load(file)[0]


def decibels(error: float) -> float:
    return -10 * float(np.log10(max(error, 1e-12)))


def scores(folder: Path, name: str, encode: Encoding) -> np.ndarray:
    """PSNR of every frame against Cycles without its noise."""
    halves = frames_of(folder / "truth"), frames_of(folder / "again")
    found = []
    for result, *both in zip(frames_of(folder / name), *halves, strict=True):
        one, other = (encode(result) - encode(half) for half in both)
        found.append(decibels(float((one * other).mean())))
    return np.array(found)


def noise(folder: Path, encode: Encoding) -> float:
    """PSNR of the noise that the mean of both halves of the truth has left."""
    both = zip(frames_of(folder / "truth"), frames_of(folder / "again"), strict=True)
    return decibels(float(np.mean([((encode(a) - encode(b)) ** 2).mean() / 4 for a, b in both])))


def report(folder: Path, count: int) -> str:
    """Print PSNR by groups of frames; returns the best setting of the node."""
    groups = [one for one in np.array_split(np.arange(count), 3) if len(one)]
    titles = [f"frames {one[0]} to {one[-1]}" for one in groups]
    print(f"| PSNR, dB | {' | '.join(titles)} | all | linear light | log |")
    print(f"|---|{'---|' * (len(titles) + 3)}")
    means = {}
    for name in ("sharp", OURS, *NODES):
        shown = scores(folder, name, ENCODINGS["display"])
        means[name] = float(shown.mean())
        others = [scores(folder, name, ENCODINGS[one]).mean() for one in ("linear", "log")]
        values = [shown[one].mean() for one in groups] + [means[name], *others]
        title = {"sharp": "not blurred", OURS: "anybokeh"}.get(name, f"Defocus node, {name}")
        print(f"| {title} | {' | '.join(f'{value:.1f}' for value in values)} |", flush=True)
    best = max(NODES, key=means.__getitem__)
    print(f"anybokeh is {means[OURS] - means[best]:.1f} dB nearer to Cycles than the Defocus node ({best})")
    print(
        f"noise left in what Cycles blurred: {noise(folder, ENCODINGS['display']):.1f} dB, not counted above"
    )
    return best


def strip(folder: Path, output: Path, frame: int, node: str) -> None:
    """Cycles, anybokeh and the node, from left to right."""
    truth, again, ours, theirs = (
        list(frames_of(folder / name))[frame] for name in ("truth", "again", OURS, node)
    )
    row = np.hstack([ENCODINGS["display"](one) for one in ((truth + again) / 2, ours, theirs)])
    cv2.imwrite(str(output), np.rint(row[..., ::-1] * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    sys.exit(main())
