"""Windows of frames that the one-step model sees at once, and how their results join (paper, section 3).

Windows overlap. In the overlap latents are blended with cosine weights; blended latents are decoded in chunks
of a window's length, counted from the clip's first frame. The last frames belong to the last window alone: if
the chunks come out even, its latents are decoded once more as a chunk of their own, as in the official
release; otherwise they complete the last chunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from anybokeh.errors import InputError
from anybokeh.render.segment_plan import SegmentPlan

WINDOW = 8
OVERLAP = 4


@dataclass(frozen=True)
class Window:
    """One pass of the model.

    Attributes:
        start, stop: frames it sees; those at `count` and beyond are padding.
        weights: (stop - start,) share of its latents in the blended ones.
    """

    start: int
    stop: int
    weights: np.ndarray


@dataclass(frozen=True)
class Chunk:
    """Latents decoded together.

    Attributes:
        start, stop: which latents; those at `count` and beyond are padding.
        shown_from, shown_to: the frames that count as results.
        window: number of the window after which the chunk can be decoded.
        own: decode the latents of that window instead of the blended ones.
    """

    start: int
    stop: int
    shown_from: int
    shown_to: int
    window: int
    own: bool = False


@dataclass(frozen=True)
class WindowPlan:
    """All passes and all chunks of a run of frames, in order.

    Attributes:
        count: number of frames, without padding.
        stride: frames from window to window.
        windows, chunks: what to compute; the shown frames of the chunks follow each other without gaps.
    """

    count: int
    stride: int
    windows: tuple[Window, ...]
    chunks: tuple[Chunk, ...]


def check_windows(window: int, overlap: int) -> None:
    """Raise InputError where windows of this length cannot overlap so."""
    if window < 1 or not 0 <= overlap <= window // 2:
        raise InputError(
            f"windows of {window} frames overlapping by {overlap}: "
            "expected at least 1 frame, and at most half a window of overlap"
        )


def window_count(count: int, window: int = WINDOW, overlap: int = OVERLAP) -> int:
    """How many windows `count` frames take: max(1, ceil((count - overlap) / (window - overlap)))."""
    return max(1, math.ceil((count - overlap) / (window - overlap)))


def plan_windows(
    count: int, window: int = WINDOW, overlap: int = OVERLAP, *, before: int = 0, after: int = 0
) -> WindowPlan:
    """Plan the passes over a run of frames.

    Args:
        count: frames of the run, 1 or more. A run of at most a window's length is one window without padding.
        window, overlap: frames.
        before, after: context at the run's ends as `segments` asks for; 0 where the clip begins or ends.

    Raises:
        InputError: windows cannot overlap so.
        ValueError: the context does not fit the windows.
    """
    check_windows(window, overlap)
    stride = window - overlap
    wanted = segments(1, window, overlap)
    shown = count - before - after
    whole = after == 0 or (after == wanted.after and shown % wanted.multiple == 0)
    if shown < 1 or not whole or before not in (0, wanted.before) or (before and count < window):
        raise ValueError(f"{count} frames with {before} before and {after} after are not a segment")
    if count <= window and not before:
        return WindowPlan(count, stride, (Window(0, count, np.ones(count)),), (Chunk(0, count, 0, count, 0),))
    total = window_count(count, window, overlap)
    windows = tuple(
        Window(i * stride, i * stride + window, _weights(window, overlap, i == 0, i == total - 1))
        for i in range(total)
    )
    return WindowPlan(count, stride, windows, tuple(_chunks(count, total, window, overlap, before, after)))


def _weights(window: int, overlap: int, first: bool, last: bool) -> np.ndarray:
    falling = 0.5 * (1 + np.cos(np.pi * np.arange(overlap) / max(overlap, 1)))
    weights = np.ones(window)
    if not first:
        weights[:overlap] = 1 - falling
    if not last:
        weights[window - overlap :] = falling
    return weights


def _chunks(count: int, total: int, window: int, overlap: int, before: int, after: int) -> list[Chunk]:
    stride = window - overlap
    end = (total - 1) * stride + window
    blended = count - after if after else (total - 1) * stride + overlap

    def ready(stop: int) -> int:
        """The first window after which all latents before `stop` are final."""
        return min(total - 1, max(0, math.ceil(stop / stride) - 1))

    chunks = []
    start = before
    while start + window <= blended:
        chunks.append(Chunk(start, start + window, start, start + window, ready(start + window)))
        start += window
    if after:
        return chunks
    if start < blended and end - start > window:
        chunks.append(Chunk(start, blended, start, blended, ready(blended)))
        start = blended
    own = start == blended and overlap > 0
    chunks.append(Chunk(end - window if own else start, end, start, count, total - 1, own))
    return chunks


def segments(most: int, window: int = WINDOW, overlap: int = OVERLAP) -> SegmentPlan:
    """How to cut a clip so that the result does not depend on the cuts.

    Args:
        most: frames of a segment, rounded down to whole windows and chunks, but at least one of them.
        window, overlap: frames.
    """
    stride = window - overlap
    multiple = math.lcm(stride, window)
    length = max(1, most // multiple) * multiple
    if not overlap:
        # behind the cut there is no telling a padded window from a short clip
        return SegmentPlan(length, multiple=multiple, least=window)
    # the frames that the last window has for itself must lie behind the cut
    least = overlap + (overlap < stride)
    return SegmentPlan(length, stride, overlap, multiple, least)
