"""Steps that would spoil the weights are left out."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

from torch import Tensor, tensor

from anybokeh.training.loop_settings import LoopSettings

_REMEMBERED, _LEAST = 50, 10


class Guard:
    """Tells which steps to take by the size of their gradients.

    Args:
        settings: `spike` and `most_skipped` of the loop.
    """

    def __init__(self, settings: LoopSettings) -> None:
        self._settings = settings
        self._norms: deque[float] = deque(maxlen=_REMEMBERED)
        self._skipped = 0

    def admits(self, step: int, norm: float, losses: dict[str, float]) -> bool:
        """Whether to take a step.

        Raises:
            FloatingPointError: too many in a row were not to be taken.
        """
        settings = self._settings
        known = len(self._norms) >= _LEAST
        spike = settings.spike > 0 and known and norm > settings.spike * median(self._norms)
        if math.isfinite(norm) and all(map(math.isfinite, losses.values())) and not spike:
            self._norms.append(norm)
            self._skipped = 0
            return True
        self._skipped += 1
        if self._skipped > settings.most_skipped:
            raise FloatingPointError(f"step {step}: losses are {losses}, norm of the gradient {norm:g}")
        return False

    def state(self) -> dict[str, Tensor]:
        """What it remembers."""
        return {"norms": tensor(list(self._norms)), "skipped": tensor(self._skipped)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state; an empty one is a new beginning."""
        if state:
            self._norms.extend(state["norms"].tolist())
            self._skipped = int(state["skipped"])
