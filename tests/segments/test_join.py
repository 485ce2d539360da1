"""Joining segments of a video: the times of its frames come out as they came in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from anybokeh.clip import codecs, open_clip
from anybokeh.segments.video_output import VideoSegmentWriter, join
from clip import make


def rewritten(source: Path, target: Path, length: int) -> None:
    """Encode a clip in segments of so many frames and join them."""
    with open_clip(source) as clip:
        encoding = codecs.choose(target, clip.info, None, None)
        files, writer = [], None
        for frame in clip:
            if frame.index % length == 0:
                writer = VideoSegmentWriter(target.with_suffix(f".{len(files)}"), clip.info, encoding)
            assert writer is not None
            writer.write(frame)
            if frame.index % length == length - 1 or frame.index + 1 == clip.info.frame_count:
                files.append((target.with_suffix(f".{len(files)}"), writer.finish(len(files))))
        join(files, target, clip.info, encoding, source, None, None)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("late", [0, 500])
def test_held_frames_and_late_pictures_keep_their_times(tmp_path: Path, suffix: str, late: int) -> None:
    """A frame held for 3 s among B-frames, in a video that may begin after its sound."""
    times = [late + (40 * i if i < 4 else 40 * i + 3000) for i in range(24)]
    pictures = [make.picture(64, 96, i) for i in range(24)]
    source = make.video(
        tmp_path / "a.mkv", pictures, times=times, time_base=Fraction(1, 1000), audio=("eng",)
    )
    rewritten(source, tmp_path / f"b{suffix}", 12)
    with open_clip(source) as a, open_clip(tmp_path / f"b{suffix}") as b:
        assert [frame.time for frame in b] == [frame.time for frame in a]
        assert b.info.first_time == a.info.first_time == Fraction(late, 1000)
    if suffix == ".mkv":
        return  # it stores no times of decoding
    with av.open(str(tmp_path / f"b{suffix}")) as container:
        packets = [p for p in container.demux(video=0) if p.size and p.dts is not None]
        leads = np.array([float((p.pts - p.dts) * p.time_base) for p in packets])
    assert packets[0].is_keyframe
    # a reader that passes over the edit list is off by what decoding leads at the beginning
    assert leads[0] <= 0.17
