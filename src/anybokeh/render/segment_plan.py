"""Cutting a clip into segments: the unit of streaming, resuming and distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_SEGMENT_BYTES = 8 << 20
"""Of frames with their disparity: a shot is done before its first frame is encoded."""
_SEGMENT_FRAMES = 8
_BYTES_PER_PIXEL = 16
"""Of a frame and its disparity as float32."""


@dataclass(frozen=True)
class SegmentPlan:
    """How a renderer wants a clip cut.

    Attributes:
        length: frames of a segment; the last one may be shorter or longer.
        before, after: frames of context that it needs to see on either side, where the clip has them.
        multiple: cuts lie at multiples of this many frames of the clip.
        least: frames that must be left behind a cut.
    """

    length: int
    before: int = 0
    after: int = 0
    multiple: int = 1
    least: int = 0


def frames_that_fit(height: int, width: int, budget: int = _SEGMENT_BYTES) -> int:
    """How many frames of a size, with their disparity, take `budget` bytes; at least 1."""
    return max(1, budget // (width * height * _BYTES_PER_PIXEL))


def single_frames(height: int, width: int) -> SegmentPlan:
    """For renderers that look at each frame by itself: any cut will do."""
    return SegmentPlan(min(_SEGMENT_FRAMES, frames_that_fit(height, width)))


def cut(items: Iterable[T], plan: SegmentPlan, before: int = 0) -> Iterator[tuple[list[T], int, int]]:
    """Cut a stream into segments without knowing its length.

    Args:
        before: how many of the first items are context alone, where the stream begins in the middle.

    Yields:
        The items of a segment with their context, and how many of them are context before and after.
    """
    buffer: list[T] = []
    for item in items:
        buffer.append(item)
        end = before + plan.length
        if len(buffer) == end + max(plan.after, plan.least):
            yield buffer[: end + plan.after], before, plan.after
            buffer = buffer[end - plan.before :]
            before = plan.before
    if len(buffer) > before:
        yield buffer, before, 0
