"""Frames of a shot, rendered on a device.

Outlines are found on the processor: what is looked at are a few thousand cells, each by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anybokeh.optics.coc import REFERENCE_WIDTH
from anybokeh.optics.focal_surface import ColourFocus, colour_focuses
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode_table, encode_table
from anybokeh.render.focusing import surface_of_frame
from anybokeh.render.hidden import THRESHOLDS
from anybokeh.render.highlights import highlight_gain
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.known_hidden import known_hidden
from anybokeh.render.outlines import find_outlines
from anybokeh.render.webgpu.borders import border_shares
from anybokeh.render.webgpu.device import Device
from anybokeh.render.webgpu.passes import FramePasses, Tables
from anybokeh.render.webgpu.shaders import uniform
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Scene, Shot

_NO_TABLE = np.zeros(1, np.float32)


class Frames:
    """Renders frame by frame on one device.

    Args:
        lens: shape of the blur.
        device: to render on.
    """

    def __init__(self, lens: Lens, device: Device) -> None:
        self.lens = lens
        self._device = device
        self._passes: FramePasses | None = None
        self._made_for: tuple[Any, ...] = ()

    def render(self, shot: Shot, index: int, *, reach: bool) -> tuple[np.ndarray, np.ndarray | None]:
        """One frame of a shot, (3, height, width) float32, before the lens breathes.

        Returns:
            The frame, and with `reach` the coverage in front of the focal plane, (height, width) float32.

        Raises:
            MemoryError: the device has no room for it.
            wgpu.GPUError, DeviceError: the device failed.
        """
        height, width = shot.frames.shape[2:]
        passes, device = self._passes_for(shot), self._device
        frame, disparity = shot.frames[index], shot.disparity[index]
        inputs = {
            "frame": device.upload("frame", frame),
            "disparity": device.upload("disparity", disparity),
            "decode_table": device.upload("decode table", self._table(shot, decode_table)),
            "radiance": device.upload("radiance", _of_frame(shot.scene.radiance, index)),
            "highlights": device.upload("highlights", _of_frame(shot.scene.highlights, index)),
        }
        reached = np.zeros_like(disparity) if reach else None
        encoding = device.upload("encode table", self._table(shot, encode_table))
        for colour in colour_focuses(self.lens):
            surface = surface_of_frame(shot, index, self.lens, colour)
            coc = surface.circle_of_confusion(disparity)
            low, high = (float(limit) for limit in surface.limits())
            known = known_hidden(shot, index, surface)
            fields = self._picture(shot, index, passes, colour, (low, high), len(known.x))
            picture = device.uniform(uniform("light", "picture", fields))
            passes.linearise(picture, inputs)
            light = device.read(passes.light, np.float32, 4 * height * width).reshape(height, width, 4)
            outlines = self._outlines(np.ascontiguousarray(light[..., :3]), coc, shot.scene.soft)
            parts = known.begins, known.x, known.values.ravel().view(np.int32)
            known_buffer = device.upload("known", np.concatenate(parts).astype(np.int32))
            extremes = float(coc.min()), float(coc.max())
            passes.composite(picture, outlines, known_buffer, (low, high), extremes)
            passes.finish(picture, outlines, inputs["frame"], encoding)
            if reached is not None:
                in_front = device.read(passes.in_front, np.float32, height * width)
                reached = np.maximum(reached, in_front.reshape(height, width))
        drawn = device.read(passes.finished, np.float32, 3 * height * width).reshape(3, height, width)
        return drawn, reached

    def _outlines(self, light: np.ndarray, coc: np.ndarray, soft: bool) -> dict[str, Any]:
        with Crew() as crew:
            found = find_outlines(crew, light, np.zeros_like(coc) if soft else coc)
        pixels = np.concatenate([found.near, found.far, found.share[..., None]], axis=-1)
        return {
            "outline_index": self._device.upload("outline index", found.index),
            "outline_pixels": self._device.upload("outline pixels", pixels),
        }

    def _passes_for(self, shot: Shot) -> FramePasses:
        height, width = shot.frames.shape[2:]
        made_for = height, width, shot.pixel_aspect
        if self._passes is None or made_for != self._made_for:
            bank = kernel_bank(self.lens, shot.pixel_aspect, shot.display_width / height)
            self._passes = FramePasses(self._device, height, width, Tables(self._device, bank))
            self._made_for = made_for
        return self._passes

    def _table(self, shot: Shot, table: Any) -> np.ndarray:
        return _NO_TABLE if shot.transfer == "linear" else table(shot.transfer)

    def _picture(
        self,
        shot: Shot,
        index: int,
        passes: FramePasses,
        colour: ColourFocus,
        limits: tuple[float, float],
        known: int,
    ) -> dict[str, float]:
        height, width = shot.frames.shape[2:]
        lens, scene = self.lens, shot.scene
        first, last = (float(np.copysign(np.log1p(abs(end)), end)) for end in limits)
        spacing = max((last - first) / (THRESHOLDS + 1), 1e-6)
        thresholds = (first + spacing * np.arange(1, THRESHOLDS + 1)).astype(np.float32)
        linear = shot.transfer == "linear"
        mend = border_shares(lambda at: self._lit(shot, index, at), height, width)
        return {
            "width": width,
            "height": height,
            "columns": passes.columns,
            "rows": passes.rows,
            "tile_columns": passes.tile_columns,
            "tile_rows": passes.tile_rows,
            "pyramid": passes.pyramid,
            "focus": float(shot.focus[index]) + colour.shift,
            "range": float(shot.range[index]),
            "blur": float(shot.blur[index]) * shot.display_width / REFERENCE_WIDTH,
            "curvature": lens.field_curvature,
            "display_width": shot.display_width,
            "first": first,
            "scale": 1 / spacing,
            "first_threshold": float(thresholds[0]),
            "spacing": float(thresholds[1] - thresholds[0]),
            "decode_steps": 0 if linear else len(decode_table(shot.transfer)) - 1,
            "encode_steps": 0 if linear else len(encode_table(shot.transfer)) - 1,
            "radiance_channels": 0 if scene.radiance is None else 3 if scene.radiance.ndim == 4 else 1,
            "highlight_strength": lens.highlight_strength,
            "highlight_threshold": lens.highlight_threshold,
            "highlight_knee": lens.highlight_knee or 1 - lens.highlight_threshold,
            "highlights_known": int(scene.highlights is not None),
            "mend_top": mend[0],
            "mend_bottom": mend[1],
            "mend_left": mend[2],
            "mend_right": mend[3],
            "known_surfaces": known,
            "channels": sum(1 << channel for channel in colour.channels),
        }

    def _lit(self, shot: Shot, index: int, at: Any) -> np.ndarray:
        """Linear light, (rows, columns, 3), of some rows and columns of a frame."""

        def part(values: np.ndarray) -> np.ndarray:
            return values[..., at[0], :][..., at[1]]

        frame = part(shot.frames[index])
        if shot.transfer == "linear":
            light = frame
        else:
            table = decode_table(shot.transfer)
            light = np.interp(np.clip(frame, 0, 1), np.linspace(0, 1, len(table)), table)
        scene = shot.scene
        some = Shot(
            frame[None],
            Scene(
                part(shot.disparity[index])[None],
                None if scene.radiance is None else part(scene.radiance[index])[None],
                highlights=None if scene.highlights is None else part(scene.highlights[index])[None],
            ),
            0,
            0,
            transfer=shot.transfer,
        )
        gain = highlight_gain(some, 0, self.lens)
        light = light if gain is None else light * gain
        return light.astype(np.float32).transpose(1, 2, 0).copy()


def _of_frame(maps: np.ndarray | None, index: int) -> np.ndarray:
    return _NO_TABLE if maps is None else maps[index]
