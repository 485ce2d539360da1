"""Kill renders at random moments, resume them, and compare with an uninterrupted one.

    python benchmarks/kill_and_resume.py --trials 1000 --log trials.jsonl

Every trial renders a short clip in a process of its own, ends it by SIGKILL at a random moment, as often as
chance has it, and resumes it to the end. It prints how many kills there were, what was on the disk then, and
how many frames were lost, doubled or different: packets of videos with their time stamps and files of image
folders must be equal byte for byte.

The log receives a line a trial; run again with the same log to do the trials that are left. Processes are
forks of one that has rendered before, so that a trial takes half a second. Threads would not survive a fork,
so linear algebra, whose libraries keep a thread a processor for ever, is left to one.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

# read when the libraries are loaded
os.environ.update(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_NUM_THREADS="1")

import av
import numpy as np

from anybokeh import render_clip
from anybokeh.clip import ClipInfo, Frame, open_writer
from anybokeh.segments.work_folder import folder_of

FRAMES, HEIGHT, WIDTH = 40, 48, 64
SEGMENT = 8
TICK = Fraction(1, 24)
"""Seconds of a frame."""
OUTPUTS = {"o.mkv": "ffv1", "o.mp4": "h264", "o": None}


def make_inputs(folder: Path) -> None:
    """A clip of noise that moves, and disparity with a near block."""
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    info = ClipInfo(folder / "in", WIDTH, HEIGHT)
    with open_writer(folder / "in.mkv", info, codec="ffv1") as writer:
        for index in range(FRAMES):
            writer.write(Frame(index, index * TICK, TICK, np.roll(noise, index, axis=1)))
    disparity = np.full((FRAMES, HEIGHT, WIDTH), 0.1, np.float32)
    disparity[:, :, : WIDTH // 3] = 0.8
    np.save(folder / "d.npy", disparity)


def render(folder: Path, output: Path, resume: bool) -> None:
    """Render the clip, or go on with it."""
    render_clip(
        folder / "in.mkv",
        output,
        disparity=folder / "d.npy",
        focus=0.8,
        device="cpu",
        steady=False,
        repair=False,
        hidden=False,
        codec=OUTPUTS[output.name],
        segment_frames=SEGMENT,
        resume=resume,
    )


@dataclass(frozen=True)
class Kill:
    """When to kill: so many seconds after something has come to be."""

    after: Callable[[Path], bool]
    seconds: float


def in_child(folder: Path, output: Path, resume: bool, kill: Kill | None) -> bool:
    """Render in a fork of this process; whether it came to its end before it was killed."""
    child = os.fork()
    if not child:
        try:
            render(folder, output, resume)
            os._exit(0)
        except BaseException as error:
            print(f"{output}: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
    if kill is None:
        _, status = os.waitpid(child, 0)
    else:
        limit = float("inf")
        while time.perf_counter() < limit:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                break
            if limit == float("inf") and kill.after(output):
                limit = time.perf_counter() + kill.seconds
            time.sleep(0.0002)
        else:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"{output}: a render failed")
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        raise SystemExit(f"{output}: a render ended by signal {os.WTERMSIG(status)}")
    return os.WIFEXITED(status)


def wait_for_threads(seconds: float = 10) -> None:
    """Until this thread is the only one: those that were joined take a moment to end."""
    limit = time.perf_counter() + seconds
    while left := len(list(Path("/proc/self/task").iterdir())) - 1:
        if time.perf_counter() > limit:
            raise SystemExit(f"{left} threads of a library do not end, and would not survive a fork")
        gc.collect()
        time.sleep(0.01)


def is_started(output: Path) -> bool:
    """At any moment of the render."""
    return True


def has_begun(output: Path) -> bool:
    """Whether a segment is finished."""
    return any(folder_of(output).glob("*.segment"))


def is_joining(output: Path) -> bool:
    """Whether all segments are finished."""
    return (folder_of(output) / "end.json").exists()


def random_kill(chance: random.Random, seconds: float) -> Kill:
    """Of a render that takes so many seconds."""
    after, share = chance.choice([(is_started, 1.0), (has_begun, 0.8), (is_joining, 0.05)])
    return Kill(after, chance.uniform(0, share * seconds))


def one_trial(
    folder: Path, chance: random.Random, whole: dict[str, list], seconds: dict[str, float]
) -> Counter[str]:
    """Kill and resume until a render is done; what was found on the way."""
    counts: Counter[str] = Counter(trials=1)
    output = chance.choice(list(OUTPUTS))
    target = folder / output
    folder.mkdir()
    resume = False
    while not in_child(folder.parent, target, resume, random_kill(chance, seconds[output])):
        counts["kills"] += 1
        work = folder_of(target)
        counts["kills with finished segments"] += bool(list(work.glob("*.segment")))
        counts["kills while joining"] += (work / "end.json").exists()
        counts["whole output beside the folder"] += target.exists()
        if target.exists() and content(target) != whole[output]:
            counts["outputs that appeared before they were whole"] += 1
        resume = True
        if chance.random() < 0.5:
            in_child(folder.parent, target, True, None)
            break
    found = content(target)
    counts["lost or doubled frames"] += abs(len(found) - FRAMES)
    counts["differing frames"] += sum(a != b for a, b in zip(found, whole[output], strict=False))
    left = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if output not in file.parts)
    counts["files left behind"] += len(left)
    if left:
        print(f"left behind: {left}", flush=True)
    shutil.rmtree(folder)
    return counts


def content(output: Path) -> list[tuple]:
    """What must be equal, one item a frame."""
    if output.is_dir():
        return [(file.name, file.read_bytes()) for file in sorted(output.iterdir())]
    with av.open(str(output)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        return [(p.pts, p.dts, p.duration, p.is_keyframe, bytes(p)) for p in packets]


def main() -> None:
    """Run the trials and print their sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument(
        "--log", type=Path, default=Path(os.devnull), help="go on with the trials in this file"
    )
    options = parser.parse_args()
    began = time.perf_counter()
    lines = options.log.read_text().splitlines() if options.log.exists() else []
    counts = sum((Counter(json.loads(line)) for line in lines), Counter())
    with tempfile.TemporaryDirectory() as name, options.log.open("a", buffering=1) as log:
        folder = Path(name)
        make_inputs(folder)
        whole, seconds = {}, {}
        # the first renders load what all forks share, and would not tell how long one takes
        for output in 2 * list(OUTPUTS):
            target = folder / "whole" / output
            shutil.rmtree(target.parent, ignore_errors=True)
            target.parent.mkdir()
            started = time.perf_counter()
            render(folder, target, False)
            seconds[output] = time.perf_counter() - started
            whole[output] = content(target)
            assert len(whole[output]) == FRAMES
        wait_for_threads()
        for trial in range(len(lines), options.trials):
            if time.perf_counter() - began > options.seconds:
                break
            found = one_trial(folder / "trial", random.Random(f"{options.seed} {trial}"), whole, seconds)
            log.write(json.dumps(found) + "\n")
            counts.update(found)
    for key in ("lost or doubled frames", "differing frames", "outputs that appeared before they were whole"):
        counts[key] += 0
    for key, count in counts.items():
        print(f"{key}: {count}")


if __name__ == "__main__":
    main()
