"""In and Out choose exactly the frames that they stand on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.clip import open_clip
from anybokeh.clip.times import time_stamps
from anybokeh.errors import InputError
from anybokeh.options.command_line import words_of
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings
from anybokeh.studio.part import Part
from clip import make

COUNT = 40


def varying(folder: Path) -> Path:
    times = np.cumsum(np.random.default_rng(3).integers(1, 9, COUNT)).tolist()
    return make.video(folder / "a.mp4", tiny.pictures(COUNT), times=[128 * one for one in times])


def at_rate(rate: Fraction, name: str):
    def made(folder: Path) -> Path:
        tick = Fraction(1, rate.numerator)
        return make.video(folder / name, tiny.pictures(COUNT), time_base=tick, step=rate.denominator)

    return made


CLIPS = {
    "24": at_rate(Fraction(24), "a.mp4"),
    "23.976": at_rate(Fraction(24000, 1001), "a.mp4"),
    "23.976 in milliseconds": at_rate(Fraction(24000, 1001), "a.mkv"),
    "59.94": at_rate(Fraction(60000, 1001), "a.mov"),
    "variable": varying,
    "images": lambda folder: tiny.images(folder / "images", tiny.pictures(COUNT)),
}


@pytest.mark.parametrize("name", CLIPS)
def test_a_part_is_exactly_its_frames(tmp_path: Path, name: str) -> None:
    clip = CLIPS[name](tmp_path)
    with open_clip(clip) as opened:
        times = time_stamps(opened.info)
    assert len(times) == COUNT
    last = COUNT - 1
    for part in (Part(1, 3), Part(None, 7), Part(11, None), Part(23, 23), Part(0, last), Part(last, last)):
        start, end = part.seconds(times)
        with open_clip(clip, start=start, end=end) as chosen:
            found = [frame.index for frame in chosen]
        expected = range(part.first or 0, (last if part.last is None else part.last) + 1)
        assert found == [*expected], part
        # the copied command says the same
        words = words_of(with_values(RenderSettings(), {"start": start, "end": end}), ["start", "end"])
        said = dict(zip(words[::2], map(float, words[1::2]), strict=True))
        assert (said.get("--start"), said.get("--end")) == (start, end)


def test_the_whole_clip_needs_no_seconds() -> None:
    assert Part(0, COUNT - 1).seconds(np.arange(COUNT) / 24) == (None, None)


def test_frames_that_the_clip_has_not_are_told() -> None:
    with pytest.raises(InputError, match="last is 40: the clip has frames 0 to 39"):
        Part(0, COUNT).seconds(np.arange(COUNT) / 24)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (-1, None, "first is -1"),
        (1.5, None, "first is 1.5"),
        (True, None, "first is True"),
        (None, "3", "last is '3'"),
        (5, 4, "last is 4: expected the first frame .5. or a later one"),
    ],
)
def test_what_is_no_part_is_refused(first, last, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Part(first, last)
