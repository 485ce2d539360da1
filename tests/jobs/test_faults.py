"""Disks that fill up and inputs that vanish: nothing is lost and nothing half-written stays."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh import RenderReport, render_clip
from anybokeh.errors import InputError
from anybokeh.jobs.segment_file import SegmentFileWriter
from anybokeh.jobs.work_folder import WorkFolder, folder_of

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
    from anybokeh.jobs import video_output

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
    fast = {"device": "cpu", "steady": False, "repair": False, "segment_frames": 8}
    options = {"disparity": tmp_path / "d.npy", "focus": 0.8, **fast}
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
