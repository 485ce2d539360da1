"""What is known of a clip when its result is judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anybokeh.evaluation.metrics.blur_accuracy import Probe, find_probes
from anybokeh.evaluation.metrics.dis_flow import dis_flow
from anybokeh.evaluation.metrics.edge_band import edge_band
from anybokeh.evaluation.metrics.flow_difference import flows
from anybokeh.evaluation.metrics.focus_fidelity import in_focus
from anybokeh.evaluation.metrics.highlights import highlight_reach
from anybokeh.optics import signed_circle_of_confusion
from anybokeh.optics.lens import Lens


@dataclass(frozen=True)
class Facts:
    """A clip and all that is known of it; what metrics derive from it is computed once, when first asked for.

    Attributes:
        aif: (frames, 3, height, width) encoded in [0, 1], all in focus, the input of renderers.
        focus, blur: (frames,) disparity of the focal plane, and K.
        disparity: (frames, height, width) in [0, 1], the best that is known; of synthetic clips it is exact.
        truth: (frames, 3, height, width) encoded in [0, 1], or None for real clips.
        mask: (frames, height, width) in [0, 1], share of the pixel that the subject covers, or None.
        clipped: (frames, [3,] height, width) in (0, 1], share of light that clipping left, or None.
        range: half-width in disparity that stays sharp, (frames,), or one number for all.
        transfer: transfer function of the frames.
        lens: the lens that was asked for.
    """

    aif: np.ndarray
    focus: np.ndarray
    blur: np.ndarray
    disparity: np.ndarray
    truth: np.ndarray | None = None
    mask: np.ndarray | None = None
    clipped: np.ndarray | None = None
    range: np.ndarray | float = 0.0
    transfer: str = "srgb"
    lens: Lens = Lens()

    @cached_property
    def coc(self) -> np.ndarray:
        """(frames, height, width) signed circle of confusion in pixels, positive in front of the focus."""
        width = self.aif.shape[3]
        ranges = np.broadcast_to(self.range, len(self.aif))
        rows = zip(self.disparity, self.focus, self.blur, ranges, strict=True)
        return np.stack(
            [signed_circle_of_confusion(d, float(f), float(k), width, float(r)) for d, f, k, r in rows]
        )

    @cached_property
    def in_focus(self) -> np.ndarray:
        """(frames, height, width) bool, see `focus_fidelity.in_focus`."""
        return in_focus(self.coc)

    @cached_property
    def edge_band(self) -> np.ndarray:
        """(frames, height, width) bool, see `edge_band.edge_band`."""
        return edge_band(self.coc)

    @cached_property
    def highlight_reach(self) -> np.ndarray:
        """(frames, height, width) bool, see `highlights.highlight_reach`."""
        return highlight_reach(self.aif, self.coc, self.clipped)

    @cached_property
    def probes(self) -> list[Probe]:
        """Patches that show how large the blur is."""
        return find_probes(self.aif, self.coc, self.transfer, self.lens)

    @cached_property
    def true_flow(self) -> np.ndarray:
        """(frames - 1, 2, height, width) DIS flow of the truth."""
        assert self.truth is not None
        return flows(self.truth, dis_flow)

    @cached_property
    def input_flow(self) -> tuple[np.ndarray, np.ndarray]:
        """DIS flow of the input from frame to next, and back, each (frames - 1, 2, height, width)."""
        backwards = flows(self.aif[::-1], dis_flow)[::-1]
        return flows(self.aif, dis_flow), backwards
