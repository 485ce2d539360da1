"""Figures of a model on fixed clips, and pictures to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.job.in_memory import prepare
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.shot import Shot
from anybokeh.synth.damage import DAMAGES, damage
from anybokeh.training.trained_modules import Batch
from anybokeh.training.versions import parse_version

_CONTRAST = 255


class Validation:
    """Judges a pipeline that is being trained.

    Args:
        pipe: the pipeline.
        clips: batches of one clip each, see `validation_clips`.
        kind: damage of the disparity in the second run; with `+steady` or `+repair` at its end, exact
            disparity is steadied and repaired as well.
        folder: of pictures, one file a validation, a row a clip: the first frame sharp and as it should
            be, and results on exact and on damaged disparity.
    """

    def __init__(self, pipe: AnyBokehPipeline, clips: Sequence[Batch], kind: str, folder: Path) -> None:
        self._pipe, self._clips, self._folder = pipe, clips, folder
        base, self._steady, self._repair = parse_version(kind)
        self._damage = DAMAGES[base]
        self._shots: dict[int, dict[str, Shot]] = {}

    @torch.no_grad()
    def autoencoder(self, done: int) -> dict[str, float]:
        """PSNR of decoded sharp and blurred frames, without skips, mean over clips."""
        vae = self._pipe.vae
        found: dict[str, list[float]] = {"sharp_psnr": [], "bokeh_psnr": []}
        rows = []
        for clip in self._clips:
            shown = []
            for name, source in (("sharp_psnr", "frames"), ("bokeh_psnr", "bokeh")):
                truth = clip[source][0]
                latents = vae.encode_latents((truth * 2 - 1).to(vae.device))
                decoded = vae.decode(latents, len(truth), return_dict=False)[0]
                result = (decoded.float().cpu() / 2 + 0.5).clamp(0, 1).numpy()
                found[name].append(psnr(result, truth.numpy()))
                shown += [truth.numpy()[0], result[0]]
            rows.append(shown)
        self._show(done, rows)
        return {name: float(np.mean(values)) for name, values in found.items()}

    @torch.no_grad()
    def refocusing(self, done: int) -> dict[str, float]:
        """PSNR and flicker on exact and on damaged disparity, mean over clips.

        Flicker is the mean difference of what changes from frame to frame, in 8-bit levels.
        """
        found: dict[str, list[float]] = {}
        rows = []
        for number, clip in enumerate(self._clips):
            frames, truth = clip["frames"][0].numpy(), clip["bokeh"][0].numpy()
            shown = [frames[0], truth[0]]
            for name, shot in self._shots_of(number, clip).items():
                numbers = shot.focus, shot.blur
                result = self._pipe(frames, shot.scene, *numbers, focus_range=shot.range).frames
                found.setdefault(f"{name}_psnr", []).append(psnr(result, truth))
                change = np.diff(result, axis=0) - np.diff(truth, axis=0)
                found.setdefault(f"{name}_flicker", []).append(float(np.abs(change).mean()) * _CONTRAST)
                shown.append(result[0])
            rows.append(shown)
        self._show(done, rows)
        return {name: float(np.mean(values)) for name, values in found.items()}

    def _shots_of(self, number: int, clip: Batch) -> dict[str, Shot]:
        if number not in self._shots:
            frames, exact, focus, blur, focus_range = (
                clip[name][0].numpy() for name in ("frames", "disparity", "focus", "blur", "range")
            )
            spoilt = damage(exact, self._damage, number, focus=focus)
            ways = {"range": focus_range, "steady": self._steady, "repair": self._repair}
            self._shots[number] = {
                name: prepare(frames, disparity, focus, blur, **ways)
                for name, disparity in (("exact", exact), ("damaged", spoilt))
            }
        return self._shots[number]

    def _show(self, done: int, rows: list[list[np.ndarray]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        sheet = np.concatenate([np.concatenate(row, axis=2) for row in rows], axis=1)
        picture = np.rint(np.clip(sheet, 0, 1) * _CONTRAST).astype(np.uint8).transpose(1, 2, 0)
        cv2.imwrite(str(self._folder / f"{done:08d}.png"), picture[..., ::-1])
