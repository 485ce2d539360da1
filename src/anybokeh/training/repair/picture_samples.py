"""Small pictures for the loss through the renderer: with all pixels that the network `context` predicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from anybokeh.repair.apply import HARD, unsure
from anybokeh.repair.context import gather_context
from anybokeh.repair.evidence import gather_evidence
from anybokeh.repair.perceptron import Network
from anybokeh.training.repair.crop_pool import clips_of, save_whole
from anybokeh.training.repair.outline_samples import INNER, View, views
from anybokeh.training.repair.samples import NETWORKS, trained

SIDE = 96
"""Of the pictures, in pixels."""
FEWEST = 30
"""Fewest pixels to predict in a picture; those with fewer teach nothing."""


def fill_pictures(
    folder: Path, pool: Path, outlines: Path, each: int, seed: int, part: tuple[int, int]
) -> None:
    """Make `folder/picture-000000-0.safetensors` and so on; clips whose pictures are there are left out.

    Args:
        folder: where to.
        pool: of `fill_pool`.
        outlines: folder of a training of `outlines`, or of weights. Pictures of others, or of other
            settings, have to go first.
        each: of how many crops of a clip, at most two of each.
        seed: decides everything.
        part: which of how many equal parts of the pool.

    Raises:
        InputError: there is no pool, or no network.
    """
    from safetensors.numpy import load_file

    clips = clips_of(pool)
    first = trained(outlines, "outlines")
    folder.mkdir(parents=True, exist_ok=True)
    for clip in clips[part[0] :: part[1]]:
        if (folder / f"picture-{clip.stem}-0.safetensors").exists():
            continue
        rng = np.random.default_rng((seed, int(clip.stem), len(NETWORKS)))
        # the first one is written last: where it is, all are
        pictures = list(enumerate(picture_samples(load_file(clip), rng, first, each)))
        for number, picture in reversed(pictures):
            save_whole(picture, folder / f"picture-{clip.stem}-{number}.safetensors")


def picture_samples(
    crops: dict[str, np.ndarray], rng: np.random.Generator, outlines: Network, each: int
) -> Iterator[dict[str, np.ndarray]]:
    """Pictures of one clip of the pool, of its disparity and of its truth damaged anew.

    Args:
        crops: as `make_clip` makes them.
        rng: decides everything.
        outlines: the first network.
        each: of how many crops of a clip, at most two of each; they are drawn.

    Yields:
        frame: (3, SIDE, SIDE) uint8 sRGB.
        given, aim: (SIDE, SIDE) float32, disparity as it came, and as it is to become.
        inputs: (pixels, CONTEXT_INPUTS) float16, of the pixels that the second network predicts.
        place: (pixels,) int64, number of the pixel in the picture, row by row.
        far, near: (pixels,) float32, see `Evidence`.
    """
    chosen = np.sort(rng.permutation(len(crops["frames"]))[:each])
    some = {name: values if name == "width" else values[chosen] for name, values in crops.items()}
    for view in views(some, rng, 1):
        picture = _picture(view, rng, outlines)
        if picture is not None:
            yield picture


def _picture(view: View, rng: np.random.Generator, outlines: Network) -> dict[str, np.ndarray] | None:
    top, left = INNER[0].start, INNER[1].start
    rows, columns = (length - 2 * top - SIDE for length in view.given.shape)
    if min(rows, columns) < 0:
        return None
    # the worst of three places
    wrong = np.abs(view.aim - view.given)
    corners = np.stack([top + rng.integers(0, rows + 1, 3), left + rng.integers(0, columns + 1, 3)], 1)
    top, left = max(corners, key=lambda corner: wrong[_square(*corner)].sum())
    seen = gather_evidence(view.frame.astype(np.float32) / 255, view.given, view.loose)
    prediction = outlines(seen.inputs)
    # as in `repaired_disparity`; what is exact is not moved
    y, x = seen.y - top, seen.x - left
    chosen = (
        unsure(prediction, seen) & (seen.hard < HARD[1]) & (np.minimum(y, x) >= 0) & (np.maximum(y, x) < SIDE)
    )
    if chosen.sum() < FEWEST:
        return None
    here = _square(top, left)
    return {
        "frame": np.ascontiguousarray(view.frame[here].transpose(2, 0, 1)),
        "given": np.ascontiguousarray(view.given[here]),
        "aim": np.ascontiguousarray(view.aim[here]),
        "inputs": gather_context(seen, prediction, view.given, chosen).astype(np.float16),
        "place": (y * SIDE + x)[chosen].astype(np.int64),
        "far": seen.far[chosen],
        "near": seen.near[chosen],
    }


def _square(top: int, left: int) -> tuple[slice, slice]:
    return slice(top, top + SIDE), slice(left, left + SIDE)
