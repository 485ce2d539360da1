"""A render that was stopped goes on to the same frames."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh import RenderReport, render_clip
from anybokeh.clip import available_codecs
from anybokeh.errors import InputError
from anybokeh.segments.work_folder import WorkFolder, folder_of
from clip import make

FRAMES = 44
LENGTH = 8
"""Frames of a segment, those of the layered renderer at this size."""


ALONE = {"steady": False, "repair": False, "hidden": False}
"""Frames are rendered one by one, which is soon done."""
TOGETHER = dict.fromkeys(ALONE, True)
"""As usual: a frame depends on many around it."""


class Stop(Exception):
    """Ends a render in the middle."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    chapters = [(0.0, 0.7, "one"), (0.7, 1.5, "two")]
    make.video(folder / "a.mkv", tiny.pictures(FRAMES), audio=("eng",), chapters=chapters)
    np.save(folder / "d.npy", tiny.disparity(FRAMES))
    return folder


def render(inputs: Path, output: Path, *, stop_at: int | None = None, **options) -> RenderReport:
    def progress(done: int, total: int | None) -> None:
        if stop_at is not None and done >= stop_at:
            time.sleep(0.05)
            raise Stop

    defaults = {
        "disparity": inputs / "d.npy",
        "focus": 0.8,
        "device": "cpu",
        "segment_frames": LENGTH,
        **ALONE,
    }
    return render_clip(inputs / "a.mkv", output, progress=progress, **{**defaults, **options})


def stopped(inputs: Path, output: Path, frames: int = 30, **options) -> None:
    with pytest.raises(Stop):
        render(inputs, output, stop_at=frames, **options)
    assert not output.exists()


def streams_of(path: Path) -> list[list[tuple]]:
    """Time stamps, key flags and bytes of the packets of every stream."""
    with av.open(str(path)) as container:
        found: list[list[tuple]] = [[] for _ in container.streams]
        for packet in container.demux():
            if packet.size:
                found[packet.stream_index].append((packet.pts, packet.dts, packet.is_keyframe, bytes(packet)))
    return found


@pytest.mark.parametrize("codec", available_codecs())
def test_every_codec_goes_on_to_the_same_packets(inputs: Path, tmp_path: Path, codec: str) -> None:
    suffix = ".mov" if codec == "prores" else ".mkv"
    whole, resumed = tmp_path / f"whole{suffix}", tmp_path / f"resumed{suffix}"
    render(inputs, whole, codec=codec)
    stopped(inputs, resumed, codec=codec)
    report = render(inputs, resumed, codec=codec, resume=True)
    assert 8 <= report.resumed <= 32 and report.frames == FRAMES
    assert streams_of(resumed) == streams_of(whole)
    assert tiny.times_of(resumed) == tiny.times_of(inputs / "a.mkv")
    assert len(tiny.frames_of(resumed)) == FRAMES
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([whole.name, resumed.name])


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_uneven_times_sound_and_chapters_are_kept(tmp_path: Path, suffix: str) -> None:
    times = list(np.cumsum(np.random.default_rng(2).integers(200, 900, FRAMES)))
    times = [int(t) for t in times]
    (tmp_path / "in").mkdir()
    make.video(
        tmp_path / "in" / "a.mkv",
        tiny.pictures(FRAMES),
        times=times,
        audio=("eng",),
        chapters=[(0.2, 1.0, "one")],
    )
    np.save(tmp_path / "in" / "d.npy", tiny.disparity(FRAMES))
    whole, resumed = tmp_path / f"whole{suffix}", tmp_path / f"resumed{suffix}"
    render(tmp_path / "in", whole)
    stopped(tmp_path / "in", resumed)
    render(tmp_path / "in", resumed, resume=True)
    assert streams_of(resumed) == streams_of(whole)
    assert tiny.times_of(resumed) == pytest.approx(tiny.times_of(tmp_path / "in" / "a.mkv"), abs=1e-3)
    assert make.packets(resumed, "audio") == make.packets(tmp_path / "in" / "a.mkv", "audio")
    with av.open(str(resumed)) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["one"]


