"""One frame on a device: which shaders run, in which order, and what memory they take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from anybokeh.optics.focal_surface import ColourFocus
from anybokeh.optics.light import encode_table
from anybokeh.render.hidden import CELL, THRESHOLDS
from anybokeh.render.kernels import KernelBank, Kernels
from anybokeh.render.layers import BASE_LAYERS, REDUCED_LAYERS, highest_level
from anybokeh.render.webgpu.device import DeviceError
from anybokeh.render.webgpu.kernel_tables import KernelTable, kernel_table
from anybokeh.render.webgpu.shader_device import ShaderDevice, ShaderWork
from anybokeh.render.webgpu.shaders import uniform

TILE = 8
POINT_BYTES, SAMPLE_BYTES, PLACE_BYTES = 20, 16, 8
PIXEL_BYTES = 16
"""Light and circle of confusion, or a result."""
INDEX_HEADER = 16
_EXTRA_REACH = 8.0
_MOST_A_PIXEL = 4
_MOST_PIXELS = 65535
"""Of a side: shaders keep places in 16 bits."""


@dataclass(frozen=True)
class Strip:
    """Rows of tiles: those that are drawn, and those whose points are needed for it."""

    first: int
    last: int
    first_held: int
    last_held: int


class Tables:
    """The kernels of a lens on a device.

    Raises:
        MemoryError: they are larger than the device can bind.
    """

    def __init__(self, device: ShaderDevice, bank: KernelBank) -> None:
        self.full = _LevelTable(device, bank.full, kernel_table(bank.full, reduced=False))
        self.reduced = _LevelTable(device, bank.reduced, kernel_table(bank.reduced, reduced=True))


class _LevelTable:
    def __init__(self, device: ShaderDevice, kernels: Kernels, table: KernelTable) -> None:
        self.weights = device.own("kernel weights", table.weights)
        self.boxes = device.own("kernel boxes", table.boxes)
        self.reaches = {
            False: device.uniform(table.reaches.tobytes()),
            True: device.uniform(table.near_reaches.tobytes()),
        }
        self.reach = int(table.reaches[-1, 1])
        """Rows that the largest kernel reaches."""
        self.choice = {
            "steps": kernels.steps,
            "bins": kernels.bins,
            "field_columns": kernels.field[0],
            "field_rows": kernels.field[1],
            "turned": int(kernels.turned),
            "count": len(kernels.reaches),
            "unused": 0,
            "unused_too": 0,
        }
        """What tells a sample's kernel."""


