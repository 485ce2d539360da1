"""Frames of a shot, rendered on a device.

Linear light and outlines are found on the processor: what is looked at for outlines are a few thousand cells,
each by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anybokeh.optics.focal_surface import colour_focuses
from anybokeh.optics.lens import Lens
from anybokeh.render.focusing import surface_of_frame
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.known_hidden import known_hidden
from anybokeh.render.light_of_frame import light_of_frame
from anybokeh.render.outlines import find_outlines
from anybokeh.render.webgpu.device import Device, DeviceError
from anybokeh.render.webgpu.frame_records import encoding_record, known_record, outline_record
from anybokeh.render.webgpu.passes import FramePasses, Tables
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Shot


class Frames:
    """Renders frame by frame on one device.

    Args:
        lens: shape of the blur.
        device: to render on; the caller holds its lock.
    """

    def __init__(self, lens: Lens, device: Device) -> None:
        self.lens = lens
        self._device = device
        self._passes: FramePasses | None = None
        self._made_for: tuple[Any, ...] = ()
        self._mark = 0

    def render(self, shot: Shot, index: int, *, reach: bool) -> tuple[np.ndarray, np.ndarray | None]:
        """One frame of a shot, (3, height, width) float32, before the lens breathes.

        Returns:
            The frame, and with `reach` the coverage in front of the focal plane, (height, width) float32.

        Raises:
            MemoryError: the device has no room for it.
            wgpu.GPUError, DeviceError: the device failed.
        """
        with Crew() as crew:
            return self._render(shot, index, crew, reach)

    def _render(
        self, shot: Shot, index: int, crew: Crew, reach: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        height, width = shot.frames.shape[2:]
        passes, device = self._passes_for(shot), self._device
        lit = np.empty((height, width, 3), np.float32)
        light_of_frame(shot, index, self.lens, crew, lit)
        frame = device.upload("frame", shot.frames[index])
        encoding = device.upload("encode table", encoding_record(shot.transfer))
        reached = np.zeros((height, width), np.float32) if reach else None
        for colour in colour_focuses(self.lens):
            surface = surface_of_frame(shot, index, self.lens, colour)
            coc = surface.circle_of_confusion(shot.disparity[index])
            low, high = (float(limit) for limit in surface.limits())
            known = known_hidden(shot, index, surface)
            self._mark = self._mark % 0xFFFFFFFF + 1
            values = passes.picture(colour, (low, high), shot.transfer, len(known.x), self._mark)
            picture = device.changing_uniform("picture", values)
            light = device.upload("light", np.concatenate([lit, coc[..., None]], axis=-1, dtype=np.float32))
            outlines = self._outlines(crew, lit, coc, shot.scene.soft)
            known_buffer = device.upload("known", known_record(known))
            passes.composite(picture, light, outlines, known_buffer, (low, high), known.extremes(coc))
            passes.finish(picture, light, outlines, frame, encoding)
            if reached is not None:
                in_front = device.read(passes.in_front, np.float32, height * width)
                reached = np.maximum(reached, in_front.reshape(height, width))
        return self._finished(passes), reached

    def _finished(self, passes: FramePasses) -> np.ndarray:
        """What was drawn; raises DeviceError where that was something else, or nothing."""
        count = 3 * passes.height * passes.width
        drawn = self._device.read(passes.finished, np.float32, count + 1)
        if drawn[count:].view(np.uint32)[0] != self._mark:
            raise DeviceError("the device did not draw the picture")
        return drawn[:count].reshape(3, passes.height, passes.width)

    def _outlines(self, crew: Crew, light: np.ndarray, coc: np.ndarray, soft: bool) -> dict[str, Any]:
        found = find_outlines(crew, light, np.zeros_like(coc) if soft else coc)
        return {
            "outline_index": self._device.upload("outline index", found.index),
            "outline_pixels": self._device.upload("outline pixels", outline_record(found)),
        }

    def _passes_for(self, shot: Shot) -> FramePasses:
        height, width = shot.frames.shape[2:]
        made_for = height, width, shot.pixel_aspect
        if self._passes is None or made_for != self._made_for:
            bank = kernel_bank(self.lens, shot.pixel_aspect, shot.display_width / height)
            self._passes = FramePasses(self._device, height, width, Tables(self._device, bank))
            self._made_for = made_for
        return self._passes
