"""Score the layered renderer and simpler ways on ray-traced truth.

    python benchmarks/truth_scenes.py TRUTH        # once; needs the extra `raytrace`
    python benchmarks/quality.py TRUTH [--radiance] [--pictures FOLDER]

PSNR is the mean over frames in dB of encoded values; flicker is the mean absolute difference of
consecutive-frame differences between result and truth, in 1/100 levels of 255.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from anybokeh.evaluation.baselines import BASELINES
from anybokeh.optics import signed_circle_of_confusion
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode, encode
from anybokeh.render import LayeredRenderer
from anybokeh.render.highlights import highlight_gain
from anybokeh.shot import Shot
from anybokeh.synth.sample import read_sample, sample_folders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--radiance", action="store_true", help="tell all how bright clipped pixels were")
    parser.add_argument("--pictures", type=Path, help="write input, truth, result and error here")
    options = parser.parse_args()
    scores: dict[str, list[tuple[float, float]]] = {}
    scenes = sample_folders(options.truth)
    for scene in scenes:
        shot, truth = load_scene(scene, options.radiance)
        for name, result in results(shot).items():
            scores.setdefault(name, []).append((psnr(result, truth), flicker(result, truth)))
            if options.pictures and name == "layered":
                options.pictures.mkdir(parents=True, exist_ok=True)
                save_comparison(options.pictures / f"{scene.name}.png", shot.frames, truth, result)
    print("| | " + " | ".join(scene.name for scene in scenes) + " | mean PSNR | mean flicker |")
    print("|---" * (len(scenes) + 3) + "|")
    for name, rows in scores.items():
        values = " | ".join(f"{value:.2f}" for value, _ in rows)
        mean = np.mean(rows, axis=0)
        print(f"| {name} | {values} | {mean[0]:.2f} | {100 * mean[1]:.0f} |")


def load_scene(folder: Path, radiance: bool = False) -> tuple[Shot, np.ndarray]:
    """A scene of `truth_scenes.py`: the shot to render and its true bokeh (frames, 3, height, width).

    With `radiance` the shot knows how bright clipped pixels were, where the scene does.
    """
    sample = read_sample(folder)
    return sample.shot(radiance=radiance and sample.clipped is not None), sample.bokeh


def results(shot: Shot) -> dict[str, np.ndarray]:
    """Every way's frames."""
    made = {name: np.empty_like(shot.frames) for name in BASELINES}
    for index, frame in enumerate(shot.frames):
        light = decode(frame.transpose(1, 2, 0), shot.transfer).astype(np.float32)
        gain = highlight_gain(shot, index, Lens())
        if gain is not None:
            light *= gain.transpose(1, 2, 0)
        coc = signed_circle_of_confusion(
            shot.disparity[index], shot.focus[index], shot.blur[index], shot.display_width
        )
        for name, blur in BASELINES.items():
            made[name][index] = encode(blur(light, coc), shot.transfer).transpose(2, 0, 1)
    made["layered"] = LayeredRenderer().render(shot)
    return made


def psnr(result: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(-10 * np.log10(((result - truth) ** 2).mean((1, 2, 3)))))


def flicker(result: np.ndarray, truth: np.ndarray) -> float:
    return float(255 * np.abs(np.diff(result, axis=0) - np.diff(truth, axis=0)).mean())


def save_comparison(path: Path, frames: np.ndarray, truth: np.ndarray, result: np.ndarray) -> None:
    """Input and truth above, result and error (four times, grey is none) below, of the middle frame."""
    middle = len(frames) // 2
    error = np.clip(0.5 + 4 * (result[middle] - truth[middle]), 0, 1)
    rows = (frames[middle], truth[middle]), (result[middle], error)
    sheet = np.concatenate([np.concatenate(row, axis=2) for row in rows], axis=1)
    cv2.imwrite(str(path), np.rint(sheet.transpose(1, 2, 0)[..., ::-1] * 255).astype(np.uint8))


if __name__ == "__main__":
    main()
