"""Kill renders at random moments, resume them, and compare with an uninterrupted one.

    python benchmarks/kill_and_resume.py --trials 1000

Every trial renders a short clip in a process of its own, ends it by SIGKILL at a random moment, as often as
chance has it, and resumes it to the end. It prints how many kills there were, what was on the disk then, and
how many frames were lost, doubled or different: packets of videos with their time stamps and files of image
folders must be equal byte for byte.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import av
import numpy as np

from anybokeh import render_clip
from anybokeh.clip import ClipInfo, Frame, open_writer
from anybokeh.jobs.work_folder import folder_of

FRAMES, HEIGHT, WIDTH = 40, 48, 64
SEGMENT = 8
OUTPUTS = {"o.mkv": "ffv1", "o.mp4": "h264", "o": None}


def make_inputs(folder: Path) -> None:
    """A clip of noise that moves, and disparity with a near block."""
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    info = ClipInfo(folder / "in", WIDTH, HEIGHT)
    with open_writer(folder / "in.mkv", info, codec="ffv1") as writer:
        for index in range(FRAMES):
            writer.write(Frame(index, index * info_tick(), info_tick(), np.roll(noise, index, axis=1)))
    disparity = np.full((FRAMES, HEIGHT, WIDTH), 0.1, np.float32)
    disparity[:, :, : WIDTH // 3] = 0.8
    np.save(folder / "d.npy", disparity)


def info_tick():
    """Seconds of a frame."""
    from fractions import Fraction

    return Fraction(1, 24)


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
        codec=OUTPUTS[output.name.removeprefix("first-")],
        segment_frames=SEGMENT,
        resume=resume,
    )


def in_child(folder: Path, output: Path, resume: bool, kill_after: float | None) -> bool:
    """Render in a fork of this process; whether it came to its end before it was killed."""
    child = os.fork()
    if not child:
        try:
            make_inputs(folder) if output.name == "in.mkv" else render(folder, output, resume)
            os._exit(0)
        except BaseException as error:
            print(f"{output}: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
    if kill_after is not None:
        # the clock runs from when there is something to lose
        limit = float("inf")
        while time.perf_counter() < limit:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                break
            if limit == float("inf") and has_begun(output):
                limit = time.perf_counter() + kill_after
            time.sleep(0.0005)
        else:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
    else:
        _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"{output}: a render failed")
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        raise SystemExit(f"{output}: a render ended by signal {os.WTERMSIG(status)}")
    return os.WIFEXITED(status)


def seconds_of_work(folder: Path, output: Path) -> float:
    """Render and return how long it took from the first segment on."""
    began = time.perf_counter()
    seen: list[float] = []

    def look() -> None:
        while not output.exists():
            if not seen and has_begun(output):
                seen.append(time.perf_counter())
            time.sleep(0.001)

    child = os.fork()
    if not child:
        render(folder, output, False)
        os._exit(0)
    look()
    os.waitpid(child, 0)
    return time.perf_counter() - (seen or [began])[0]


def has_begun(output: Path) -> bool:
    """Whether a segment is finished."""
    return any(folder_of(output).glob("*.segment"))


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
    options = parser.parse_args()
    chance = random.Random(options.seed)
    counts: Counter[str] = Counter()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        in_child(folder, folder / "in.mkv", False, None)
        whole, seconds = {}, {}
        for output in OUTPUTS:
            target = folder / "whole" / output
            target.parent.mkdir(exist_ok=True)
            # this process starts no threads, which would not survive its forks
            in_child(folder, target.with_name(f"first-{output}"), False, None)
            seconds[output] = seconds_of_work(folder, target)
            whole[output] = content(target)
            assert len(whole[output]) == FRAMES
        for trial in range(options.trials):
            if time.perf_counter() - began > options.seconds:
                break
            output = chance.choice(list(OUTPUTS))
            target = folder / "trial" / output
            target.parent.mkdir()
            resume = False
            while not in_child(
                folder, target, resume, chance.uniform(0, 8 if resume else 1) * seconds[output]
            ):
                counts["kills"] += 1
                work = folder_of(target)
                counts["kills with finished segments"] += bool(list(work.glob("*.segment")))
                counts["kills while joining"] += (work / "end.json").exists()
                counts["whole output beside the folder"] += target.exists()
                if target.exists() and content(target) != whole[output]:
                    counts["outputs that appeared before they were whole"] += 1
                resume = True
                if chance.random() < 0.5:
                    in_child(folder, target, True, None)
                    break
            found = content(target)
            counts["lost or doubled frames"] += abs(len(found) - FRAMES)
            counts["differing frames"] += sum(a != b for a, b in zip(found, whole[output], strict=False))
            counts["files left behind"] += len(list(target.parent.iterdir())) - 1
            counts["trials"] += 1
            for file in sorted(target.parent.rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            target.parent.rmdir()
            if trial % 100 == 99:
                print(dict(counts), f"{time.perf_counter() - began:.0f} s", flush=True)
    for key in ("lost or doubled frames", "differing frames", "outputs that appeared before they were whole"):
        counts[key] += 0
    for key, count in counts.items():
        print(f"{key}: {count}")


if __name__ == "__main__":
    main()
