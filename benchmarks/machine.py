"""What plain loops reach on a machine: multiply-adds, and bytes copied, on all processors of this process.

    python benchmarks/machine.py

Beside them, what a program takes can be told from what the machine would need.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

_CHAIN = 16
"""Multiply-adds on a value that is loaded once."""
_IN_CACHE, _IN_MEMORY = 2048, 1 << 23
"""Values: those of the first fit in the nearest cache, those of the second in none."""


@dataclass(frozen=True)
class Machine:
    """Rates of one processor: float32 multiply-adds a second, and bytes copied a second."""

    multiply_adds: float
    copied: float


def measure(seconds: float = 0.3) -> Machine:
    """The best of several goes in that many seconds each, by processor time: other work disturbs less."""
    with Crew() as crew:
        values = np.ones((crew.threads, _IN_CACHE), np.float32)
        one, other = np.ones((2, crew.threads, _IN_MEMORY), np.float32)
        rates = _best(crew, _multiply_add, (values, 200), 200 * _CHAIN * _IN_CACHE, seconds)
        # what is copied is read and written
        copied = _best(crew, _copy, (one, other), 4 * _IN_MEMORY, seconds)
    return Machine(rates, copied)


def _best(crew: Crew, work: object, arguments: tuple, amount: int, seconds: float) -> float:
    """The most of `amount` a second of a processor's time."""
    times = np.zeros(crew.threads)

    def timed(thread: int, threads: int, *given: object) -> None:
        begun = time.thread_time()
        work(thread, threads, *given)  # type: ignore[operator]
        times[thread] = time.thread_time() - begun

    crew.run(timed, *arguments)
    best, end = 0.0, time.perf_counter() + seconds
    while not best or time.perf_counter() < end:
        crew.run(timed, *arguments)
        best = max(best, amount / float(times.mean()))
    return best


# more of fast mathematics would reckon the whole chain at once
@kernel(fastmath={"contract"})
def _multiply_add(thread: int, threads: int, values: np.ndarray, repeats: int) -> None:
    own = values[thread]
    factor, added = np.float32(0.999), np.float32(0.001)
    for _ in range(repeats):
        for i in range(len(own)):
            value = own[i]
            for _ in range(_CHAIN):
                value = value * factor + added
            own[i] = value


@kernel()
def _copy(thread: int, threads: int, source: np.ndarray, target: np.ndarray) -> None:
    one, other = source[thread], target[thread]
    for i in range(len(one)):
        other[i] = one[i]


def main() -> None:
    machine = measure(2.0)
    print(f"{machine.multiply_adds / 1e9:.1f} billion multiply-adds a second of a processor")
    print(f"{machine.copied / 1e9:.1f} GB copied a second of a processor")


if __name__ == "__main__":
    main()
