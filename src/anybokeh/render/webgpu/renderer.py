"""The layered renderer on a graphics card through WebGPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from anybokeh.optics.lens import Lens
from anybokeh.render.breathing import breathe
from anybokeh.render.layered import LayeredRenderer, breathe_reach
from anybokeh.render.segment_plan import SegmentPlan, single_frames
from anybokeh.render.webgpu.adapters import last_line
from anybokeh.render.webgpu.device import Device, DeviceError
from anybokeh.render.webgpu.frames import Frames
from anybokeh.shot import Shot


class WebGpuRenderer:
    """Physically based blur on a graphics card; equals `LayeredRenderer` up to rounding.

    On one device a shot always comes out the same, bit for bit. What the device cannot render, because it has
    no room or was lost, is rendered on the processor, and so is all that follows.

    Args:
        lens: shape of the blur.
        device: to render on; it is closed once it cannot.

    Attributes:
        drawn_by: name of the adapter.
        notes: one-line remarks for the user.
    """

    def __init__(self, lens: Lens | None = None, *, device: Device) -> None:
        self.lens = lens or Lens()
        self.drawn_by = device.name
        self.notes: list[str] = []
        self._device = device
        self._frames: Frames | None = Frames(self.lens, device)
        self._processor = LayeredRenderer(self.lens)

    @property
    def name(self) -> str:
        """`layered`."""
        return "layered"

    def segments(self, height: int, width: int) -> SegmentPlan:
        """Frames are rendered one by one, so any cut will do."""
        return single_frames(height, width)

    def render(self, shot: Shot) -> Any:
        """Refocus a shot; as `LayeredRenderer.render`."""
        return shot.like_input(self.render_with_reach(shot)[0])

    def render_with_reach(self, shot: Shot, *, reach: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """The refocused frames, and where near blur reaches; as `LayeredRenderer.render_with_reach`."""
        import wgpu

        with self._device.lock:
            if self._frames is not None:
                try:
                    return self._rendered(shot.without_context(), self._frames, reach)
                except (wgpu.GPUError, DeviceError, MemoryError) as error:
                    why = last_line(error)
                    self.notes.append(f"rendered on the processor, as the graphics card could not: {why}")
                    self._frames = None
                    self._device.close()
        return self._processor.render_with_reach(shot, reach=reach)

    def _rendered(self, shot: Shot, frames: Frames, reach: bool) -> tuple[np.ndarray, np.ndarray | None]:
        result = np.empty_like(shot.frames)
        reached = np.empty_like(shot.disparity) if reach else None
        for index in range(len(shot)):
            focus = shot.focus[index]
            drawn, in_front = frames.render(shot, index, reach=reach)
            result[index] = breathe(drawn, self.lens, focus)
            if reached is not None and in_front is not None:
                reached[index] = breathe_reach(in_front, self.lens, focus)
        return result, reached
