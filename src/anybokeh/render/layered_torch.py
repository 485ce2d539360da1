"""The layered renderer in PyTorch, for graphics cards: the same picture as `layered`, step by step.

Memory depends on the size of one frame only: 1.5 GB for 3840x2160.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.functional import interpolate

from anybokeh.optics.focal_surface import FocalSurface, colour_focuses
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode_table, encode_table
from anybokeh.render.border import mend_border
from anybokeh.render.breathing import breathe
from anybokeh.render.focusing import surface_of_frame
from anybokeh.render.hidden_torch import find_hidden_surfaces
from anybokeh.render.highlights import highlight_gain
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.known_hidden import known_hidden
from anybokeh.render.known_hidden_torch import TorchKnownHidden
from anybokeh.render.layers import BASE_LAYERS, FOCUS_LAYER, REDUCED_LAYERS, highest_level
from anybokeh.render.outlines_torch import TorchOutlines, find_torch_outlines
from anybokeh.render.samples_torch import TorchPoints, base_samples, collect, level_of, level_samples
from anybokeh.render.segment_plan import SegmentPlan, single_frames
from anybokeh.render.splat import NEGLIGIBLE_COVERAGE
from anybokeh.render.splat_torch import TorchKernelBank, blurred_layers, lay_behind, splat
from anybokeh.shot import Shot


@dataclass(frozen=True)
class TorchLayeredRenderer:
    """Physically based blur on any PyTorch device; equals `LayeredRenderer` up to rounding.

    Attributes:
        lens: shape of the blur.
        device: `cuda`, `mps` or `cpu`.
    """

    lens: Lens = Lens()
    device: str = "cuda"

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

    @torch.inference_mode()
    def render_with_reach(self, shot: Shot, *, reach: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """The refocused frames, and where near blur reaches; as `LayeredRenderer.render_with_reach`."""
        shot = shot.without_context()
        result = np.empty_like(shot.frames)
        reached = np.empty_like(shot.disparity) if reach else None
        aspect = shot.display_width / shot.frames.shape[2]
        kernels = kernel_bank(self.lens, shot.pixel_aspect, aspect)
        bank = TorchKernelBank.upload(kernels, self.device)
        for index in range(len(shot)):
            frame, in_front = self._render_frame(shot, index, bank)
            focus = shot.focus[index]
            result[index] = breathe(frame.cpu().numpy(), self.lens, focus)
            if reached is not None:
                in_front = torch.where(in_front > NEGLIGIBLE_COVERAGE, in_front, 0)
                reached[index] = breathe(in_front[None].cpu().numpy(), self.lens, focus)[0]
        return result, reached

    def _render_frame(
        self, shot: Shot, index: int, bank: TorchKernelBank
    ) -> tuple[torch.Tensor, torch.Tensor]:
        frame = self._upload(shot.frames[index])
        linear = shot.transfer == "linear"
        light = (
            frame.clone()
            if linear
            else interpolate_table(frame.clamp(0, 1), self._upload(decode_table(shot.transfer)))
        )
        gain = highlight_gain(shot, index, self.lens)
        if gain is not None:
            light = light * self._upload(gain)
        mend_border(light.permute(1, 2, 0))
        seen, reached = torch.empty_like(frame), torch.zeros_like(frame[0])
        for colour in colour_focuses(self.lens):
            channels = list(colour.channels)
            surface = surface_of_frame(shot, index, self.lens, colour)
            drawn, in_front = self._seen(shot, index, light, frame, surface, bank)
            seen[channels] = drawn[channels]
            reached = torch.maximum(reached, in_front)
        return seen, reached

    def _seen(
        self,
        shot: Shot,
        index: int,
        light: torch.Tensor,
        frame: torch.Tensor,
        surface: FocalSurface,
        bank: TorchKernelBank,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A frame, (3, height, width) encoded, as it is seen with that in focus, and coverage in front of it.

        light: its linear light.
        """
        coc = self._upload(surface.circle_of_confusion(shot.disparity[index]))
        low, high = surface.limits()
        known = None
        if shot.scene.hidden is not None:
            known = TorchKnownHidden(known_hidden(shot, index, surface), coc.shape[1], coc.device)
        outlines = find_torch_outlines(light, torch.zeros_like(coc) if shot.scene.soft else coc)
        result, in_front = composite(light, coc, outlines, float(low), float(high), bank, known)
        cover = result[3]
        blurred = result[:3] / cover.clamp(min=NEGLIGIBLE_COVERAGE)
        if shot.transfer != "linear":
            # The table is in steps of the fourth root of light.
            blurred = interpolate_table(
                blurred.clamp(0, 1).sqrt().sqrt(), self._upload(encode_table(shot.transfer))
            )
        whole = (outlines.share == 0) | (outlines.share == 1)
        in_focus = outlines.placed(whole & (outlines.whole[3] == 0), coc == 0)
        untouched = (in_focus & (in_front <= NEGLIGIBLE_COVERAGE)) | (cover <= NEGLIGIBLE_COVERAGE)
        return torch.where(untouched, frame, blurred), in_front

    def _upload(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).to(self.device)


def composite(
    light: torch.Tensor,
    coc: torch.Tensor,
    outlines: TorchOutlines,
    low: float,
    high: float,
    bank: TorchKernelBank,
    known: TorchKnownHidden | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Blur and composite one frame in linear light.

    Args:
        light: (3, height, width) float32, linear.
        coc: (height, width) float32, signed circle of confusion in rows of pixels.
        outlines: pixels near outlines, taken apart.
        low: circle of confusion at disparity 0, the least possible.
        high: circle of confusion at disparity 1.
        bank: kernels of the lens.
        known: surfaces behind that are known.

    Returns:
        (4, height, width) linear RGB times coverage and coverage, and (height, width) coverage in front of
        the focal plane.
    """
    height, width = shape = (coc.shape[0], coc.shape[1])
    hidden = find_hidden_surfaces(light, coc, outlines, low, high)
    points = collect(light, coc, outlines, hidden, known)
    levels = level_of(points.coc)
    result = light.new_zeros(4, height, width)
    for level in range(highest_level(float(coc.max())), 0, -1):
        _draw_level(points.where(levels == level), level, bank, result)
    base = base_samples(points.where(levels == 0), shape, bank.full.kernels)
    in_front = splat(base, bank.full, BASE_LAYERS, result, FOCUS_LAYER)
    for level in range(1, highest_level(float(-coc.min())) + 1):
        _draw_level(points.where(levels == -level), -level, bank, result)
    return result, in_front


def _draw_level(points: TorchPoints, level: int, bank: TorchKernelBank, result: torch.Tensor) -> None:
    """Blur the layers of one reduced level, and lay each, enlarged bilinearly, behind the result."""
    height, width = result.shape[1:]
    size = 1 << abs(level)
    cells = -(-height // size), -(-width // size)
    drawn = level_samples(points, (height, width), level, bank.reduced.kernels)
    for blurred in blurred_layers(drawn, cells, bank.reduced, REDUCED_LAYERS):
        larger = interpolate(blurred[None], scale_factor=size, mode="bilinear", align_corners=False)
        lay_behind(result, larger[0, :, :height, :width])


def interpolate_table(position: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Linear interpolation in a table of equal steps over [0, 1]; any shape."""
    place = position * (len(table) - 1)
    first = place.long().clamp(max=len(table) - 2)
    return torch.lerp(table[first], table[first + 1], place - first)
