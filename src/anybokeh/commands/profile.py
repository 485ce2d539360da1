"""What `--profile` prints: where the time of a render went."""

from __future__ import annotations

from collections.abc import Iterable

from anybokeh.runtime.stages import LIBRARIES, StageTime


def profile_table(times: Iterable[StageTime], frames: int) -> str:
    """A line a stage: seconds on the clock and of processors, and both in milliseconds a frame.

    Stages of several threads overlap, so that their seconds on the clock add up to more than the render's.
    """
    rows: list[tuple[str, ...]] = [("", "seconds", "processor", "ms a frame", "processor")]
    for one in times:
        values = (
            one.wall,
            one.processor,
            1e3 * one.wall / max(1, frames),
            1e3 * one.processor / max(1, frames),
        )
        texts = [f"{value:.{places}f}" for value, places in zip(values, (2, 2, 1, 1), strict=True)]
        if one.stage == LIBRARIES:
            # nobody knows when they work
            texts[0] = texts[2] = "-"
        rows.append((one.stage, *texts))
    return "\n".join(f"{name:22}" + "".join(f"{text:>11}" for text in texts) for name, *texts in rows)
