"""Time stamps of joined and broken files, of frames that are held, and of packets as they are decoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from anybokeh.clip import open_clip
from anybokeh.clip.joined_files import unread_parts
from anybokeh.clip.packets import DecodingTimes, delay_of
from anybokeh.clip.times import source_times
from anybokeh.clip.truncation import least_size

from . import make
from .test_video import read
from .test_writer import copy

PICTURES = [make.picture(64, 96, i) for i in range(25)]


def append(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def moved(source: Path, target: Path, seconds: float) -> Path:
    """The same file with a clock that begins so much later."""
    options = {"output_ts_offset": str(seconds), "mpegts_copyts": "1"}
    with av.open(str(source)) as given, av.open(str(target), "w", options=options) as made:
        streams = {s.index: made.add_stream_from_template(s, opaque=True) for s in given.streams}
        for packet in given.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                made.mux(packet)
    return target


def beeps(path: Path) -> list[float]:
    """Seconds from the first frame of the picture at which silence ends."""
    with av.open(str(path)) as container:
        origin = next(container.decode(video=0)).time
    found, last = [], -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.05)
            if loud.size:
                if frame.time + loud[0] / frame.sample_rate - last > 0.2:
                    found.append(frame.time + loud[0] / frame.sample_rate - origin)
                last = frame.time + loud[-1] / frame.sample_rate
    return found


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".ts", "libx264"),
        (".ts", "mpeg2video"),
        (".vob", "mpeg2video"),
        (".vob", "libx264"),
        (".mkv", "libx264"),
    ],
)
def test_joined_files_go_on_where_the_first_part_ends(tmp_path: Path, suffix: str, codec: str) -> None:
    part = make.video(tmp_path / f"a{suffix}", PICTURES, codec=codec, time_base=Fraction(1, 25), step=1)
    joined = append(tmp_path / f"j{suffix}", part, part)
    with open_clip(joined) as reader:
        frames = list(reader)
        times = source_times(reader.info)
    assert [frame.time for frame in frames] == [Fraction(i, 25) for i in range(50)]
    np.testing.assert_allclose(times, np.arange(50) / 25, atol=1e-9)
    assert [frame.index for frame in read(joined, start=1.2, end=1.6)] == list(range(30, 40))


@pytest.mark.parametrize(
    ("name", "parts", "read_of_them"), [("a.mkv", 3, 2), ("a.mp4", 2, 1), ("a.mov", 2, 1)]
)
def test_parts_of_joined_files_that_are_not_read_are_told(
    tmp_path: Path, name: str, parts: int, read_of_them: int
) -> None:
    part = make.video(tmp_path / name, PICTURES, time_base=Fraction(1, 25), step=1)
    for count in range(1, parts + 1):
        with open_clip(append(tmp_path / f"joined_{name}", *[part] * count)) as reader:
            assert len(list(reader)) == 25 * min(count, read_of_them)
            told = [note for note in reader.info.notes if "one after another" in note]
        assert len(told) == (count > read_of_them)
    assert told[0].startswith(f"holds {parts} recordings")


@pytest.mark.parametrize(("start", "end", "frames"), [(0.2, 0.8, range(5, 20)), (0.12, 0.2, range(3, 5))])
def test_parts_of_counted_frames(tmp_path: Path, start: float, end: float, frames: range) -> None:
    source = make.video(tmp_path / "a.vob", PICTURES, time_base=Fraction(1, 25), step=1)
    with open_clip(source, start=start, end=end) as reader:
        assert reader.frame_count == len(frames)
        assert [frame.index for frame in reader] == list(frames)


def test_sizes_beyond_a_file_are_no_parts(tmp_path: Path) -> None:
    huge = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 6 + b"\xfe"
    (tmp_path / "a.mkv").write_bytes(huge)
    assert unread_parts(tmp_path / "a.mkv") is None
    (tmp_path / "b.mkv").write_bytes(b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 6 + b"\xfe" + bytes(8))
    assert unread_parts(tmp_path / "b.mkv") is None
    assert least_size(tmp_path / "b.mkv") == 0


@pytest.mark.parametrize(("suffix", "sound"), [(".ts", "aac"), (".vob", "ac3")])
def test_sound_of_joined_files_stays_with_the_picture(tmp_path: Path, suffix: str, sound: str) -> None:
    part = make.video(
        tmp_path / f"a{suffix}", PICTURES, time_base=Fraction(1, 25), step=1, audio=("eng",), sound=sound,
        beep=0.4,
    )  # fmt: skip
    joined = append(tmp_path / f"j{suffix}", part, part, part)
    for name in ("b.mp4", "b.mkv"):
        copy(joined, tmp_path / name)
        assert [float(f.time) for f in read(tmp_path / name)] == pytest.approx(np.arange(75) / 25, abs=1e-3)
        assert beeps(tmp_path / name) == pytest.approx([0.4, 1.4, 2.4], abs=0.03)
    copy(joined, tmp_path / "c.mp4", start=1.2)
    assert beeps(tmp_path / "c.mp4") == pytest.approx([0.2, 1.2], abs=0.03)


def test_a_transmission_whose_clock_jumps_ahead_has_no_gap(tmp_path: Path) -> None:
    part = make.video(tmp_path / "a.ts", PICTURES)
    joined = append(tmp_path / "j.ts", part, moved(part, tmp_path / "later.ts", 3600))
    assert [frame.time for frame in read(joined)] == [Fraction(i, 25) for i in range(50)]


def test_a_transmission_that_stands_still_for_seconds_keeps_the_gap(tmp_path: Path) -> None:
    ticks = [i if i < 12 else i + 75 for i in range(25)]
    source = make.video(tmp_path / "a.ts", PICTURES, times=ticks, time_base=Fraction(1, 25))
    assert [frame.time for frame in read(source)] == [Fraction(t, 25) for t in ticks]


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_frames_left_out_of_an_avi_hold_the_one_before(tmp_path: Path, codec: str) -> None:
    ticks = [i if i < 10 else i + 10 for i in range(25)]
    source = make.video(
        tmp_path / "a.avi", PICTURES, codec=codec, times=ticks, time_base=Fraction(1, 25), options={"bf": "0"}
    )
    with open_clip(source) as reader:
        frames = list(reader)
        assert reader.info.variable_rate
        assert source_times(reader.info) * 25 == pytest.approx(ticks)
    assert [frame.time * 25 for frame in frames] == ticks
    assert frames[9].duration == Fraction(11, 25)
    assert [frame.index for frame in read(source, start=0.9)] == list(range(13, 25))


def test_b_frames_of_an_avi_come_in_order(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.avi", PICTURES, time_base=Fraction(1, 25), step=1)
    assert [frame.time * 25 for frame in read(source)] == list(range(25))


def test_decoding_runs_ahead_by_frames_whatever_is_held() -> None:
    # the frame at 1 is held for long, and the two after it are decoded before
    coded = [0, 80, 78, 1, 79, 81]
    shown = sorted(coded)
    delay = delay_of(coded)
    assert delay == 2
    decoding = DecodingTimes(delay, 1)
    due = decoding.of(shown[:3]) + decoding.of(shown[3:])
    assert due == [-2, -1, 0, 1, 78, 79]
