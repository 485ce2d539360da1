"""Samples for the networks of outlines: what is known of pixels near them, and where their surface lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from anybokeh.disparity.outlines import align_outlines
from anybokeh.repair.apply import judged
from anybokeh.repair.context import gather_context
from anybokeh.repair.evidence import REACH, gather_evidence
from anybokeh.repair.perceptron import Network
from anybokeh.runtime.threads import Crew
from anybokeh.synth.damage import DAMAGES, damage
from anybokeh.training import depth_damage
from anybokeh.training.repair.aim import reachable
from anybokeh.training.repair.crop_pool import drawn_damage

UNDAMAGED, UNALIGNED = 0.15, 0.15
"""Shares of crops whose disparity is exact, and whose outlines were not aligned."""
NOISY = 0.15
"""Share of the others with the damage that the paper trains with, which is noise around the focus."""
INNER = (slice(REACH + 2, -REACH - 2),) * 2
"""The part of a crop whose evidence lies within the crop."""
WRONG, OFTEN = 0.03, 3.0
"""Error from which pixels are wrong, and how much more often than others they are taken."""


def outline_samples(
    crops: dict[str, np.ndarray],
    rng: np.random.Generator,
    each: int,
    again: int = 1,
    outlines: Network | None = None,
) -> dict[str, np.ndarray]:
    """Samples of one clip of the pool: of its disparity, and of its truth damaged anew.

    Args:
        crops: as `make_clip` makes them.
        rng: decides everything.
        each: about how many samples of each crop, if everything in it is near an outline.
        again: how often every crop is damaged anew.
        outlines: the first network, for samples of the second.

    Returns:
        inputs: (samples, INPUTS) float16, (samples, CONTEXT_INPUTS) for the second network.
        side: (samples,) float32, where the truth lies between the farthest and the nearest disparity around.
        step: (samples,) float32, difference of those.
        weight: (samples,) float32, what makes up for choosing wrong pixels more often.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in ("inputs", "side", "step", "weight")}
    for view in views(crops, rng, again):
        wrong = np.abs(view.aim - view.given) > WRONG
        chance = np.where(wrong, OFTEN, 1) * each / wrong.size
        chosen = np.zeros(wrong.shape, bool)
        chosen[INNER] = (rng.random(wrong.shape) < chance)[INNER]
        evidence = view.frame.astype(np.float32) / 255, view.given, view.loose
        if outlines is None:
            seen = gather_evidence(*evidence, chosen)
            taken, inputs = slice(None), seen.inputs
        else:
            seen = gather_evidence(*evidence)
            taken = chosen[seen.y, seen.x]
            inputs = gather_context(seen, outlines(seen.inputs), view.given, taken)
        here, far, near = (seen.y[taken], seen.x[taken]), seen.far[taken], seen.near[taken]
        parts["inputs"].append(inputs.astype(np.float16))
        parts["side"].append((view.aim[here] - far) / (near - far + np.float32(1e-4)))
        parts["step"].append(near - far)
        parts["weight"].append(np.where(wrong[here], 1 / OFTEN, 1).astype(np.float32))
    return {name: np.concatenate(values) for name, values in parts.items()}


class View(NamedTuple):
    """A crop as it is judged, see `judged`.

    Attributes:
        frame: (height, width, 3) uint8 sRGB.
        given: (height, width) float32, disparity.
        loose: (height, width) float32, before outlines were aligned.
        aim: (height, width) float32, what disparity is to become.
    """

    frame: np.ndarray
    given: np.ndarray
    loose: np.ndarray
    aim: np.ndarray


def views(crops: dict[str, np.ndarray], rng: np.random.Generator, again: int) -> Iterator[View]:
    """Every crop of a clip of the pool, and again with its truth damaged anew; as `outline_samples`."""
    width = int(crops["width"])
    with Crew(1) as crew:
        for index, frames in enumerate(crops["frames"]):
            picture = np.ascontiguousarray(frames[1].transpose(1, 2, 0))
            truth = crops["disparity"][index].astype(np.float32)
            given = [(crops[name][index, 1].astype(np.float32)) for name in ("given", "loose")]
            pairs = [given]
            for _ in range(again):
                loose = _damaged(truth, picture, width, rng)
                aligned = loose if rng.random() < UNALIGNED else align_outlines(picture, loose, crew)
                pairs.append([aligned, loose])
            for pair in pairs:
                frame, aligned, loose, exact = judged(picture, *pair, truth, width=width)
                yield View(frame, aligned, loose, reachable(aligned, exact))


def _damaged(truth: np.ndarray, picture: np.ndarray, width: int, rng: np.random.Generator) -> np.ndarray:
    """The disparity of a crop, (side, side), damaged as that of a whole clip of this width would be."""
    if rng.random() < UNDAMAGED:
        return truth.copy() if rng.random() < 0.5 else np.rint(truth * 255).astype(np.float32) / 255
    if rng.random() < NOISY:
        return _noisy(truth, width, rng)
    part = truth.shape[1] / width
    if rng.random() < 0.4:
        luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[None].astype(np.float32) / 255
        return depth_damage.damaged(truth[None], luma, rng, width / depth_damage.REFERENCE_WIDTH)[0]
    settings = drawn_damage(rng)
    if rng.random() < 0.4:
        network = DAMAGES["network"]
        settings = replace(
            network,
            blur=network.blur * rng.uniform(0.6, 1.4),
            bias=network.bias * rng.uniform(0.5, 1.4),
            detail=round(network.detail * rng.uniform(0.8, 1.3)),
        )
    # a length of `damage` is a share of the picture, and this is but a part of one
    lengths = {name: getattr(settings, name) / part for name in ("blur", "shift", "bias")}
    return damage(truth[None], replace(settings, **lengths), int(rng.integers(1 << 31)))[0]


def _noisy(truth: np.ndarray, width: int, rng: np.random.Generator) -> np.ndarray:
    """The disparity of a crop with the damage `paper`, around the disparity of one of its pixels."""
    settings, strength = DAMAGES["paper"], rng.uniform(0.5, 1.3)
    lengths = {"shift": settings.shift * strength, "bias": settings.bias * strength}
    settings = replace(settings, chance=1.0, **lengths)
    # noise is as fine as that of a whole picture
    wide = np.pad(truth, ((0, 0), (0, width - truth.shape[1])), "symmetric")
    seed, focus = int(rng.integers(1 << 31)), float(rng.choice(truth.ravel()))
    return np.ascontiguousarray(damage(wide[None], settings, seed, focus=focus)[0, :, : truth.shape[1]])
