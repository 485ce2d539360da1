"""Numbered images: which belong together, their numbers in and out, and when each is shown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anybokeh.clip import ClipInfo, Frame, check_output, open_clip, open_writer
from anybokeh.clip.image_sink import image_name
from anybokeh.clip.outputs import named_output
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError

from .test_images import save
from .test_video import read
from .test_writer import copy


def write(folder: Path, numbers: list[int], name: str = "{:04}.png") -> Path:
    """Images whose value is their number."""
    for number in numbers:
        save(folder / name.format(number), np.full((4, 6, 3), number % 256, np.uint8))
    return folder


GAPS = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14]


def test_missing_images_hold_the_one_before_and_are_told(tmp_path: Path) -> None:
    with open_clip(write(tmp_path / "in", GAPS)) as reader:
        info, frames = reader.info, list(reader)
    assert info.numbers == tuple(GAPS) and info.variable_rate
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time * 24 for frame in frames] == [number - 1 for number in GAPS]
    assert frames[5].duration == Fraction(3, 24) and frames[-1].duration == Fraction(1, 24)
    assert source_times(info) * 24 == pytest.approx([number - 1 for number in GAPS])
    assert len(info.notes) == 1 and "7-8 are missing" in info.notes[0]
    with open_clip(tmp_path / "in", start=5 / 24, end=9 / 24) as part:
        assert [(frame.index, frame.pixels[0, 0, 0]) for frame in part] == [(5, 6), (6, 9)]
    copy(tmp_path / "in", tmp_path / "b.mp4")
    assert [frame.time * 24 for frame in read(tmp_path / "b.mp4")] == [number - 1 for number in GAPS]


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        (25, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_the_rate_of_images_can_be_given(tmp_path: Path, given: float, rate: Fraction) -> None:
    write(tmp_path / "in", list(range(10)))
    with open_clip(tmp_path / "in", rate=given) as reader:
        info, frames = reader.info, list(reader)
    assert [frame.time for frame in frames] == [i / rate for i in range(10)]
    with open_writer(tmp_path / "b.mp4", info) as writer:
        for frame in frames:
            writer.write(frame)
    with open_clip(tmp_path / "b.mp4") as reader:
        assert reader.info.frame_rate == rate


def test_rates_are_for_images(tmp_path: Path) -> None:
    write(tmp_path / "in", [1, 2])
    copy(tmp_path / "in", tmp_path / "b.mp4")
    with pytest.raises(InputError, match="is for images"):
        open_clip(tmp_path / "b.mp4", rate=25)
    with pytest.raises(InputError, match="expected 0"):
        open_clip(tmp_path / "in", rate=0)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.1001.png", "a.1002.png", "a.1004.png"], ["1001.png", "1002.png", "1004.png"]),
        (["shot_v02_00099.png", "shot_v02_00100.png"], ["00099.png", "00100.png"]),
        (["9.png", "10.png", "11.png"], ["000009.png", "000010.png", "000011.png"]),
        (["wall.png", "lamp.png"], ["000000.png", "000001.png"]),
    ],
)
def test_numbers_and_their_padding_are_kept(tmp_path: Path, names: list[str], expected: list[str]) -> None:
    for name in names:
        save(tmp_path / "in" / name, np.zeros((4, 6, 3), np.uint8))
    copy(tmp_path / "in", tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == expected


def test_several_sequences_in_a_folder_are_told_and_chosen_by_name(tmp_path: Path) -> None:
    write(tmp_path, [1, 2, 3], "beauty.{:04}.png")
    write(tmp_path, [101, 102, 103], "depth.{:04}.png")
    with pytest.raises(InputError, match=r"beauty\.####\.png, depth\.####\.png") as caught:
        open_clip(tmp_path)
    assert "\n" not in str(caught.value)
    for pattern in ("depth.####.png", "depth.%04d.png", "depth.*.png", "depth.0101-0103.png", "d*.png"):
        assert [frame.pixels[0, 0, 0] for frame in read(tmp_path / pattern)] == [101, 102, 103]
    assert [frame.pixels[0, 0, 0] for frame in read(tmp_path / "depth.0102-0103.png")] == [102, 103]
    assert len(read(tmp_path / "*.png")) == 6
    with pytest.raises(InputError, match="no such file"):
        open_clip(tmp_path / "depth.#####.png")
    with pytest.raises(InputError, match="No such file"):
        open_clip(tmp_path / "no" / "depth.####.png")


def test_two_takes_are_not_interleaved(tmp_path: Path) -> None:
    for take in (1, 2):
        write(tmp_path, [1, 2, 3], f"take{take}_{{:04}}.png")
    with pytest.raises(InputError, match="several sequences"):
        open_clip(tmp_path)
    assert len(read(tmp_path / "take2_%04d.png")) == 3


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("bokeh.####.png", None, ["bokeh.0000.png", "bokeh.0001.png"]),
        ("bokeh.%03d.exr", (1001, 1002), ["bokeh.1001.exr", "bokeh.1002.exr"]),
        ("bokeh.1001-1100.tif", None, ["bokeh.1001.tif", "bokeh.1002.tif"]),
        ("bokeh.1001-1100.tif", (7, 9), ["bokeh.1001.tif", "bokeh.1003.tif"]),
    ],
)
def test_outputs_get_the_names_that_are_asked_for(
    tmp_path: Path, name: str, source: tuple[int, ...] | None, expected: list[str]
) -> None:
    folder, naming, codec = named_output(tmp_path / "out" / name)
    assert folder == tmp_path / "out" and codec in ("png", "exr", "tiff")
    info = replace(ClipInfo(tmp_path / "in", 6, 4), naming=naming, numbers=source)
    assert [image_name(info, index, ".png") for index in range(2)] == expected


def test_names_that_images_cannot_get_are_refused(tmp_path: Path) -> None:
    for name in ("a.####.mp4", "a.####.jpg", "a*.png"):
        with pytest.raises(InputError, match=r"expected|number goes"):
            named_output(tmp_path / name)


def test_other_images_beside_named_outputs_are_not_deleted(tmp_path: Path) -> None:
    write(tmp_path / "out", [1, 2], "beauty.{:04}.png")
    folder, naming, _ = named_output(tmp_path / "out" / "bokeh.####.png")
    info = replace(ClipInfo(tmp_path / "in", 6, 4), naming=naming)
    with pytest.raises(InputError, match=r"beauty\.000[12]\.png"):
        check_output(folder, info, overwrite=True)
    with open_writer(tmp_path / "new", info) as writer:
        writer.write(Frame(3, Fraction(0), None, np.zeros((4, 6, 3), np.uint8)))
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["bokeh.0003.png"]
