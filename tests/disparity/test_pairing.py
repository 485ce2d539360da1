"""Which map belongs to which frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.clip import ClipInfo
from anybokeh.disparity import open_disparity
from anybokeh.disparity.pairing import paired
from anybokeh.errors import InputError

from .test_video import write_video


def folder(path: Path, numbers: list[int], name: str = "{:04}.png") -> Path:
    """Maps whose value is their number."""
    path.mkdir()
    for number in numbers:
        cv2.imwrite(str(path / name.format(number)), np.full((4, 6), number, np.uint8))
    return path


def clip(numbers: list[int] | None) -> ClipInfo:
    return ClipInfo(Path("clip"), 6, 4, numbers=None if numbers is None else tuple(numbers))


def values(
    maps: Path, numbers: list[int] | None, count: int, timing=None
) -> tuple[list[int], tuple[str, ...]]:
    source, notes = paired(open_disparity(maps), clip(numbers), np.arange(count) / 24, timing)
    assert source.count == count
    return [round(float(source.read(i)[0, 0]) * 255) for i in range(count)], notes


def test_images_and_maps_with_other_gaps_are_paired_by_number(tmp_path: Path) -> None:
    maps = folder(tmp_path / "maps", [number for number in range(1, 15) if number != 3])
    numbers = [number for number in range(1, 15) if number not in (3, 7, 8)]
    found, notes = values(maps, numbers, len(numbers))
    assert found == numbers and "2 maps have no image" in notes[0]
    with pytest.raises(InputError, match="no disparity maps for the images 3 of"):
        values(maps, list(range(1, 15)), 14)


def test_maps_that_count_from_elsewhere_follow_the_images(tmp_path: Path) -> None:
    maps = folder(tmp_path / "maps", [0, 1, 2, 3, 4])
    assert values(maps, [1001, 1002, 1003, 1004, 1005], 5) == ([0, 1, 2, 3, 4], ())
    assert values(maps, [1001, 1002, 1004, 1005], 4)[0] == [0, 1, 3, 4]


def test_official_values_follow_their_maps(tmp_path: Path) -> None:
    maps = folder(tmp_path / "maps", [1, 2, 3], "{0:05}_zf_0.{0}_k_{0}.png")
    source, _ = paired(open_disparity(maps), clip([1, 3]), np.arange(2) / 24)
    assert source.official is not None and source.official.blur is not None
    np.testing.assert_allclose(source.official.focus, [0.1, 0.3])
    np.testing.assert_allclose(source.official.blur, [1, 3])


@pytest.mark.parametrize("count", [4, 5, 7, 8])
def test_a_map_or_two_too_few_or_too_many_are_told(tmp_path: Path, count: int) -> None:
    maps = folder(tmp_path / "maps", [1, 2, 3, 4, 5, 6])
    found, notes = values(maps, None, count)
    assert found == [min(i + 1, 6) for i in range(count)] and len(notes) == 1


def test_more_than_that_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    maps = folder(tmp_path / "maps", [1, 2, 3, 6])
    with pytest.raises(InputError, match=r"4 disparity maps .* 9 frames.*4-5 are missing"):
        values(maps, None, 9)
    with pytest.raises(InputError, match="disparity-timing stretch"):
        values(folder(tmp_path / "more", [1, 2, 3, 4]), None, 9)
    assert values(tmp_path / "more", None, 7, "stretch")[0] == [1, 2, 2, 3, 3, 4, 4]
    with pytest.raises(InputError, match="no frame rate"):
        values(tmp_path / "more", None, 7, "by-time")


def test_maps_of_another_frame_rate_are_paired_by_time(tmp_path: Path) -> None:
    def grey(index: int) -> np.ndarray:
        return np.full((48, 64), 40 + 2 * index, np.uint8)

    maps = open_disparity(
        write_video(tmp_path / "maps.mkv", "ffv1", "gray", "gray", grey)
    )  # 70 at 24 a second
    times = np.arange(140) / 48
    source, notes = paired(maps, ClipInfo(Path("clip"), 64, 48, frame_rate=Fraction(48)), times)
    assert "paired by time" in notes[0]
    for frame in (0, 1, 2, 3, 60, 138):
        shown = (source.read(frame)[0, 0] * 255 - 40) / 2
        assert abs(shown - frame / 2) <= 0.51
