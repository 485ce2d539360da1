"""Disks that fill up and inputs that vanish: nothing is lost and nothing half-written stays."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh import RenderReport, render_clip
from anybokeh.cli import main
from anybokeh.clip import ClipInfo
from anybokeh.errors import InputError
from anybokeh.runtime.log import Log
from anybokeh.segments.open_job import open_job
from anybokeh.segments.resumable import Target
from anybokeh.segments.segment import Segment
from anybokeh.segments.segment_file import SegmentFileWriter
from anybokeh.segments.work_folder import WorkFolder, folder_of

FRAMES = 32


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "d.npy", tiny.disparity(FRAMES))
    return tiny.lossless(tmp_path / "in" / "a.mkv", tiny.pictures(FRAMES))


def render(clip: Path, output: Path, **options) -> RenderReport:
    fast = {"device": "cpu", "steady": False, "repair": False, "segment_frames": 8}
    return render_clip(
        clip, output, disparity=clip.parent / "d.npy", focus=0.8, codec="ffv1", **fast, **options
    )


@pytest.mark.parametrize("segment", [0, 1, 3])
def test_a_disk_that_fills_up(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segment: int
) -> None:
    """While a segment is written; once there is room again the render goes on."""
    render(clip, tmp_path / "whole.mkv")
    add = SegmentFileWriter.add

    def full(self: SegmentFileWriter, data: bytes) -> None:
        if self._path.name == f"{segment:08}.segment" and len(data) > 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(SegmentFileWriter, "add", full)
        with pytest.raises(InputError, match="disk is full") as error:
            render(clip, tmp_path / "b.mkv")
    assert not (tmp_path / "b.mkv").exists()
    assert folder_of(tmp_path / "b.mkv").exists() == (segment > 0) == ("--resume" in str(error.value))
    assert render(clip, tmp_path / "b.mkv", resume=True).resumed == 8 * segment
    assert np.array_equal(tiny.frames_of(tmp_path / "b.mkv"), tiny.frames_of(tmp_path / "whole.mkv"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.mkv", "in", "whole.mkv"]


def test_a_disk_that_fills_up_while_joining(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anybokeh.segments import video_output

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(video_output, "join", full)
        with pytest.raises(InputError, match="--resume"):
            render(clip, tmp_path / "b.mkv")
    assert render(clip, tmp_path / "b.mkv", resume=True).resumed == FRAMES
    assert len(tiny.frames_of(tmp_path / "b.mkv")) == FRAMES


def test_an_input_that_is_deleted(tmp_path: Path) -> None:
    """What was rendered stays; when the images are back the render goes on."""
    folder = tiny.images(tmp_path / "in", tiny.pictures(FRAMES))
    np.save(tmp_path / "d.npy", tiny.disparity(FRAMES))
    # nothing that reads far ahead
    fast = {"steady": False, "repair": False, "hidden": False, "grain": 0.0, "dither": False}
    options = {"disparity": tmp_path / "d.npy", "focus": 0.8, "device": "cpu", "segment_frames": 8, **fast}
    last = folder / f"{FRAMES - 1:04}.png"
    data = last.read_bytes()

    def delete(done: int, total: int | None) -> None:
        last.unlink(missing_ok=True)

    with pytest.raises(InputError, match=last.name):
        render_clip(folder, tmp_path / "out", progress=delete, **options)
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError):
        render_clip(folder, tmp_path / "out", resume=True, **options)
    last.write_bytes(data)
    assert render_clip(folder, tmp_path / "out", resume=True, **options).resumed >= 8
    assert len(list((tmp_path / "out").iterdir())) == FRAMES


def test_killed_between_the_last_segment_and_the_end(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All frames are there, and nothing says so yet."""

    def killed(*arguments: object) -> None:
        raise OSError(errno.EIO, "gone")

    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "write_end", killed)
        with pytest.raises(InputError):
            render(clip, tmp_path / "b.mkv")
    assert render(clip, tmp_path / "b.mkv", resume=True).resumed == FRAMES
    assert len(tiny.frames_of(tmp_path / "b.mkv")) == FRAMES


