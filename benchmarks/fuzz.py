"""Give every parser of user files many random and nearly right inputs, and count what it did not expect.

python benchmarks/fuzz.py --inputs 10000
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fuzz.parsers import PARSERS, holds


def main() -> None:
    """Run all parsers and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=PARSERS, nargs="*", default=list(PARSERS))
    options = parser.parse_args()
    failures = 0
    for name in options.only:
        failures += fuzz(name, options.inputs, options.seed)
    sys.exit(failures > 0)


def fuzz(name: str, inputs: int, number: int) -> int:
    """Faults of one parser."""
    faults: dict[str, list[str]] = {}
    count = 0

    @seed(number)
    @settings(max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(PARSERS[name].inputs)
    def run(value: Any) -> None:
        nonlocal count
        count += 1
        try:
            holds(PARSERS[name], value)
        except Exception:
            trace = traceback.format_exc(limit=-4)
            faults.setdefault(trace, []).append(repr(value))

    started = time.perf_counter()
    run()
    uncaught = sum(map(len, faults.values()))
    print(
        f"{name}: {count} inputs, {uncaught} uncaught exceptions, {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    for trace, values in faults.items():
        print(f"{min(values, key=len)}\n{trace}", flush=True)
    return uncaught


if __name__ == "__main__":
    main()
