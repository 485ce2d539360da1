"""Packets that are damaged in the middle of a clip: refused, or the last good frame in their place."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.clip import open_clip
from anybokeh.clip.damaged_frames import Suspects, mended
from anybokeh.errors import InputError
from clip import make

FRAMES, DAMAGED = 40, 18
FAST = {"device": "cpu", "steady": False, "repair": False, "segment_frames": 8, "focus": 0.8}


def damaged(path: Path, number: int = DAMAGED) -> Path:
    """Overwrite a packet, in order of decoding; returns the path."""
    with av.open(str(path)) as container:
        packet = [bytes(packet) for packet in container.demux(video=0) if packet.size][number]
    data = path.read_bytes()
    assert data.count(packet) == 1
    path.write_bytes(data.replace(packet, b"\xff" * len(packet)))
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Without frames that are shown in another order than they are decoded, and a key frame every ten."""
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "d.npy", tiny.disparity(FRAMES))
    options = {"g": "10", "bf": "0", "x264-params": "scenecut=0"}
    return make.video(tmp_path / "in" / "a.mp4", tiny.pictures(FRAMES), options=options)


def render(clip: Path, output: Path, **options):
    return render_clip(clip, output, disparity=clip.parent / "d.npy", codec="ffv1", **{**FAST, **options})


def test_damage_is_refused_in_one_line(clip: Path, tmp_path: Path) -> None:
    damaged(clip)
    with pytest.raises(InputError, match=r"damaged.*--on-damage repeat") as error:
        render(clip, tmp_path / "b.mkv")
    assert "\n" not in str(error.value) and not (tmp_path / "b.mkv").exists()


def test_the_last_good_frame_is_repeated_up_to_the_next_key_frame(clip: Path, tmp_path: Path) -> None:
    with open_clip(clip) as whole:
        good = [frame.pixels for frame in whole]
    damaged(clip)
    with open_clip(clip, on_damage="repeat") as found:
        frames = list(found)
    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert [frame.index for frame in frames if frame.repeats] == [18, 19]
    for frame in frames:
        assert np.array_equal(frame.pixels, good[17 if frame.repeats else frame.index])
    report = render(clip, tmp_path / "b.mkv", on_damage="repeat")
    assert (report.frames, report.repeated) == (FRAMES, (18, 19))
    assert any("2 frames repeat the last good one: 18-19" in note for note in report.notes)
    times = [index / 25 for index in range(FRAMES)]
    assert tiny.times_of(tmp_path / "b.mkv") == pytest.approx(times, abs=2e-3)


def test_parts_and_resumed_renders_repeat_the_same_frames(clip: Path, tmp_path: Path) -> None:
    damaged(clip)
    options = {"on_damage": "repeat"}

    class Stop(Exception):
        pass

    def stop(done: int, total: int | None) -> None:
        if done >= 24:
            raise Stop

    render(clip, tmp_path / "whole.mkv", **options)
    with pytest.raises(Stop):
        render(clip, tmp_path / "b.mkv", progress=stop, **options)
    report = render(clip, tmp_path / "b.mkv", resume=True, **options)
    assert report.resumed and report.repeated == (18, 19)
    whole = tiny.frames_of(tmp_path / "whole.mkv")
    assert np.array_equal(tiny.frames_of(tmp_path / "b.mkv"), whole)
    render(clip, tmp_path / "part.mkv", start=19 / 25, end=30 / 25, **options)
    assert np.array_equal(tiny.frames_of(tmp_path / "part.mkv"), whole[19:30])


def test_the_first_frames_may_be_damaged_too(clip: Path) -> None:
    with open_clip(clip) as whole:
        good = [frame.pixels for frame in whole]
    damaged(clip, 10)
    with open_clip(clip, on_damage="repeat") as found:
        frames = list(found)
    assert [frame.index for frame in frames if frame.repeats] == list(range(10, 20))
    assert np.array_equal(frames[15].pixels, good[9])


def test_images(tmp_path: Path) -> None:
    folder = tiny.images(tmp_path / "in", tiny.pictures(6))
    (folder / "0003.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"0003\.png"), open_clip(folder) as clip:
        list(clip)
    with open_clip(folder, on_damage="repeat") as clip:
        frames = list(clip)
        with clip.part(start=3 / 24) as part:
            assert np.array_equal(next(iter(part)).pixels, frames[2].pixels)
    assert [frame.repeats for frame in frames] == [False, False, False, True, False, False]
    assert np.array_equal(frames[3].pixels, frames[2].pixels)


def test_suspects_end_at_the_next_key_frame() -> None:
    suspects = Suspects()
    for pts, key in ((0, True), (1, False)):
        suspects.packet(pts, key, False)
    suspects.failed(1)
    # a key frame, and one that is shown before it
    for pts, key in ((2, False), (4, True), (3, False), (5, False)):
        suspects.packet(pts, key, False)
    assert [pts for pts in range(6) if suspects.is_bad(pts)] == [1, 2, 3]


def test_what_is_missing_is_filled_in() -> None:
    repeated: set[int] = set()
    frames = iter([(2, None, "b"), (4, None, "d")])
    found = mended(frames, (1, 2, 3, 4, 5), True, repeated)
    assert [(pts, frame) for pts, _, frame in found] == [(1, "b"), (2, "b"), (3, "b"), (4, "d"), (5, "d")]
    assert repeated == {1, 3, 5}
