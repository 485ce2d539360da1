"""When what the focus follows is not to be seen, in words."""

from __future__ import annotations

import numpy as np

_MOMENT = 2
"""Frames that are not worth a word."""
_LISTED = 4


def spans_text(missing: np.ndarray, times: np.ndarray) -> str | None:
    """When frames are missing: `from 1.2 to 2.04 s and from 3.5 s on`; None where it is but for moments.

    missing: (n,) bool. times: (n,) seconds of these frames.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(int))).reshape(-1, 2)
    words = [_span(first, end, times) for first, end in edges.tolist() if end - first > _MOMENT]
    if not words:
        return None
    if len(words) > _LISTED:
        words = [*words[:_LISTED], f"{len(words) - _LISTED} more times"]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _span(first: int, end: int, times: np.ndarray) -> str:
    begin = f"from {round(float(times[first]), 2):g}"
    return f"{begin} s on" if end == len(times) else f"{begin} to {round(float(times[end]), 2):g} s"
