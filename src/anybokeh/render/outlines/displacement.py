"""How far the picture's outline lies outside the map's, from the colours on both sides.

Around each cell, both surfaces are described by the mean and the variance of the colours that lie deep in
them. Every pixel near the outline then speaks for one of them, and so for or against each displacement. What
is found over the whole picture is the prior of each place (empirical Bayes): where a map is right nearly
everywhere, weak evidence moves nothing; where it is two pixels off, weak evidence is enough.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render.outlines.cells import CELL, DEEP, Cells, Sides
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

HYPOTHESES = np.arange(-6, 7, dtype=np.float32) * np.float32(0.5)
"""Displacements that are tried, in pixels, positive where the nearer surface is larger than in the map."""
WINDOW = 6
"""Pixels around a cell whose colours describe its surfaces."""
NOISE = 0.02
NOISE_FLOOR = 0.003
"""Least standard deviation of colours: a share of their light, and linear light added to it."""
DISCOUNT = 0.1
"""What the evidence of every other pixel counts: neighbours in a texture tell the same."""
MOST_EVIDENCE = 2.0
"""Most that one pixel says for or against a surface, a log-likelihood ratio."""
SPREAD = 1.2
"""Standard deviation of displacements, in pixels, before any is seen."""
STRENGTH = 10.0
"""How many places that first belief is worth."""
ROUNDS = 25
SAME_WAY = -0.01
"""Least cosine between two outlines that face the same way; right angles must not depend on rounding."""
_BINS = 4
"""Pixels to either side of the outline that speak."""


class Observed(NamedTuple):
    """What the picture shows around each cell.

    Attributes:
        surfaces: (cells, 2, 6) float32, of the farther and the nearer surface: linear RGB, circle of
            confusion, variance of colour, and weight, which is 0 where no pixel of it is near.
        facing: (cells, 2) float32, unit vector outwards at the cell, or 0, 0.
        scores: (cells, 2, hypotheses) float32, log-likelihood of each displacement, of outlines that face as
            the cell does, and of those that face the other way.
    """

    surfaces: np.ndarray
    facing: np.ndarray
    scores: np.ndarray


def observe(crew: Crew, light: np.ndarray, coc: np.ndarray, cells: Cells, sides: Sides) -> Observed:
    """Look at both surfaces around each cell.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion.
    """
    count = len(cells.places)
    observed = Observed(
        np.zeros((count, 2, 6), np.float32),
        np.zeros((count, 2), np.float32),
        np.zeros((count, 2, len(HYPOTHESES)), np.float32),
    )
    crew.run(_observe, light, coc, cells, sides, observed)
    return observed


def displacements(scores: np.ndarray) -> np.ndarray:
    """Mean displacement in pixels, (cells, 2) float32, from log-likelihoods (cells, 2, hypotheses).

    The prior is the distribution that explains all places best, found by expectation maximisation.
    """
    likelihood = np.exp(scores - scores.max(-1, keepdims=True)).reshape(-1, len(HYPOTHESES))
    first = np.exp(-0.5 * (HYPOTHESES / np.float32(SPREAD)) ** 2)
    first /= first.sum()
    prior, mean = first.copy(), np.empty(len(likelihood), np.float32)
    _explain(likelihood, first, prior, mean)
    return mean.reshape(-1, 2)


@kernel(fastmath=True)
def _explain(likelihood: np.ndarray, first: np.ndarray, prior: np.ndarray, mean: np.ndarray) -> None:
    """Change `prior`, (hypotheses,), into the likeliest; `mean`, (places,), receives means."""
    places, count = likelihood.shape
    seen = np.empty(count, np.float32)
    for turn in range(ROUNDS + 1):
        seen[:] = 0
        for place in range(places):
            total = along = np.float32(0)
            for h in range(count):
                joint = likelihood[place, h] * prior[h]
                total += joint
                along += joint * HYPOTHESES[h]
            if turn == ROUNDS:
                mean[place] = along / total
            else:
                share = np.float32(1) / total
                for h in range(count):
                    seen[h] += likelihood[place, h] * share
        if turn < ROUNDS:
            for h in range(count):
                known = seen[h] * prior[h] + np.float32(STRENGTH) * first[h]
                prior[h] = known / np.float32(places + STRENGTH)


@kernel(fastmath={"contract", "nsz"})
def _observe(
    thread: int,
    threads: int,
    light: np.ndarray,
    coc: np.ndarray,
    cells: Cells,
    sides: Sides,
    observed: Observed,
) -> None:
    evidence = np.empty((2, 2 * _BINS), np.float32)
    for k in range(thread, len(cells.places), threads):
        surfaces = observed.surfaces[k]
        _describe(light, coc, cells, sides, k, surfaces)
        if surfaces[0, 5] > 0 and surfaces[1, 5] > 0:
            facing = observed.facing[k]
            _find_facing(cells, sides, k, facing)
            evidence[:] = 0
            _gather(light, cells, sides, k, surfaces, facing, evidence)
            for group in range(2):
                _score(evidence[group], observed.scores[k, group])


@kernel(fastmath={"contract", "nsz"})
def _describe(
    light: np.ndarray, coc: np.ndarray, cells: Cells, sides: Sides, k: int, surfaces: np.ndarray
) -> None:
    """Mean and variance of the colours on both sides, from every other pixel around a cell."""
    height, width = coc.shape
    row, column = cells.places[k]
    middle = cells.middle[k]
    centre = np.float32(0.5 * (CELL - 1))
    for y in range(max(row * CELL - WINDOW, 0), min(row * CELL + CELL + WINDOW, height)):
        for x in range(
            max(column * CELL - WINDOW + (y & 1), 0), min(column * CELL + CELL + WINDOW, width), 2
        ):
            n = cells.index[y // CELL, x // CELL]
            depth = abs(sides.distance[n, y % CELL, x % CELL]) if n >= 0 else np.float32(DEEP)
            away = (y - row * CELL - centre) ** 2 + (x - column * CELL - centre) ** 2
            weight = _sureness(depth) * np.float32(16) / (np.float32(16) + np.float32(away))
            surface = surfaces[1 if coc[y, x] > middle else 0]
            for c in range(3):
                surface[c] += weight * light[y, x, c]
                surface[4] += weight * light[y, x, c] * light[y, x, c]
            surface[3] += weight * coc[y, x]
            surface[5] += weight
    for side in range(2):
        surface = surfaces[side]
        if surface[5] > 0:
            for c in range(5):
                surface[c] /= surface[5]
            level = (surface[0] + surface[1] + surface[2]) / np.float32(3)
            squares = surface[0] ** 2 + surface[1] ** 2 + surface[2] ** 2
            surface[4] = max(surface[4] - squares, np.float32(0)) / np.float32(3)
            surface[4] += (np.float32(NOISE) * level) ** 2 + np.float32(NOISE_FLOOR) ** 2


@kernel(inline="always")
def _sureness(depth: float) -> np.floating:
    """How sure it is that a pixel so far from the map's outline lies on its surface."""
    if depth >= 3:
        return np.float32(1)
    if depth >= 2:
        return np.float32(0.3)
    return np.float32(0.05) if depth >= 1 else np.float32(0.01)