def test_an_output_folder_that_cannot_be_written_to(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/sys is read-only even for root."""
    # it has no room either
    monkeypatch.setattr("anybokeh.clip.outputs._FREE_MARGIN", -(1 << 40))
    if not Path("/sys/kernel").is_dir():
        pytest.skip("this system has no /sys")
    began: list[int] = []
    with pytest.raises(InputError, match="cannot be written") as error:
        render(clip, Path("/sys/kernel/b.mkv"), progress=lambda *done: began.append(1))
    assert "\n" not in str(error.value) and not began


@pytest.mark.parametrize("moment", ["first segment", "later", "joining"])
def test_a_disk_that_becomes_read_only(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """As a file system does after an error of its disk."""
    replace = Path.replace

    def read_only(self: Path, target: Path) -> Path:
        names = {"first segment": "00000000.segment", "later": "00000002.segment", "joining": "end.json"}
        if Path(target).name == names[moment]:
            raise OSError(errno.EROFS, "Read-only file system")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", read_only)
        with pytest.raises(InputError, match="Read-only"):
            render(clip, tmp_path / "b.mkv")
    assert not (tmp_path / "b.mkv").exists()
    kept = {"first segment": 0, "later": 16, "joining": FRAMES}[moment]
    assert render(clip, tmp_path / "b.mkv", resume=True).resumed == kept
    assert len(tiny.frames_of(tmp_path / "b.mkv")) == FRAMES


def test_a_real_disk_that_is_full(clip: Path, tmp_path: Path) -> None:
    """A file system of 256 kB, where the system lets one be made."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], capture_output=True
    ).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError, match="disk is full"):
            # the guess beforehand would refuse it
            patch.setattr("anybokeh.clip.outputs._FREE_MARGIN", -(1 << 40))
            render(clip, disk / "b.mkv")
        assert not (disk / "b.mkv").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        assert render(clip, disk / "b.mkv", resume=True).resumed > 0
        assert len(tiny.frames_of(disk / "b.mkv")) == FRAMES
        assert [file.name for file in disk.iterdir()] == ["b.mkv"]
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("where", ["reading", "rendering", "encoding"])
def test_out_of_memory(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """One line, and what was finished stays."""
    from anybokeh.clip.encoder import FrameEncoder
    from anybokeh.disparity.arrays import ArrayMaps
    from anybokeh.render.layered import LayeredRenderer

    owner, name = {
        "reading": (ArrayMaps, "read"),
        "rendering": (LayeredRenderer, "render"),
        "encoding": (FrameEncoder, "encode"),
    }[where]
    whole, calls = getattr(owner, name), []

    def hungry(self, *arguments):
        calls.append(1)
        if len(calls) > (2 if where == "rendering" else 20):
            raise MemoryError
        return whole(self, *arguments)

    command = ["render", str(clip), "-o", str(tmp_path / "b.mkv"), "--disparity", str(clip.parent / "d.npy")]
    command += ["--focus", "0.8", "--device", "cpu", "--steady", "off", "--repair", "off", "--codec", "ffv1"]
    command += ["--segment-frames", "8"]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, hungry)
        assert main(command) == 2
    assert not (tmp_path / "b.mkv").exists()
    assert main([*command, "--resume"]) == 0
    assert len(tiny.frames_of(tmp_path / "b.mkv")) == FRAMES


def test_a_clock_that_runs_backwards(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also between two runs, and with inputs from the future."""

    class Stop(Exception):
        pass

    def stop(done: int, total: int | None) -> None:
        if done >= 16:
            raise Stop

    ticks = iter(range(2_000_000_000, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(ticks)))
    os.utime(clip, (4_000_000_000, 4_000_000_000))
    with pytest.raises(Stop), Log(tmp_path / "log") as log:
        render(clip, tmp_path / "b.mkv", progress=stop, log=log)
    os.utime(folder_of(tmp_path / "b.mkv"), (0, 0))
    with Log(tmp_path / "log") as log:
        report = render(clip, tmp_path / "b.mkv", resume=True, log=log)
    assert report.resumed >= 8 and report.seconds > 0 and report.rendering >= 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["clock"] for line in lines] == sorted(line["clock"] for line in lines)
    assert [line["event"] for line in lines if line["event"].startswith("render ")] == [
        "render started",
        "render ended",
    ] * 2


@pytest.mark.slow
def test_very_many_segments(tmp_path: Path) -> None:
    """Every second of 10,000 segments is there: finding the others takes no longer for each than for one."""
    info = ClipInfo(tmp_path / "a.mkv", 16, 16)
    job = open_job(Target(tmp_path / "o", info), {}, 1, False)
    with job:
        images = folder_of(tmp_path / "o") / "images"
        images.mkdir()
        for number in range(0, 10_000, 2):
            segment = Segment(number, number, Fraction(number, 24), 1, {"images": []})
            writer = SegmentFileWriter(folder_of(tmp_path / "o") / f"{number:08}.segment")
            writer.finish(segment.as_json())
        began = time.process_time()
        job.take_over()
        runs = job.missing()
        first = next(runs)
        assert (first.first, first.end, job.done) == (1, 2, 5_000)
        assert len(job.unfinished(10_000, 0)) == 5_000
        assert time.process_time() - began < 20