def test_a_folder_of_images_is_resumed(inputs: Path, tmp_path: Path) -> None:
    render(inputs, tmp_path / "whole")
    stopped(inputs, tmp_path / "resumed")
    assert render(inputs, tmp_path / "resumed", resume=True).resumed >= 8
    files = sorted((tmp_path / "whole").iterdir())
    assert [file.name for file in sorted((tmp_path / "resumed").iterdir())] == [file.name for file in files]
    assert all(file.read_bytes() == (tmp_path / "resumed" / file.name).read_bytes() for file in files)


@pytest.mark.parametrize("part", [{"start": 0.2}, {"end": 1.4}, {"start": 0.2, "end": 1.56}])
def test_parts_of_a_clip_are_resumed(inputs: Path, tmp_path: Path, part: dict) -> None:
    options = {"codec": "ffv1", "focus": "point:5,20", **TOGETHER, **part}
    render(inputs, tmp_path / "whole.mkv", **options)
    stopped(inputs, tmp_path / "resumed.mkv", **options)
    render(inputs, tmp_path / "resumed.mkv", resume=True, **options)
    assert streams_of(tmp_path / "resumed.mkv") == streams_of(tmp_path / "whole.mkv")


def test_stopped_again_and_again(inputs: Path, tmp_path: Path) -> None:
    render(inputs, tmp_path / "whole.mkv", **TOGETHER)
    stopped(inputs, tmp_path / "resumed.mkv", 16, **TOGETHER)
    for frames in (24, 32, 40):
        stopped(inputs, tmp_path / "resumed.mkv", frames, resume=True, **TOGETHER)
    render(inputs, tmp_path / "resumed.mkv", resume=True, **TOGETHER)
    assert streams_of(tmp_path / "resumed.mkv") == streams_of(tmp_path / "whole.mkv")