@kernel()
def _find_facing(cells: Cells, sides: Sides, k: int, facing: np.ndarray) -> None:
    """Direction outwards at the pixel nearest to the outline, in the cell or else in the cells around it."""
    row, column = cells.places[k]
    for reach in range(2):
        nearest = np.float32(DEEP)
        for i in range(max(row - reach, 0), min(row + reach + 1, cells.index.shape[0])):
            for j in range(max(column - reach, 0), min(column + reach + 1, cells.index.shape[1])):
                n = cells.index[i, j]
                if n < 0:
                    continue
                for p in range(CELL * CELL):
                    depth = abs(sides.distance[n, p // CELL, p % CELL])
                    if 0 < depth < nearest:
                        nearest = depth
                        facing[0] = sides.outwards[n, p // CELL, p % CELL, 0]
                        facing[1] = sides.outwards[n, p // CELL, p % CELL, 1]
        if nearest < DEEP:
            return


@kernel(fastmath={"contract", "nsz"})
def _gather(
    light: np.ndarray,
    cells: Cells,
    sides: Sides,
    k: int,
    surfaces: np.ndarray,
    facing: np.ndarray,
    evidence: np.ndarray,
) -> None:
    """Sum log-likelihood ratios of every other pixel around, by distance and facing."""
    height, width, _ = light.shape
    row, column = cells.places[k]
    far, near = surfaces[0], surfaces[1]
    half, most = np.float32(0.5), np.float32(MOST_EVIDENCE)
    offset = np.float32(1.5) * np.log(far[4] / near[4])
    for i in range(max(row - 1, 0), min(row + 2, cells.index.shape[0])):
        for j in range(max(column - 1, 0), min(column + 2, cells.index.shape[1])):
            n = cells.index[i, j]
            if n < 0:
                continue
            for p in range(CELL * CELL):
                y, x = i * CELL + p // CELL, j * CELL + p % CELL
                if (y + x) & 1:
                    continue
                distance = sides.distance[n, p // CELL, p % CELL]
                if y >= height or x >= width or abs(distance) >= _BINS - half:
                    continue
                from_far = from_near = np.float32(0)
                for c in range(3):
                    from_far += (light[y, x, c] - far[c]) ** 2
                    from_near += (light[y, x, c] - near[c]) ** 2
                ratio = half * from_far / far[4] - half * from_near / near[4] + offset
                outwards = sides.outwards[n, p // CELL, p % CELL]
                group = group_of(outwards, facing)
                evidence[group, int(np.floor(distance)) + _BINS] += min(max(ratio, -most), most)


@kernel(inline="always")
def group_of(outwards: np.ndarray, facing: np.ndarray) -> int:
    """0 for outlines that face as their cell does, 1 for those that face the other way."""
    return 0 if outwards[0] * facing[0] + outwards[1] * facing[1] >= np.float32(SAME_WAY) else 1


@kernel(inline="always")
def _score(evidence: np.ndarray, scores: np.ndarray) -> None:
    """Log-likelihood of each displacement: what speaks for the nearer surface where that would lie."""
    for h in range(len(HYPOTHESES)):
        total = np.float32(0)
        for b in range(2 * _BINS):
            distance = np.float32(b - _BINS) + np.float32(0.5)
            share = min(max(np.float32(0.5) + distance + HYPOTHESES[h], np.float32(0)), np.float32(1))
            total += share * evidence[b]
        scores[h] = np.float32(DISCOUNT) * total
