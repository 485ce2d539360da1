"""Long jobs say what they do: which step, how far it is, and about how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

Progress = Callable[[int, int | None], None]
"""Called with the number of frames done and the number of frames to do, None if unknown."""

Tell = Callable[[str, int, int | None], None]
"""Called with the step, such as "rendering", and as `Progress`."""


class Steps:
    """Where a job reports its steps to.

    tell: called as each step begins and goes on. say: called with each remark for the user as soon as it is
    known; None leaves them all to the report.
    """

    def __init__(self, tell: Tell, say: Callable[[str], None] | None = None) -> None:
        self._tell = tell
        self._say = say
        self.said: list[str] = []
        """Remarks that the user has seen."""

    def begin(self, step: str, done: int = 0, total: int | None = None) -> Progress:
        """Begin a step; what is returned reports how it goes on."""
        self._tell(step, done, total)
        return self.step(step)

    def step(self, step: str) -> Progress:
        """Reports a step that begins with its first sign of progress."""
        return partial(self._tell, step)

    def say(self, notes: Iterable[str]) -> None:
        """Tell the user what is worth knowing before the job is done."""
        if self._say is not None:
            for note in notes:
                self.said.append(note)
                self._say(note)


class _Counts(Steps):
    """For functions that only count: steps that do not count are not told."""

    def begin(self, step: str, done: int = 0, total: int | None = None) -> Progress:
        return self.step(step)


def steps_of(progress: Steps | Progress | None) -> Steps:
    """Steps that are told to `progress`, whatever of the two it is; to nobody where it is None."""
    if isinstance(progress, Steps):
        return progress
    return _Counts(lambda _, done, total: progress and progress(done, total))


class Remaining:
    """About how long the current step will take.

    clock: seconds that never run back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step = ""
        self._seen: list[tuple[float, int]] = []

    def update(self, step: str, done: int, total: int | None) -> float | None:
        """Take in how far a step is; the seconds that are left of it, None where nothing tells yet."""
        if step != self._step or (self._seen and done < self._seen[-1][1]):
            self._step, self._seen = step, []
        if not self._seen or done > self._seen[-1][1]:
            # of what came before, the start is all that counts
            self._seen = [*self._seen[:2], (self._clock(), done)]
        # compiling and reading ahead happen once, before the first sign of progress
        begun, first = self._seen[1] if len(self._seen) > 2 else self._seen[0]
        now, last = self._seen[-1]
        if total is None or last <= first:
            return None
        return (now - begun) / (last - first) * max(0, total - done)

    def text(self, step: str, done: int, total: int | None) -> str:
        """The same for people, empty where nothing tells: `about 3 min left`."""
        seconds = self.update(step, done, total)
        return "" if seconds is None else f"about {_duration(seconds)} left"


def _duration(seconds: float) -> str:
    if seconds < 99:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
