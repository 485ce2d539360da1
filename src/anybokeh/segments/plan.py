"""Which segments a render has, known before it begins."""

from __future__ import annotations

from dataclasses import dataclass

from anybokeh.render.segment_plan import SegmentPlan


@dataclass(frozen=True)
class Missing:
    """A run of segments to render: from number `first` to before `end`; None is to the end of the clip.

    index: of the first frame in the source, None where the render begins with it.
    frames: that come before it in the render.
    """

    first: int
    end: int | None
    index: int | None
    frames: int


def segment_count(frames: int, plan: SegmentPlan, length: int) -> int:
    """How many segments of `length` frames a render of `frames` frames has.

    The renderer cuts where enough is left behind the cut; what remains makes the last segment.
    """
    behind = max(plan.after, plan.least)
    full = max(0, frames - behind) // plan.length * plan.length // length
    return full + (frames > full * length)


def single_segments(count: int, length: int, index: int) -> list[Missing]:
    """Every segment as a run of its own.

    Args:
        count: of segments.
        length: frames of each but the last.
        index: of the render's first frame in the source.
    """
    return [
        Missing(
            number,
            number + 1 if number + 1 < count else None,
            index + number * length if number else None,
            number * length,
        )
        for number in range(count)
    ]