class FramePasses:
    """Runs the shaders for frames of one size.

    Args:
        device: to run on.
        height, width: of a frame in pixels.
        tables: kernels of the lens.

    Attributes:
        points_a_pixel: samples that there is room for, hidden ones included; grows where they are more.

    Raises:
        MemoryError: the device has no room for them.
    """

    def __init__(self, device: ShaderDevice, height: int, width: int, tables: Tables) -> None:
        if max(height, width) > _MOST_PIXELS:
            raise MemoryError(
                f"a picture of {width}x{height}: the device draws {_MOST_PIXELS} at most a side"
            )
        self.device = device
        self.height, self.width = height, width
        self.tables = tables
        self.rows, self.columns = -(-height // CELL), -(-width // CELL)
        self.tile_rows, self.tile_columns = -(-height // TILE), -(-width // TILE)
        self._pyramid = _pyramid(self.rows, self.columns)
        self.pyramid = sum(rows * columns for rows, columns in self._pyramid)
        self.points_a_pixel = 2.0
        room, pixels = device.room, height * width
        self.result = room("result", PIXEL_BYTES * pixels)
        self.in_front = room("in front", 4 * pixels)
        self.finished = room("finished", 12 * pixels + 4)
        self.behind = room("behind", 16 * (THRESHOLDS + 1) * self.pyramid)
        self.behind_weight = room("behind weight", 4 * (THRESHOLDS + 1) * self.pyramid)
        self.reach = [room(f"reach {i}", 4 * THRESHOLDS * self.rows * self.columns) for i in range(2)]

    def picture_groups(self, rows: int | None = None) -> tuple[int, int, int]:
        """Workgroups that draw all tiles of the picture, or so many rows of them."""
        return self.tile_columns, self.tile_rows if rows is None else rows, 1

    def picture(
        self, colour: ColourFocus, limits: tuple[float, float], transfer: str, known: int, mark: int
    ) -> bytes:
        """The uniform of a frame, seen with one focus.

        Args:
            colour: the channels that are drawn.
            limits: least and largest circle of confusion that any disparity could have.
            transfer: of the frame.
            known: surfaces behind that are known.
            mark: written behind what is finished, another each time.
        """
        first, last = (float(np.copysign(np.log1p(abs(end)), end)) for end in limits)
        spacing = max((last - first) / (THRESHOLDS + 1), 1e-6)
        thresholds = (first + spacing * np.arange(1, THRESHOLDS + 1)).astype(np.float32)
        fields = {
            "width": self.width,
            "height": self.height,
            "columns": self.columns,
            "rows": self.rows,
            "tile_columns": self.tile_columns,
            "tile_rows": self.tile_rows,
            "pyramid": self.pyramid,
            "first": first,
            "scale": 1 / spacing,
            "first_threshold": float(thresholds[0]),
            "spacing": float(thresholds[1] - thresholds[0]),
            "encode_steps": 0 if transfer == "linear" else len(encode_table(transfer)) - 1,
            "known_surfaces": known,
            "channels": sum(1 << channel for channel in colour.channels),
            "mark": mark,
        }
        return uniform("finish", "picture", fields)

    def composite(
        self,
        picture: Any,
        light: Any,
        outlines: dict[str, Any],
        known: Any,
        limits: tuple[float, float],
        extremes: tuple[float, float],
    ) -> None:
        """Write `result` and `in_front`.

        Args:
            picture: uniform.
            light: buffer of linear light and circles of confusion, four float32 a pixel.
            outlines: buffers of the pixels near outlines.
            known: buffer of the surfaces behind that are known.
            limits: least and largest circle of confusion that any disparity could have.
            extremes: those of this picture.
        """
        while True:
            try:
                self._composite(picture, light, outlines, known, limits, extremes)
                return
            except _TooManyPointsError:
                self.points_a_pixel *= 2

    def finish(
        self, picture: Any, light: Any, outlines: dict[str, Any], frame: Any, encode_table: Any
    ) -> None:
        """Write the channels of `picture`, and its mark behind them, to `finished`."""
        work = self.device.work()
        buffers = {"result": self.result, "in_front": self.in_front, "light": light, "frame": frame}
        buffers |= {"picture": picture, "encode_table": encode_table, "finished": self.finished, **outlines}
        work.run("finish", self.picture_groups(), buffers)
        work.submit()

    def _composite(
        self,
        picture: Any,
        light: Any,
        outlines: dict[str, Any],
        known: Any,
        limits: tuple[float, float],
        extremes: tuple[float, float],
    ) -> None:
        near, far = highest_level(extremes[1]), highest_level(-extremes[0])
        levels = [_Level(self, level, True) for level in range(near, 0, -1)]
        behind = [_Level(self, level, False) for level in range(1, far + 1)]
        work = self.device.work()
        self._hidden(work, picture, light, outlines, limits)
        whole = Strip(0, self.tile_rows, 0, self.tile_rows)
        strips = list(self._strips(self.tables.full.reach, 1))
        in_one = strips == [whole]
        work.clear(self.result, PIXEL_BYTES * self.height * self.width)
        for level in (*levels, *behind):
            work.clear(level.counted, 8)
        buffers = _Points(self, picture, light, outlines, known)
        if in_one:
            buffers.collect(work, whole)
            for level in (*levels, *behind):
                level.sum_points(work, picture, buffers, whole)
        elif levels or behind:
            largest = 1 << max(near, far)
            for strip in self._strips(largest, TILE * largest):
                buffers.collect(work, strip)
                for level in (*levels, *behind):
                    level.sum_points(work, picture, buffers, strip)
                work = self._submit(work, buffers)
        for level in levels:
            level.draw(work, picture)
        for strip in strips:
            if not in_one:
                buffers.collect(work, strip)
            self._draw_base(work, picture, buffers, strip)
            if not in_one:
                work = self._submit(work, buffers)
        for level in behind:
            level.draw(work, picture)
        self._submit(work, buffers).submit()
        if any(level.has_too_many() for level in (*levels, *behind)):
            raise _TooManyPointsError

    def _submit(self, work: ShaderWork, buffers: _Points) -> ShaderWork:
        work.submit()
        if buffers.has_too_many():
            raise _TooManyPointsError
        return self.device.work()

    def _hidden(
        self,
        work: ShaderWork,
        picture: Any,
        light: Any,
        outlines: dict[str, Any],
        limits: tuple[float, float],
    ) -> None:
        """Fills behind each threshold in `behind`, and how far they matter in `reach`."""
        sums = {"picture": picture, "behind": self.behind, "behind_weight": self.behind_weight}
        groups = -(-self.columns // 4), -(-self.rows // 4), 1
        work.run("behind", groups, {**sums, "light": light, **outlines})
        groups = -(-self.columns // 8), -(-self.rows // 8), THRESHOLDS
        work.run("reach", groups, {**sums, "reach": self.reach[0]})
        farthest = (sum(map(abs, limits)) + _EXTRA_REACH) / CELL
        cells = 1
        while True:
            for diagonal in (1, 0):
                values = uniform("spread", "step", {"cells": cells, "diagonal": diagonal})
                before, after = self.reach if diagonal else self.reach[::-1]
                buffers = {"picture": picture, "step": self.device.uniform(values)}
                work.run("spread", groups, {**buffers, "before": before, "spread": after})
            cells *= 2
            if cells > min(farthest, max(self.rows, self.columns)):
                break
        sizes = [self.device.uniform(values) for values in _pyramid_sizes(self._pyramid)]
        for (rows, columns), size in zip(self._pyramid[1:], sizes, strict=False):
            groups = -(-columns // 8), -(-rows // 8), THRESHOLDS
            work.run("halve", groups, {**sums, "sizes": size})
        for (rows, columns), size in zip(self._pyramid[::-1], sizes[::-1], strict=True):
            groups = -(-columns // 8), -(-rows // 8), THRESHOLDS
            work.run("push", groups, {**sums, "sizes": size})

    def _strips(self, margin: int, multiple: int) -> Iterator[Strip]:
        """Strips whose points fit, with the points of `margin` pixels around, of `multiple` pixels of height.

        Raises:
            MemoryError: not even one fits.
        """
        around = -(-margin // TILE)
        a_row = self.tile_columns * TILE * TILE * POINT_BYTES * min(self.points_a_pixel, _MOST_A_PIXEL)
        step = -(-multiple // TILE)
        for size in self.device.buffer_sizes:
            fitting = int(size // a_row)
            if fitting >= self.tile_rows:
                yield Strip(0, self.tile_rows, 0, self.tile_rows)
                return
            height = (fitting - 2 * around) // step * step
            if height > 0:
                break
        else:
            raise MemoryError(f"a strip of {self.width} pixels with blur of {margin} does not fit")
        for first in range(0, self.tile_rows, height):
            last = min(first + height, self.tile_rows)
            yield Strip(first, last, max(0, first - around), min(last + around, self.tile_rows))

    def _draw_base(self, work: ShaderWork, picture: Any, points: _Points, strip: Strip) -> None:
        table = self.tables.full
        rows = strip.last_held - strip.first_held
        room = self.device.room
        entries = {
            "sample_light": room("base light", SAMPLE_BYTES * points.capacity),
            "sample_place": room("base place", PLACE_BYTES * points.capacity),
            "begins": room("base begins", 4 * rows * self.tile_columns * (BASE_LAYERS + 2)),
        }
        choice = self.device.uniform(uniform("base_samples", "kernels", table.choice))
        buffers = {"picture": picture, "kernels": choice, **points.buffers(strip)}
        work.run("base_samples", self.picture_groups(rows), {**buffers, **entries})
        grid = {
            "width": self.width,
            "height": self.height,
            "tile_columns": self.tile_columns,
            "layers": BASE_LAYERS,
            "first_tile_row": strip.first_held,
            "last_tile_row": strip.last_held - 1,
            "first_drawn": strip.first,
            "drawn_rows": strip.last - strip.first,
        }
        buffers = {
            "picture": picture,
            "grid": self.device.uniform(uniform("base_splat", "grid", grid)),
            "reaches": table.reaches[False],
            "kernel_weights": table.weights,
            "kernel_boxes": table.boxes,
            "result": self.result,
            "in_front": self.in_front,
            **entries,
        }
        work.run("base_splat", self.picture_groups(strip.last - strip.first), buffers)


class _TooManyPointsError(Exception):
    """More samples than there was room for."""


class _Points:
    """Visible and hidden samples of a strip, pixel by pixel."""

    def __init__(
        self, frame: FramePasses, picture: Any, light: Any, outlines: dict[str, Any], known: Any
    ) -> None:
        self._frame = frame
        self._inputs = {
            "picture": picture,
            "light": light,
            "fill": frame.behind,
            "reach": frame.reach[0],
            "known": known,
            **outlines,
        }
        self.capacity = 0

    def collect(self, work: ShaderWork, strip: Strip) -> None:
        """Write the points of the rows that a strip holds."""
        frame = self._frame
        rows = strip.last_held - strip.first_held
        pixels = rows * frame.tile_columns * TILE * TILE
        self.capacity = int(pixels * min(frame.points_a_pixel, _MOST_A_PIXEL))
        self._points = frame.device.room("points", POINT_BYTES * self.capacity)
        size = 4 * (INDEX_HEADER + pixels + rows * frame.tile_columns)
        self._index = frame.device.room("index of points", size)
        work.clear(self._index, 4 * INDEX_HEADER)
        work.run("points", frame.picture_groups(rows), {**self._inputs, **self.buffers(strip)})

    def buffers(self, strip: Strip) -> dict[str, Any]:
        """What shaders that read the points are given."""
        values = {
            "first_tile_row": strip.first_held,
            "tile_rows": strip.last_held - strip.first_held,
            "capacity": self.capacity,
        }
        strip_uniform = self._frame.device.uniform(uniform("points", "strip", values))
        return {"strip": strip_uniform, "points": self._points, "index": self._index}

    def has_too_many(self) -> bool:
        """Whether there was not enough room for the points that were collected last."""
        if self.capacity == 0:
            return False
        count, too_many = self._frame.device.read(self._index, np.uint32, 2)
        if count == 0:
            # every pixel has a point: what was read was not written
            raise DeviceError("the device returned nothing")
        return bool(too_many)


class _Level:
    """One side of a reduced level: its samples, and how they are drawn."""

    def __init__(self, frame: FramePasses, level: int, near: bool) -> None:
        self._frame = frame
        self._near = near
        self._size = size = 1 << level
        self._columns, self._rows = -(-frame.width // size), -(-frame.height // size)
        self._tile_columns, self._tile_rows = -(-self._columns // TILE), -(-self._rows // TILE)
        room, name = frame.device.room, f"{'near' if near else 'far'} {level}"
        cells = self._tile_columns * self._tile_rows * TILE * TILE
        a_cell = min(frame.points_a_pixel, REDUCED_LAYERS)
        self._capacity = int(cells * a_cell)
        tiles = self._tile_columns * self._tile_rows
        self._samples = {
            "sample_light": room(f"light {name}", SAMPLE_BYTES * self._capacity),
            "sample_place": room(f"place {name}", PLACE_BYTES * self._capacity),
            "begins": room(f"begins {name}", 4 * tiles * (REDUCED_LAYERS + 2)),
        }
        self.counted = room(f"counted {name}", 8)
        self._values = {
            "level": level,
            "near": int(near),
            "size": size,
            "columns": self._columns,
            "rows": self._rows,
            "tile_columns": self._tile_columns,
            "tile_rows": self._tile_rows,
            "capacity": self._capacity,
        }

    def sum_points(self, work: ShaderWork, picture: Any, points: _Points, strip: Strip) -> None:
        """Share the points of a strip among the cells that lie in it."""
        first = strip.first // self._size
        rows = -(-strip.last // self._size) - first
        device, table = self._frame.device, self._frame.tables.reduced
        values = {**self._values, **table.choice, "first_drawn": first}
        buffers = {
            "picture": picture,
            "level": device.uniform(uniform("level_samples", "level", values)),
            "counted": self.counted,
            **points.buffers(strip),
            **self._samples,
        }
        work.run("level_samples", (self._tile_columns, rows, 1), buffers)

    def has_too_many(self) -> bool:
        """Whether there was not enough room for the samples."""
        return bool(self._frame.device.read(self.counted, np.uint32, 2)[1])

    def draw(self, work: ShaderWork, picture: Any) -> None:
        """Blur the layers and lay them, enlarged, behind the result, in strips where memory is short."""
        frame, device = self._frame, self._frame.device
        a_row = REDUCED_LAYERS * TILE * self._columns * PIXEL_BYTES
        least = min(2, self._tile_rows)
        height = next((size // a_row for size in device.buffer_sizes if size // a_row >= least), None)
        if height is None:
            raise MemoryError(f"a strip of {frame.width} pixels does not fit")
        # Strips share a row of tiles: pixels lie between two rows of cells.
        drawn = last = 0
        while last < self._tile_rows:
            first = max(0, last - 1)
            last = min(first + height, self._tile_rows)
            drawn = self._draw_rows(work, picture, first, last, drawn)

    def _draw_rows(self, work: ShaderWork, picture: Any, first: int, last: int, first_row: int) -> int:
        """Draw with rows of tiles from first to before last; returns the row of pixels to go on from."""
        frame, table, device = self._frame, self._frame.tables.reduced, self._frame.device
        grid = {
            "width": self._columns,
            "height": self._rows,
            "tile_columns": self._tile_columns,
            "layers": REDUCED_LAYERS,
            "first_tile_row": 0,
            "last_tile_row": self._tile_rows - 1,
            "first_drawn": first,
            "drawn_rows": last - first,
        }
        size = REDUCED_LAYERS * (last - first) * TILE * self._columns * PIXEL_BYTES
        blurred = device.room("blurred", size)
        blurred_layers = device.room("blurred layers", 4 * self._tile_columns * (last - first))
        buffers = {
            "picture": picture,
            "grid": device.uniform(uniform("level_splat", "grid", grid)),
            "reaches": table.reaches[self._near],
            "kernel_weights": table.weights,
            "kernel_boxes": table.boxes,
            "blurred": blurred,
            "blurred_layers": blurred_layers,
            **self._samples,
        }
        work.run("level_splat", (self._tile_columns, last - first, 1), buffers)
        # pixels whose two rows of cells are there
        half = self._size // 2
        last_row = frame.height if last == self._tile_rows else (last * TILE - 1) * self._size + half
        drawn = {
            "size": self._size,
            "columns": self._columns,
            "rows": self._rows,
            "tile_columns": self._tile_columns,
            "layers": REDUCED_LAYERS,
            "first_drawn": first,
            "drawn_rows": last - first,
            "first_row": first_row,
            "last_row": last_row - 1,
        }
        buffers = {
            "picture": picture,
            "drawn": device.uniform(uniform("enlarge", "drawn", drawn)),
            "blurred": blurred,
            "blurred_layers": blurred_layers,
            "result": frame.result,
        }
        work.run("enlarge", (frame.tile_columns, -(-(last_row - first_row) // TILE), 1), buffers)
        return last_row


def _pyramid(rows: int, columns: int) -> list[tuple[int, int]]:
    """Rows and columns of all sizes of a fill, the finest first."""
    sizes = [(rows, columns)]
    while max(sizes[-1]) > 1:
        sizes.append(tuple((length + 1) // 2 for length in sizes[-1]))  # pyright: ignore[reportArgumentType]
    return sizes


def _pyramid_sizes(pyramid: list[tuple[int, int]]) -> list[bytes]:
    """For each size the uniform of it and the next coarser one, which has no cells after the last."""
    begins = [0, *np.cumsum([math.prod(size) for size in pyramid]).tolist()]
    values = []
    for (rows, columns), (coarse_rows, coarse_columns), fine, coarse in zip(
        pyramid, [*pyramid[1:], (0, 0)], begins, begins[1:], strict=False
    ):
        fields = {"fine_columns": columns, "fine_rows": rows, "fine": fine}
        fields |= {"coarse_columns": coarse_columns, "coarse_rows": coarse_rows, "coarse": coarse}
        values.append(uniform("halve", "sizes", fields))
    return values
