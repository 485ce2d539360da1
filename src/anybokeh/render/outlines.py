"""Outlines: prototype."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render.layers import Pixels
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

CELL = 4
SEARCH = 4
_STEP = 2.0
_SLOPE = 0.1
STEEP = 0.2
FLAT = 1.35
BINS = 4
DISPLACEMENTS = 13
SPACING = 0.5
DISCOUNT = 0.05
CAP = 2.0
PRIOR_MEAN = 0.0
PRIOR_SIGMA = 1.2
TAU = 0.3
TAU_MIN = 0.05
NOISE = 0.02
NOISE_FLOOR = 0.003
WINDOW = 8
TRANSIT = 0.04
LOCAL = 0.7
SHRINK = 0.4
SNAP = 0.005
MOST = 0.55
FAR_IN = 1.7
CLOSER = 0.5
ROUNDS = 25
STRENGTH = 10.0
SELF = True
TRIES = 2
SPIKE = 0.5
SPIKE_SIGMA = 0.25
SLOPE = 0.02
DOUBT = 0.3
NEED = 0.5


class Outlines(NamedTuple):
    index: np.ndarray
    values: np.ndarray  # n, 16, 9: share, near rgb coc, far rgb coc


def find_outlines(crew: Crew, pixels: Pixels) -> Outlines:
    height, width = pixels.coc.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    extremes = np.empty((rows, columns, 3), np.float32)
    crew.run(_extremes, pixels.coc, extremes)
    mark = np.empty((rows, columns), np.float32)
    crew.run(_mark, extremes, mark)
    index = np.full((rows, columns), -1, np.int32)
    places = np.argwhere(~np.isnan(mark)).astype(np.int32)
    index[places[:, 0], places[:, 1]] = np.arange(len(places))
    depth = np.empty((len(places), 16, 3), np.int8)
    crew.run(_depths, pixels.coc, places, mark, depth)
    values = np.empty((len(places), 16, 9), np.float32)
    params = np.array([DISCOUNT, CAP, PRIOR_MEAN, PRIOR_SIGMA, TAU, TAU_MIN, NOISE, NOISE_FLOOR, TRANSIT, LOCAL, SHRINK, SNAP, FAR_IN, CLOSER, SPIKE, SPIKE_SIGMA, SLOPE, DOUBT, NEED], np.float32)
    models = np.empty((len(places), 2, 6), np.float32)
    normals = np.empty((len(places), 2), np.float32)
    scores = np.empty((len(places), 2, DISPLACEMENTS), np.float32)
    if len(places) == 0:
        return Outlines(index, values)
    crew.run(_observe, pixels.light, pixels.coc, places, mark, index, depth, params, WINDOW, models, normals, scores)
    shifts = displacements(scores)
    crew.run(_matte, pixels.light, pixels.coc, places, mark, index, depth, params, models, normals, shifts, values)
    return Outlines(index, values)


@kernel()
def _extremes(thread: int, threads: int, coc: np.ndarray, extremes: np.ndarray) -> None:
    height, width = coc.shape
    for row in range(thread, extremes.shape[0], threads):
        for column in range(extremes.shape[1]):
            y0, x0 = row * CELL, column * CELL
            low = high = coc[y0, x0]
            steep = np.float32(0)
            for y in range(y0, min(y0 + CELL, height)):
                for x in range(x0, min(x0 + CELL, width)):
                    value = coc[y, x]
                    low, high = min(low, value), max(high, value)
                    if x + 1 < width:
                        steep = max(steep, abs(coc[y, x + 1] - value))
                    if y + 1 < height:
                        steep = max(steep, abs(coc[y + 1, x] - value))
            extremes[row, column, 0] = low
            extremes[row, column, 1] = high
            extremes[row, column, 2] = steep


@kernel()
def _mark(thread: int, threads: int, extremes: np.ndarray, mark: np.ndarray) -> None:
    rows, columns, _ = extremes.shape
    for row in range(thread, rows, threads):
        for column in range(columns):
            mark[row, column] = np.nan
            low = high = extremes[row, column, 0]
            steep = np.float32(0)
            for i in range(max(row - 1, 0), min(row + 2, rows)):
                for j in range(max(column - 1, 0), min(column + 2, columns)):
                    low = min(low, extremes[i, j, 0])
                    high = max(high, extremes[i, j, 1])
                    steep = max(steep, extremes[i, j, 2])
            span = high - low
            if span <= np.float32(_STEP) + np.float32(_SLOPE) * min(abs(low), abs(high)):
                continue
            if steep < np.float32(STEEP) * span:
                lower, higher = low, high
                for i in range(max(row - 2, 0), min(row + 3, rows)):
                    for j in range(max(column - 2, 0), min(column + 3, columns)):
                        lower = min(lower, extremes[i, j, 0])
                        higher = max(higher, extremes[i, j, 1])
                if higher - lower > np.float32(FLAT) * span:
                    continue
            mark[row, column] = np.float32(0.5) * (low + high)


@kernel()
def _depths(
    thread: int, threads: int, coc: np.ndarray, places: np.ndarray, mark: np.ndarray, depth: np.ndarray
) -> None:
    height, width = coc.shape
    for k in range(thread, places.shape[0], threads):
        row, column = places[k]
        middle = mark[row, column]
        for p in range(16):
            y, x = row * CELL + p // 4, column * CELL + p % 4
            depth[k, p, 0] = depth[k, p, 1] = depth[k, p, 2] = 0
            if y >= height or x >= width:
                continue
            inside = coc[y, x] > middle
            best = 1000
            for dy in range(-SEARCH, SEARCH + 1):
                for dx in range(-SEARCH, SEARCH + 1):
                    i, j = y + dy, x + dx
                    if 0 <= i < height and 0 <= j < width and (coc[i, j] > middle) != inside:
                        d = dy * dy + dx * dx
                        if d < best:
                            best = d
                            depth[k, p, 1], depth[k, p, 2] = dy, dx
            s = np.sqrt(best) - 0.5 if best < 1000 else 5.0
            # in quarters of a pixel
            q = int(4 * min(s, 5.0) + 0.5)
            depth[k, p, 0] = q if inside else -q


@kernel(fastmath={"contract", "nsz"})
def _observe(
    thread: int,
    threads: int,
    light: np.ndarray,
    coc: np.ndarray,
    places: np.ndarray,
    mark: np.ndarray,
    index: np.ndarray,
    depth: np.ndarray,
    params: np.ndarray,
    window: int,
    models: np.ndarray,
    normals: np.ndarray,
    scores: np.ndarray,
) -> None:
    height, width = coc.shape
    discount, cap, prior_mean, prior_sigma, tau, tau_min, noise, noise_floor, transit, local, shrink, snap, far_in, closer, spike, spike_sigma, slope, doubt, need = params
    one, half = np.float32(1), np.float32(0.5)
    evidence = np.empty((2, 2 * BINS + 2), np.float32)
    for k in range(thread, places.shape[0], threads):
        row, column = places[k]
        middle = mark[row, column]
        cy, cx = row * CELL + half * (CELL - 1), column * CELL + half * (CELL - 1)
        # models: rgb, coc, second moment, weight of far (0) and near (1)
        model = models[k]
        model[:] = 0
        for y in range(max(row * CELL - window, 0), min(row * CELL + CELL + window, height)):
            for x in range(max(column * CELL - window + (y & 1), 0), min(column * CELL + CELL + window, width), 2):
                n = index[y // CELL, x // CELL]
                d = 20
                if n >= 0:
                    d = abs(int(depth[n, (y % CELL) * CELL + x % CELL, 0]))
                side = 1 if coc[y, x] > middle else 0
                w = one if d >= 12 else (np.float32(0.3) if d >= 8 else (np.float32(0.05) if d >= 4 else np.float32(0.01)))
                far2 = (y - cy) ** 2 + (x - cx) ** 2
                w *= np.float32(16) / (np.float32(16) + far2)
                m = model[side]
                r, g, b = light[y, x, 0], light[y, x, 1], light[y, x, 2]
                m[0] += w * r
                m[1] += w * g
                m[2] += w * b
                m[3] += w * coc[y, x]
                m[4] += w * (r * r + g * g + b * b)
                m[5] += w
        for side in range(2):
            m = model[side]
            if m[5] > 0:
                for c in range(5):
                    m[c] /= m[5]
                m[4] = max(m[4] - m[0] * m[0] - m[1] * m[1] - m[2] * m[2], np.float32(0)) / 3
                m[4] += (noise * np.float32(0.33) * (m[0] + m[1] + m[2])) ** 2 + noise_floor**2
        known = model[0, 5] > 0 and model[1, 5] > 0
        # displacement
        evidence[:] = 0
        ny = nx = np.float32(0)
        if known:
            best = 1000
            for p in range(16):
                d = depth[k, p]
                if (d[1] != 0 or d[2] != 0) and abs(d[0]) < best:
                    best = abs(d[0])
                    sign = 1 if d[0] < 0 else -1
                    ny, nx = np.float32(sign * d[1]), np.float32(sign * d[2])
            if ny == 0 and nx == 0:
                # look around
                for i in range(max(row - 1, 0), min(row + 2, index.shape[0])):
                    for j in range(max(column - 1, 0), min(column + 2, index.shape[1])):
                        n = index[i, j]
                        if n < 0:
                            continue
                        for p in range(16):
                            d = depth[n, p]
                            if (d[1] != 0 or d[2] != 0) and abs(d[0]) < best:
                                best = abs(d[0])
                                sign = 1 if d[0] < 0 else -1
                                ny, nx = np.float32(sign * d[1]), np.float32(sign * d[2])
            scale0, scale1 = half / model[0, 4], half / model[1, 4]
            offset = np.float32(1.5) * np.log(model[0, 4] / model[1, 4])
            for i in range(max(row - 1, 0), min(row + 2, index.shape[0])):
                for j in range(max(column - 1, 0), min(column + 2, index.shape[1])):
                    n = index[i, j]
                    if n < 0:
                        continue
                    for p in range(16):
                        y, x = i * CELL + p // CELL, j * CELL + p % CELL
                        if y >= height or x >= width:
                            continue
                        d = depth[n, p]
                        if abs(int(d[0])) > 18:
                            continue
                        sign = 1 if d[0] < 0 else -1
                        group = 0 if sign * (d[1] * ny + d[2] * nx) >= 0 else 1
                        a = b = np.float32(0)
                        for c in range(3):
                            a += (light[y, x, c] - model[0, c]) ** 2
                            b += (light[y, x, c] - model[1, c]) ** 2
                        llr = a * scale0 - b * scale1 + offset
                        llr = min(max(llr, -cap), cap)
                        # bins: distance -3.5.. -0.5, 0.5.. 3.5 (and 4.5)
                        s = np.float32(0.25) * d[0]
                        place = int(np.floor(s + BINS + 1)) 
                        place = min(max(place, 0), 2 * BINS + 1)
                        evidence[group, place] += llr
        _score(evidence[0], discount, scores[k, 0])
        _score(evidence[1], discount, scores[k, 1])
        normals[k, 0], normals[k, 1] = ny, nx


@kernel(fastmath={"contract", "nsz"})
def _matte(
    thread: int,
    threads: int,
    light: np.ndarray,
    coc: np.ndarray,
    places: np.ndarray,
    mark: np.ndarray,
    index: np.ndarray,
    depth: np.ndarray,
    params: np.ndarray,
    models: np.ndarray,
    normals: np.ndarray,
    shifts: np.ndarray,
    values: np.ndarray,
) -> None:
    height, width = coc.shape
    discount, cap, prior_mean, prior_sigma, tau, tau_min, noise, noise_floor, transit, local, shrink, snap, far_in, closer, spike, spike_sigma, slope, doubt, need = params
    pair = np.empty((2, 3), np.float32)
    one, half = np.float32(1), np.float32(0.5)
    for k in range(thread, places.shape[0], threads):
        row, column = places[k]
        middle = mark[row, column]
        model = models[k]
        ny, nx = normals[k]
        known = model[0, 5] > 0 and model[1, 5] > 0
        shift0, shift1 = shifts[k]
        for p in range(16):
            v = values[k, p]
            y, x = row * CELL + p // CELL, column * CELL + p % CELL
            if y >= height or x >= width:
                v[:] = 0
                continue
            d = depth[k, p]
            s = np.float32(0.25) * d[0]
            inside = d[0] > 0
            own = coc[y, x]
            span_coc = model[1, 3] - model[0, 3]
            tolerance = transit * span_coc
            for c in range(3):
                pair[1, c] = model[1, c] if known else light[y, x, c]
                pair[0, c] = model[0, c] if known else light[y, x, c]
            if not known:
                share = one if inside else np.float32(0)
            else:
                sign = 1 if d[0] < 0 else -1
                first = sign * (d[1] * ny + d[2] * nx) >= 0
                shift = shift0 if first else shift1
                sc = s + shift
                prior = min(max(half + sc, np.float32(0)), one)
                spread0, spread1 = model[0, 4], model[1, 4]
                if d[1] != 0 or d[2] != 0:
                    length = np.sqrt(np.float32(d[1] * d[1] + d[2] * d[2]))
                    vy, vx = -sign * d[1] / length, -sign * d[2] / length  # outwards
                    for side in range(2):
                        found = False
                        for reach in range(TRIES):
                            along_normal = sc + (1 if side == 0 else -1) * (far_in - closer * reach)
                            i = int(np.floor(y + vy * along_normal + half))
                            j = int(np.floor(x + vx * along_normal + half))
                            if 0 <= i < height and 0 <= j < width and (i != y or j != x):
                                n = index[i // CELL, j // CELL]
                                e = depth[n, (i % CELL) * CELL + j % CELL, 0] * np.float32(0.25) if n >= 0 else (np.float32(5) if coc[i, j] > middle else np.float32(-5))
                                e = e + shift
                                if (e if side == 1 else -e) > far_in - need - closer * reach:
                                    for c in range(3):
                                        pair[side, c] = local * light[i, j, c] + (one - local) * model[side, c]
                                    if side == 0:
                                        spread0 *= shrink
                                    else:
                                        spread1 *= shrink
                                    found = True
                                    break
                        if False:
                            for c in range(3):
                                pair[side, c] = light[y, x, c]
                t = tau * np.exp(-half * sc * sc) + tau_min
                contrast = along = np.float32(0)
                for c in range(3):
                    span = pair[1, c] - pair[0, c]
                    contrast += span * span
                    along += span * (light[y, x, c] - pair[0, c])
                variance = prior * spread1 + (one - prior) * spread0
                if contrast > 0:
                    guess = min(max(along / contrast, np.float32(0)), one)
                    rest = np.float32(0)
                    for c in range(3):
                        rest += (light[y, x, c] - pair[0, c] - guess * (pair[1, c] - pair[0, c])) ** 2
                    trust = max(np.float32(0), one - rest / (doubt * contrast))
                    along *= trust
                    contrast *= trust
                share = (prior / (t * t) + along / variance) / (one / (t * t) + contrast / variance)
                share = min(max(share, np.float32(0)), one)
                if abs(sc) > 3:
                    share = prior
                if share < snap:
                    share = np.float32(0)
                if share > one - snap:
                    share = one
            v[0] = share
            rest = one / (share * share + (one - share) * (one - share))
            for c in range(3):
                r = (light[y, x, c] - share * pair[1, c] - (one - share) * pair[0, c]) * rest
                v[1 + c] = max(pair[1, c] + share * r, np.float32(0)) if share < 1 else light[y, x, c]
                v[5 + c] = max(pair[0, c] + (one - share) * r, np.float32(0)) if share > 0 else light[y, x, c]
            v[4] = v[8] = own
            if known:
                if d[1] != 0 or d[2] != 0:
                    step, most = slope * span_coc, MOST * span_coc
                    length = np.sqrt(np.float32(d[1] * d[1] + d[2] * d[2]))
                    vy, vx = d[1] / length, d[2] / length  # across the outline
                    mine, other = (4, 8) if inside else (8, 4)
                    rise = one if inside else -one
                    v[mine] = _walk(coc, np.float32(y), np.float32(x), -vy, -vx, rise, step, most)
                    v[other] = _walk(coc, np.float32(y + d[1]), np.float32(x + d[2]), vy, vx, -rise, step, most)


@kernel(inline="always")
def _walk(coc: np.ndarray, y: float, x: float, vy: float, vx: float, rise: float, step: float, most: float) -> np.floating:
    """Circle of confusion where the slope of a soft outline, walked up in a direction, ends."""
    height, width = coc.shape
    value = coc[int(y), int(x)]
    if not _is_between(coc, int(y), int(x), 2 * step):
        return value
    for _ in range(8):
        y += vy
        x += vx
        i, j = int(np.floor(y + np.float32(0.5))), int(np.floor(x + np.float32(0.5)))
        if not (0 <= i < height and 0 <= j < width):
            break
        gain = (coc[i, j] - value) * rise
        if gain <= 0 or gain > most:
            break
        value = coc[i, j]
        if gain <= step:
            break
    return value


@kernel(inline="always")
def _is_between(coc: np.ndarray, y: int, x: int, tolerance: float) -> bool:
    """Whether a pixel lies on the slope of a soft outline: one neighbour is nearer, another farther."""
    low = high = coc[y, x]
    for i in range(max(y - 1, 0), min(y + 2, coc.shape[0])):
        for j in range(max(x - 1, 0), min(x + 2, coc.shape[1])):
            low, high = min(low, coc[i, j]), max(high, coc[i, j])
    return coc[y, x] - low > tolerance and high - coc[y, x] > tolerance


@kernel(inline="always")
def _score(evidence: np.ndarray, discount: float, score: np.ndarray) -> None:
    for h in range(DISPLACEMENTS):
        d = np.float32((h - DISPLACEMENTS // 2) * SPACING)
        score[h] = 0
        for b in range(evidence.shape[0]):
            s = np.float32(b - BINS - 1) + np.float32(0.5)
            cover = min(max(np.float32(0.5) + s + d, np.float32(0)), np.float32(1))
            score[h] += discount * cover * evidence[b]


def displacements(scores: np.ndarray) -> np.ndarray:
    """Posterior means (n, 2) from log-likelihoods (n, 2, hypotheses), the prior found from all of them."""
    places = (np.arange(DISPLACEMENTS) - DISPLACEMENTS // 2) * np.float32(SPACING)
    likelihood = np.exp(scores - scores.max(-1, keepdims=True)).reshape(-1, DISPLACEMENTS)
    base = np.exp(-0.5 * (places / PRIOR_SIGMA) ** 2)
    base /= base.sum()
    prior = base
    for _ in range(ROUNDS):
        joint = likelihood * prior
        joint /= joint.sum(1, keepdims=True)
        prior = (joint.sum(0) + STRENGTH * base) / (len(joint) + STRENGTH)
    joint = likelihood * prior
    joint /= joint.sum(1, keepdims=True)
    return (joint @ places).reshape(-1, 2).astype(np.float32)
