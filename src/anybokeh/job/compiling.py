"""Compiling, in processes of their own, what a first render is about to need.

numba compiles one kernel after the other. While a render compiles what it needs first, processes beside it
compile what it needs later, by doing it with a tiny clip, and keep it on disk, where the render finds it.

    python -m anybokeh.job.compiling        all of it, once, before a machine or its image is used
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np

from anybokeh.runtime.own_processes import own_command, own_environment
from anybokeh.runtime.threads import available_threads
from anybokeh.settings import RenderSettings

PARTS = ("layers", "hidden", "repair", "steady")
"""What is compiled: what a render needs last is first, as the render itself begins at the other end."""
_MOST = 3
"""Processes beside a render: more would have nothing to do."""
_INSIDE = "ANYBOKEH_COMPILING"
_FRAMES, _HEIGHT, _WIDTH = 8, 72, 96


@contextmanager
def compiled_beside(processes: int | None = None) -> Iterator[None]:
    """Compile beside what is done in the block, in as many processes as have a processor to themselves.

    They end with the block, whether they are done or not. Inside a program that has Python within it none is
    begun.
    """
    count = min(_MOST, available_threads() - 1) if processes is None else processes
    if _INSIDE in os.environ or not Path(sys.executable or "").stem.startswith("python"):
        count = 0
    running: list[subprocess.Popen[bytes]] = []
    # processes that are ended cannot tidy up
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            # where none can be begun the render compiles by itself
            with suppress(OSError):
                for number in range(count):
                    running.append(_begun(PARTS[number:] + PARTS[:number], folder))
            yield
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait()


def compile_all() -> None:
    """Compile everything that a render with the usual settings needs, on all processors.

    Raises:
        RuntimeError: a process failed.
    """
    count = min(len(PARTS), available_threads())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        running = [_begun(PARTS[number::count], folder) for number in range(count)]
        if any([one.wait() for one in running]):
            command = " ".join(["python -m anybokeh.job.compiling", *PARTS])
            raise RuntimeError(f"kernels could not be compiled; {command} tells why")


def compile_part(part: str) -> None:
    """Compile one of `PARTS` in this process."""
    from anybokeh.job.analysed_frames import whole_scenes
    from anybokeh.job.analysis import analyse
    from anybokeh.job.open_input import open_input
    from anybokeh.job.refocus import render_clip
    from anybokeh.repair import RepairSettings

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_clip(folder)
        settings = RenderSettings(
            disparity=folder / "disparity.npy",
            focus=0.5,
            blur=500,
            device="cpu",
            steady=part == "steady",
            hidden=part == "hidden",
            repair=False,
        )
        if part == "layers":
            render_clip(folder / "clip", folder / "rendered.mp4", settings=settings)
            return
        repair = RepairSettings(disparity=part == "repair", highlights=None if part == "hidden" else False)
        with open_input(folder / "clip", settings) as clip:
            for _ in whole_scenes(clip, analyse(clip, settings), repair, settings.hidden):
                pass


def _begun(parts: Sequence[str], folder: str) -> subprocess.Popen[bytes]:
    """A process that compiles these parts; folder: for its temporary files."""
    return subprocess.Popen(
        own_command("anybokeh.job.compiling", *parts),
        env=own_environment() | {_INSIDE: "1", "TMPDIR": folder, "TEMP": folder, "TMP": folder},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _write_clip(folder: Path) -> None:
    """Lamps behind something that moves, which has outlines and shows what it hid; with grain."""
    rng = np.random.default_rng(0)
    behind = cv2.resize(rng.integers(10, 90, (_HEIGHT // 4, _WIDTH // 4, 3), np.uint8), (_WIDTH, _HEIGHT))
    for column in range(12, _WIDTH, 24):
        cv2.circle(behind, (column, _HEIGHT // 3), 3, (255, 255, 255), -1)
    before = rng.integers(120, 220, (_HEIGHT // 2, _WIDTH // 4, 3), np.uint8)
    (folder / "clip").mkdir()
    disparity = np.full((_FRAMES, _HEIGHT, _WIDTH), 0.2, np.float32)
    for number in range(_FRAMES):
        place = np.s_[_HEIGHT // 4 : _HEIGHT * 3 // 4, 10 + 4 * number : 10 + 4 * number + _WIDTH // 4]
        picture = behind.copy()
        picture[place], disparity[number][place] = before, 0.8
        picture = np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "clip" / f"{number:04}.png"), picture)
    # at half the size, so that it is enlarged as well
    np.save(folder / "disparity.npy", disparity[:, ::2, ::2])


if __name__ == "__main__":
    for one in sys.argv[1:]:
        compile_part(one)
    if len(sys.argv) == 1:
        compile_all()
