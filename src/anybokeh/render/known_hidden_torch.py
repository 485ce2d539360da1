"""`known_hidden` in PyTorch."""

from __future__ import annotations

import numpy as np
import torch

from anybokeh.render.known_hidden import KnownHidden


class TorchKnownHidden:
    """Known surfaces behind the pixels of one frame; which of them are used already is kept here.

    Args:
        known: of the frame.
        width: of the frame in pixels.
        device: where to keep them.
    """

    def __init__(self, known: KnownHidden, width: int, device: torch.device) -> None:
        height = len(known.begins) - 1
        row = np.repeat(np.arange(height), np.diff(known.begins))
        pixel = row * width + known.x
        every = np.arange(height * width)
        self._width = width
        self._next = torch.from_numpy(np.searchsorted(pixel, every)).to(device)
        self._end = torch.from_numpy(np.searchsorted(pixel, every, side="right")).to(device)
        # one more, so that what lies behind the last one can be read
        self._values = torch.from_numpy(np.pad(known.values, ((0, 1), (0, 0)))).to(device)

    def merge(
        self,
        y: torch.Tensor,
        x: torch.Tensor,
        front: torch.Tensor,
        fill: torch.Tensor,
        share: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Fills with the nearest known surface behind what covers it blended in, by its confidence.

        Args:
            y, x: (points,) int64, pixels, each at most once.
            front: (points,) circle of confusion of what covers them.
            fill: (points, 4) linear RGB and circle of confusion.
            share: (points,) how much of its pixel that covers, all of it if None.
        """
        pixel = y * self._width + x
        at, end = self._next[pixel], self._end[pixel]
        while True:
            nearer = (at < end) & (self._values[at, 3] >= front)
            if not bool(nearer.any()):
                break
            at = at + nearer.long()
        is_known = at < end
        self._next[pixel] = at + is_known.long()
        found = self._values[at]
        sure = is_known * found[:, 4] * (1 if share is None else share)
        return fill + sure[:, None] * (found[:, :4] - fill)
