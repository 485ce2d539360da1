"""Plans that draw a frame at any focus, for whoever has a device elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anybokeh.optics.coc import signed_circle_of_confusion
from anybokeh.optics.focal_surface import colour_focuses, focal_surface
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.optics.lens import Lens
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.webgpu.frame_scene import FrameScene
from anybokeh.render.webgpu.passes import PIXEL_BYTES, FramePasses, Tables
from anybokeh.render.webgpu.recording import Plan, RecordingDevice
from anybokeh.render.webgpu.shaders import uniform

_GROUP = 256
"""Invocations of a workgroup of `unpack` and `defocus`."""
_MARK = 1
_APART = 9
_KNOWN = 5
"""Numbers of a pixel near an outline, and of a known surface."""


class FramePlans:
    """Makes plans for frames of one size and transfer, seen through one lens; from one thread at a time.

    What a plan binds beside the buffers that it writes alone is in `kernels`, `FrameScene.buffers` and
    `FrameScene.outlines`. The picture is in the buffer `finished`: (3, height, width) float32.

    Args:
        lens: shape of the blur.
        size: height and width in pixels.
        width: displayed.
        transfer: of the frames.

    Raises:
        MemoryError: devices need not have room for them.
    """

    def __init__(self, lens: Lens, size: tuple[int, int], width: float, transfer: str) -> None:
        height, columns = size
        self._lens, self._width, self._transfer = lens, width, transfer
        self._device = RecordingDevice()
        bank = kernel_bank(lens, width / columns, width / height)
        self._passes = FramePasses(self._device, height, columns, Tables(self._device, bank))

    @property
    def kernels(self) -> Mapping[str, np.ndarray]:
        """The kernels of the lens, by the names of their buffers."""
        return self._device.constants

    def unpacking(self) -> Plan:
        """What makes light and code values of `halves` and `bytes`; runs once a scene."""
        self._forget()
        pixels = self._passes.height * self._passes.width
        buffers: dict[str, Any] = {
            "packed": uniform("unpack", "packed", {"pixels": pixels}),
            "halves": "halves",
            "bytes": "bytes",
            "light": self._device.room("light", PIXEL_BYTES * pixels),
            "frame": self._device.room("frame", 12 * pixels),
        }
        self._device.work().run("unpack", (-(-pixels // _GROUP), 1, 1), buffers)
        return self._device.take()

    def plan(self, scene: FrameScene, focus: FrameFocus, room: int = 1) -> Plan:
        """What draws a scene at a focus; room: how many times as many samples as usual there is room for."""
        self._forget()
        self._passes.points_a_pixel = 2.0 * room
        extremes = np.array(scene.extremes)
        for number, colour in enumerate(colour_focuses(self._lens)):
            plane = focus.focus + colour.shift
            self._defocus(scene, focus, plane, number)
            of_frame = focus.focus, focus.blur, self._width, focus.range
            limits = focal_surface(self._lens, colour, scene.size, *of_frame).limits()
            low, high = float(limits[0]), float(limits[1])
            least, largest = signed_circle_of_confusion(extremes, plane, *of_frame[1:]).tolist()
            known = len(scene.known.x)
            picture = self._passes.picture(colour, (low, high), self._transfer, known, _MARK)
            outlines = {
                "outline_index": f"outline index {number}",
                "outline_pixels": f"outline pixels {number}",
            }
            self._passes.composite(picture, "light", outlines, "known", (low, high), (least, largest))
            self._passes.finish(picture, "light", outlines, "frame", "encode table")
        return self._device.take()

    def _forget(self) -> None:
        """Drop what a plan that failed has left."""
        self._device.take()

    def _defocus(self, scene: FrameScene, focus: FrameFocus, plane: float, number: int) -> None:
        """Write the circles of confusion of pixels, of both sides of outlines and of known surfaces."""
        pixels = scene.disparity.size
        near_outlines = self._passes.rows * self._passes.columns * 16
        known = len(scene.known.x)
        of_known = scene.size[0] + 1 + known + 3
        for disparity, records, count, first, stride in (
            ("disparity", "light", pixels, 3, 4),
            (f"near disparity {number}", f"outline pixels {number}", near_outlines, 3, _APART),
            (f"far disparity {number}", f"outline pixels {number}", near_outlines, 7, _APART),
            ("known disparity", "known", known, of_known, _KNOWN),
        ):
            values = {"focus": plane, "strength": float(focus.strength(self._width)), "range": focus.range}
            values |= {"first": first, "stride": stride}
            buffers = {
                "defocus": uniform("defocus", "defocus", values),
                "disparity": disparity,
                "records": records,
            }
            if count:
                self._device.work().run("defocus", (-(-count // _GROUP), 1, 1), buffers)