@pytest.mark.slow
@pytest.mark.parametrize("output", ["a.mkv", "folder"])
@pytest.mark.parametrize("damage", ["first", "middle", "cut", "gone"])
def test_damaged_segments_are_rendered_again(inputs: Path, tmp_path: Path, damage: str, output: str) -> None:
    render(inputs, tmp_path / f"whole-{output}")
    stopped(inputs, tmp_path / output, 40)
    folder = folder_of(tmp_path / output)
    number = 0 if damage == "first" else 1
    file = folder / f"{number:08}.segment"
    if output == "folder":
        file = folder / "images" / f"{number * LENGTH + 3:06}.png"
    data = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "gone":
        file.unlink()
    else:
        data[len(data) // 3] ^= 1
        file.write_bytes(data)
    report = render(inputs, tmp_path / output, resume=True)
    assert (damage == "gone" and output != "folder") or any("rendered again" in note for note in report.notes)
    if output == "folder":
        for image in (tmp_path / "whole-folder").iterdir():
            assert image.read_bytes() == (tmp_path / output / image.name).read_bytes()
    else:
        assert streams_of(tmp_path / output) == streams_of(tmp_path / f"whole-{output}")


CHANGES = {
    "blur": ({"blur": 30}, "blur was None and is 30 now"),
    "focus": ({"focus": 0.3}, "focus was 0.8 and is 0.3 now"),
    "crf": ({"crf": 20}, "crf was None and is 20 now"),
    "segments": ({"segment_frames": 24}, "frames"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_setting_is_refused_and_nothing_lost(inputs: Path, tmp_path: Path, change: str) -> None:
    options, says = CHANGES[change]
    stopped(inputs, tmp_path / "b.mkv")
    with pytest.raises(InputError, match="cannot be resumed") as error:
        render(inputs, tmp_path / "b.mkv", resume=True, **options)
    assert says in str(error.value)
    assert render(inputs, tmp_path / "b.mkv", resume=True).resumed >= 8


@pytest.mark.parametrize("file", ["a.mkv", "d.npy"])
def test_a_changed_input_is_refused(inputs: Path, tmp_path: Path, file: str) -> None:
    shutil.copytree(inputs, tmp_path / "in")
    stopped(tmp_path / "in", tmp_path / "b.mkv")
    if file == "d.npy":
        np.save(tmp_path / "in" / file, tiny.disparity(FRAMES)[::-1])
    else:
        make.video(tmp_path / "in" / file, tiny.pictures(FRAMES)[::-1])
    with pytest.raises(InputError, match=f"{file} has changed since"):
        render(tmp_path / "in", tmp_path / "b.mkv", resume=True)


@pytest.mark.slow
def test_without_resume_a_render_begins_anew(inputs: Path, tmp_path: Path) -> None:
    stopped(inputs, tmp_path / "b.mkv")
    report = render(inputs, tmp_path / "b.mkv")
    assert report.resumed == 0 and any("begun anew" in note for note in report.notes)
    assert [file.name for file in tmp_path.iterdir()] == ["b.mkv"]


def test_nothing_is_kept_of_a_render_that_finished_no_segment(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(Stop):
        render(inputs, tmp_path / "b.mkv", stop_at=8, segment_frames=48)
    assert not list(tmp_path.iterdir())


def test_an_old_output_stays_until_the_new_one_is_whole(inputs: Path, tmp_path: Path) -> None:
    render(inputs, tmp_path / "b.mkv", blur=2)
    before = (tmp_path / "b.mkv").read_bytes()
    with pytest.raises(Stop):
        render(inputs, tmp_path / "b.mkv", stop_at=30, overwrite=True)
    assert (tmp_path / "b.mkv").read_bytes() == before
    assert render(inputs, tmp_path / "b.mkv", overwrite=True, resume=True).resumed >= 8
    assert (tmp_path / "b.mkv").read_bytes() != before


def test_two_processes_do_not_write_one_output(inputs: Path, tmp_path: Path) -> None:
    holder = WorkFolder.open(tmp_path / "b.mkv")
    with pytest.raises(InputError, match="another process"):
        render(inputs, tmp_path / "b.mkv")
    holder.remove()
    render(inputs, tmp_path / "b.mkv")


@pytest.mark.parametrize("output", ["b.mkv", "folder"])
def test_killed_after_the_output_was_put_in_place(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    def killed(self: WorkFolder) -> None:
        self.close()
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "remove", killed)
        with pytest.raises(Stop):
            render(inputs, tmp_path / output)
    assert (tmp_path / output).exists() and folder_of(tmp_path / output).exists()
    report = render(inputs, tmp_path / output, resume=True)
    assert any("already whole" in note for note in report.notes)
    assert [file.name for file in tmp_path.iterdir()] == [output]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.6])
def test_sigkill(inputs: Path, tmp_path: Path, seconds: float) -> None:
    """Killed so long after the first segment, and resumed by the command line."""
    command = [sys.executable, "-m", "anybokeh.cli", "render", str(inputs / "a.mkv"), "-o", "b.mkv"]
    command += ["--disparity", str(inputs / "d.npy"), "--focus", "0.8", "--device", "cpu"]
    command += ["--segment-frames", str(LENGTH)]
    folder = folder_of(tmp_path / "b.mkv")
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as running:
        limit = time.monotonic() + 60
        while not list(folder.glob("*.segment")) and running.poll() is None:
            assert time.monotonic() < limit
            time.sleep(0.002)
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
    done = subprocess.run([*command, "--resume", "--json"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == FRAMES
    render(inputs, tmp_path / "whole.mkv", **TOGETHER)
    assert streams_of(tmp_path / "b.mkv") == streams_of(tmp_path / "whole.mkv")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.mkv", "whole.mkv"]
