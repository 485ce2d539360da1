"""What more processors would bring: renders on some of them, what is serial, and who holds everybody up.

    python benchmarks/scaling.py [--clip CLIP --disparity MAPS] [--processors 1 2] [--seconds 2]

Each render runs in a process of its own that is bound to so many processors. Printed are its time, the share
that does not get faster (a fit of Amdahl's law), and the longest time that a thread which wakes every
millisecond was kept from running: by the interpreter's lock, and by other work on the machine, which a thread
of this idle process tells. The prediction by threads does not depend on other work: each thread of the
pipeline takes its own processor time, and its share of what threads help it with.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.demo.run import MEDIA
from anybokeh.runtime.threads import available_threads

PIPELINE = {
    "decoding": ("decode",),
    "scenes": ("shots", "disparity", "steadying", "repair", "hidden surfaces"),
    "rendering": ("input", "rendering", "outlines", "layers", "finish", "output"),
    "encoding": ("encode",),
}
"""Threads of a render, and their stages."""
_PREDICTED = 8, 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clip", type=Path, default=MEDIA / "clip.mp4")
    parser.add_argument("--disparity", type=Path, default=MEDIA / "disparity.mkv")
    parser.add_argument("--seconds", type=float, help="of the clip (default: all)")
    parser.add_argument("--processors", type=int, nargs="+", default=[1, available_threads()])
    parser.add_argument("--one", action="store_true", help="render here and print figures as JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(render(options)))
        return
    most = available_threads()
    counts = sorted({min(count, most) for count in options.processors})
    found = {}
    for count in counts:
        with Watcher() as idle:
            found[count] = bound(count)
        print_one(count, found[count], idle.worst)
    print_amdahl({count: one["seconds"] for count, one in found.items()})
    print_by_threads(found[counts[-1]])


def bound(count: int) -> dict[str, Any]:
    """The figures of a render on the first processors of this process."""
    own = sorted(os.sched_getaffinity(0))[:count]
    command = [sys.executable, *sys.argv, "--one"]
    done = subprocess.run(
        command, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, own)
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def render(options: argparse.Namespace) -> dict[str, Any]:
    """Render in this process, once to load everything and once to measure."""
    from anybokeh.job.refocus import render_clip
    from anybokeh.runtime.stages import recorded
    from anybokeh.runtime.system import keep_freed_memory

    keep_freed_memory()
    given: dict[str, Any] = {"disparity": options.disparity, "focus": 0.5, "overwrite": True}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "out.mp4"
        render_clip(options.clip, output, end=0.1, **given)
        before = time.process_time()
        with recorded() as stages, Watcher() as watcher:
            report = render_clip(options.clip, output, end=options.seconds, **given)
        processor = time.process_time() - before
    stages_of = {one.stage: (one.processor, one.helping) for one in stages.times()}
    return {
        "frames": report.frames, "seconds": report.seconds, "processor": processor,
        "worst": watcher.worst, "stages": stages_of,
    }  # fmt: skip


class Watcher:
    """A thread that wakes every millisecond. worst: the longest that it was kept from running, in seconds.

    What it waited for a processor itself does not count, where the system tells it (Linux).
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        waited = waited_for_processor()
        while not self._end.is_set():
            begun = time.perf_counter()
            time.sleep(1e-3)
            kept = time.perf_counter() - begun - 1e-3
            before, waited = waited, waited_for_processor()
            self.worst = max(self.worst, kept - (waited - before))

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def waited_for_processor() -> float:
    """Seconds that this thread was ready to run and did not; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def print_one(count: int, one: dict[str, Any], idle: float) -> None:
    a_frame = 1e3 / one["frames"]
    print(
        f"{count} processors: {one['seconds'] * a_frame:.0f} ms a frame, {one['processor'] * a_frame:.0f} of "
        f"processors; kept waiting for {1e3 * one['worst']:.0f} ms at most, an idle process for "
        f"{1e3 * idle:.0f}",
        flush=True,
    )


def print_amdahl(seconds: dict[int, float]) -> None:
    """The fit of serial + shared / processors, and what it predicts."""
    if len(seconds) < 2:
        return
    counts = np.array(sorted(seconds), float)
    taken = np.array([seconds[int(count)] for count in counts])
    (serial, shared), *_ = np.linalg.lstsq(np.stack([np.ones_like(counts), 1 / counts], 1), taken, rcond=None)
    share = float(np.clip(serial / (serial + shared), 0, 1))
    told = ", ".join(f"{1 / (share + (1 - share) / count):.1f} on {count}" for count in _PREDICTED)
    print(f"serial by Amdahl's law: {share:.2f} of the time; as many times as fast as on one: {told}")


def print_by_threads(one: dict[str, Any]) -> None:
    """What each thread of the pipeline takes, and how long the slowest would take on more processors."""
    a_frame = 1e3 / one["frames"]
    parts: dict[str, tuple[float, float]] = {}
    for name, stages in PIPELINE.items():
        every, helping = np.sum([one["stages"].get(stage, (0, 0)) for stage in stages], axis=0) * a_frame
        parts[name] = every - helping, helping
        print(f"thread of {name}: {every - helping:.1f} ms a frame by itself, {helping:.1f} helped")
    total = one["processor"] * a_frame
    for count in _PREDICTED:
        slowest = max(parts, key=lambda name: parts[name][0] + parts[name][1] / count)
        own, helping = parts[slowest]
        bound_by = max(own + helping / count, total / count)
        print(
            f"{count} processors: {bound_by:.1f} ms a frame at best, {total / bound_by:.1f} times as fast as "
            f"one (slowest thread: {slowest})"
        )


if __name__ == "__main__":
    main()
