"""The readable twin of `render.outlines`: every pixel by itself, nothing is written for speed."""

from __future__ import annotations

import numpy as np

from anybokeh.render.outlines import cells, coverage, displacement
from anybokeh.render.outlines.cells import CELL, DEEP, SEARCH
from anybokeh.render.outlines.displacement import HYPOTHESES, SAME_WAY


class Cell:
    """One cell of an outline: its pixels, threshold, surfaces and displacements."""

    def __init__(self, row: int, column: int, middle: float) -> None:
        self.top, self.left, self.middle = row * CELL, column * CELL, middle
        self.surfaces: dict[bool, tuple[np.ndarray, float, float]] = {}
        self.facing = np.zeros(2)
        self.scores = np.zeros((2, len(HYPOTHESES)))
        self.shifts = np.zeros(2)


class Picture:
    """Everything that is asked about a picture and its circle of confusion."""

    def __init__(self, light: np.ndarray, coc: np.ndarray) -> None:
        self.light, self.coc = light.astype(np.float64), coc.astype(np.float64)
        self.height, self.width = coc.shape
        self.cells = {}
        for row in range(-(-self.height // CELL)):
            for column in range(-(-self.width // CELL)):
                middle = self.middle(row, column)
                if middle is not None:
                    self.cells[row, column] = Cell(row, column, middle)
        self.sides = {at: self.side(*at) for cell in self.cells.values() for at in self.pixels(cell)}
        for cell in self.cells.values():
            self.observe(cell)
        scores = (
            np.stack([cell.scores for cell in self.cells.values()]) if self.cells else np.zeros((0, 2, 13))
        )
        for cell, shifts in zip(self.cells.values(), displacement.displacements(scores), strict=True):
            cell.shifts = shifts

    def pixels(self, cell: Cell) -> list[tuple[int, int]]:
        ys = range(cell.top, min(cell.top + CELL, self.height))
        return [(y, x) for y in ys for x in range(cell.left, min(cell.left + CELL, self.width))]

    def cell_at(self, y: int, x: int) -> Cell | None:
        return self.cells.get((y // CELL, x // CELL))

    def within(self, y: int, x: int) -> bool:
        return 0 <= y < self.height and 0 <= x < self.width

    def middle(self, row: int, column: int) -> float | None:
        def around(reach: int) -> np.ndarray:
            rows = slice(max(row - reach, 0) * CELL, (row + reach + 1) * CELL)
            return self.coc[rows, max(column - reach, 0) * CELL : (column + reach + 1) * CELL]

        window = around(1)
        low, high = window.min(), window.max()
        if high - low <= cells.STEP + cells.SLOPE * min(abs(low), abs(high)):
            return None
        rows, columns = (
            slice(max(row - 1, 0) * CELL, (row + 2) * CELL),
            slice(max(column - 1, 0) * CELL, None),
        )
        wide = self.coc[rows, columns][:, : (min(column, 1) + 2) * CELL + 1]
        tall = self.coc[max(row - 1, 0) * CELL : (row + 2) * CELL + 1, columns][
            :, : (min(column, 1) + 2) * CELL
        ]
        steps = [np.abs(np.diff(wide, axis=1)).max(initial=0), np.abs(np.diff(tall, axis=0)).max(initial=0)]
        larger = around(2)
        if max(steps) < cells.STEEP * (high - low) and np.ptp(larger) > cells.FLAT * (high - low):
            return None
        return float(np.float32(0.5) * np.float32(low + high))

    def side(self, y: int, x: int) -> tuple[float, tuple[int, int], np.ndarray]:
        """Distance, offset to the nearest pixel of the other side, and direction outwards."""
        cell = self.cell_at(y, x)
        assert cell is not None
        nearer = self.coc[y, x] > cell.middle
        sign = 1 if nearer else -1
        others = [
            (dy, dx)
            for dy in range(-SEARCH, SEARCH + 1)
            for dx in range(-SEARCH, SEARCH + 1)
            if self.within(y + dy, x + dx) and (self.coc[y + dy, x + dx] > cell.middle) != nearer
        ]
        if not others:
            return sign * DEEP, (0, 0), np.zeros(2)
        across = min(others, key=lambda one: one[0] ** 2 + one[1] ** 2)
        nearest = across[0] ** 2 + across[1] ** 2
        direction = sum(np.array(one) / (one[0] ** 2 + one[1] ** 2) ** 2 for one in others)
        if np.linalg.norm(direction) * nearest < cells._NO_DIRECTION:
            direction = np.array(across, float)
        distance = sign * min(np.sqrt(nearest) - 0.5, DEEP)
        return distance, across, sign * direction / np.linalg.norm(direction)

    def depth(self, y: int, x: int, middle: float) -> float:
        if (y, x) in self.sides:
            return self.sides[y, x][0]
        return DEEP if self.coc[y, x] > middle else -DEEP

    def observe(self, cell: Cell) -> None:
        window = displacement.WINDOW
        centre = np.array([cell.top, cell.left]) + (CELL - 1) / 2
        found: dict[bool, list] = {False: [], True: []}
        for y in range(max(cell.top - window, 0), min(cell.top + CELL + window, self.height)):
            first = max(cell.left - window + y % 2, 0)
            for x in range(first, min(cell.left + CELL + window, self.width), 2):
                depth = abs(self.depth(y, x, cell.middle)) if self.cell_at(y, x) else DEEP
                sure = next(w for least, w in ((3, 1.0), (2, 0.3), (1, 0.05), (-1, 0.01)) if depth >= least)
                weight = sure * 16 / (16 + ((np.array([y, x]) - centre) ** 2).sum())
                found[bool(self.coc[y, x] > cell.middle)].append((weight, self.light[y, x], self.coc[y, x]))
        if not found[False] or not found[True]:
            return
        for nearer, seen in found.items():
            weights = np.array([weight for weight, _, _ in seen])
            colours = np.array([colour for _, colour, _ in seen])
            mean = weights @ colours / weights.sum()
            variance = (weights @ (colours - mean) ** 2).mean() / weights.sum()
            variance += (displacement.NOISE * mean.mean()) ** 2 + displacement.NOISE_FLOOR**2
            coc = weights @ np.array([coc for _, _, coc in seen]) / weights.sum()
            cell.surfaces[nearer] = mean, variance, coc
        cell.facing = self.facing(cell)
        cell.scores = self.scores(cell)

    def around(self, cell: Cell, reach: int) -> list[tuple[int, int]]:
        row, column = cell.top // CELL, cell.left // CELL
        near = [(row + i, column + j) for i in range(-reach, reach + 1) for j in range(-reach, reach + 1)]
        return [at for place in near if place in self.cells for at in self.pixels(self.cells[place])]

    def facing(self, cell: Cell) -> np.ndarray:
        for reach in range(2):
            close = [self.sides[at] for at in self.around(cell, reach) if abs(self.sides[at][0]) < DEEP]
            if close:
                return min(close, key=lambda side: abs(side[0]))[2]
        return np.zeros(2)

    def scores(self, cell: Cell) -> np.ndarray:
        result = np.zeros((2, len(HYPOTHESES)))
        (far, far_variance, _), (near, near_variance, _) = cell.surfaces[False], cell.surfaces[True]
        for y, x in self.around(cell, 1):
            distance, _, outwards = self.sides[y, x]
            if (y + x) % 2 or abs(distance) >= displacement._BINS - 0.5:
                continue
            pixel = self.light[y, x]
            ratio = ((pixel - far) ** 2).sum() / far_variance / 2 - (
                (pixel - near) ** 2
            ).sum() / near_variance / 2
            ratio += 1.5 * np.log(far_variance / near_variance)
            ratio = np.clip(ratio, -displacement.MOST_EVIDENCE, displacement.MOST_EVIDENCE)
            share = np.clip(0.5 + np.floor(distance) + 0.5 + HYPOTHESES, 0, 1)
            result[0 if outwards @ cell.facing >= SAME_WAY else 1] += displacement.DISCOUNT * share * ratio
        return result

    def taken_apart(self, y: int, x: int) -> tuple[float, np.ndarray, np.ndarray]:
        """Share, and RGB with circle of confusion of the nearer and of the farther surface."""
        cell = self.cell_at(y, x)
        assert cell is not None
        pixel = self.light[y, x]
        own = np.append(pixel, self.coc[y, x])
        distance, across, outwards = self.sides[y, x]
        if not cell.surfaces or across == (0, 0):
            return float(distance > 0), own, own
        moved = distance + cell.shifts[0 if outwards @ cell.facing >= SAME_WAY else 1]
        share, near, far = float(moved > 0), pixel, pixel
        if abs(moved) <= coverage.BAND:
            (near_colour, near_variance), (far_colour, far_variance) = (
                self.beside(cell, y, x, moved, nearer) for nearer in (True, False)
            )
            share = self.share(pixel, near_colour, near_variance, far_colour, far_variance, moved)
            if 0 < share < 1:
                left = pixel - share * near_colour - (1 - share) * far_colour
                left /= share**2 + (1 - share) ** 2
                near = np.maximum(near_colour + share * left, 0)
                far = np.maximum(far_colour + (1 - share) * left, 0)
        step = cell.surfaces[True][2] - cell.surfaces[False][2]
        here, there = (y, x), (y + across[0], x + across[1])
        inner, outer = (here, there) if distance > 0 else (there, here)
        near_coc = self.plateau(*inner, -outwards, 1, step)
        far_coc = self.plateau(*outer, outwards, -1, step)
        return share, np.append(near, near_coc), np.append(far, far_coc)

    def beside(self, cell: Cell, y: int, x: int, moved: float, nearer: bool) -> tuple[np.ndarray, float]:
        """Colour and variance of one surface beside a pixel."""
        distance, across, outwards = self.sides[y, x]
        mean, variance, _ = cell.surfaces[nearer]
        sign = 1 if nearer else -1
        for away in (coverage.AWAY, coverage.CLOSER):
            m, n = np.floor(np.array([y, x]) + outwards * (moved - sign * away) + 0.5).astype(int)
            if not self.within(m, n) or (m, n) == (y, x):
                continue
            if sign * (self.depth(m, n, cell.middle) + moved - distance) > away - coverage.ALLOWANCE:
                colour = mean + coverage.LOCAL * (self.light[m, n] - mean)
                return colour, variance * coverage.LOCAL_VARIANCE
        if not nearer:
            return mean, variance
        return self.light[(y, x) if distance > 0 else (y + across[0], x + across[1])], variance

    def share(
        self,
        pixel: np.ndarray,
        near: np.ndarray,
        near_variance: float,
        far: np.ndarray,
        far_variance: float,
        moved: float,
    ) -> float:
        by_map = np.clip(0.5 + moved, 0, 1)
        error = coverage.MAP_ERROR * np.exp(-(moved**2) / 2) + coverage.MAP_ERROR_DEEP
        span = near - far
        contrast = span @ span
        if contrast == 0:
            return by_map
        along = (pixel - far) @ span
        rest = pixel - far - np.clip(along / contrast, 0, 1) * span
        trust = max(0, 1 - rest @ rest / (coverage.DOUBT * contrast))
        variance = by_map * near_variance + (1 - by_map) * far_variance
        for_map, for_colour = 1 / error**2, trust * contrast / variance
        share = (for_map * by_map + trust * along / variance) / (for_map + for_colour)
        if share < coverage.NEGLIGIBLE:
            return 0.0
        return 1.0 if share > 1 - coverage.NEGLIGIBLE else share

    def plateau(self, y: int, x: int, direction: np.ndarray, rise: int, step: float) -> float:
        value = self.coc[y, x]
        around = self.coc[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        if min(value - around.min(), around.max() - value) <= 2 * coverage.SLOPE * step:
            return value
        for walked in range(1, coverage._SLOPE_LENGTH + 1):
            i, j = np.floor(np.array([y, x]) + walked * direction + 0.5).astype(int)
            if not self.within(i, j):
                break
            gain = (self.coc[i, j] - value) * rise
            if gain <= 0 or gain > coverage.LARGEST_STEP * step:
                break
            value = self.coc[i, j]
            if gain <= coverage.SLOPE * step:
                break
        return value
