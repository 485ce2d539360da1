from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.finish.bars import Inside, find_bars

HEIGHT, WIDTH = 144, 256


def pictures(count: int = 6, brightness: float = 0.6) -> list[np.ndarray]:
    """Pictures that move, without bars."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.random((HEIGHT, WIDTH + 20 * count, 3)).astype(np.float32), (0, 0), 6)
    wide = brightness * (wide - wide.min()) / np.ptp(wide) + 0.02
    return [wide[:, 20 * number : 20 * number + WIDTH].copy() for number in range(count)]


def barred(
    given: list[np.ndarray], top: int = 0, bottom: int = 0, left: int = 0, right: int = 0, colour: float = 0.0
) -> list[np.ndarray]:
    result = []
    for picture in given:
        one = np.full_like(picture, colour)
        inside = np.s_[top : HEIGHT - bottom, left : WIDTH - right]
        one[inside] = picture[inside]
        result.append(one)
    return result


def test_no_bars() -> None:
    assert find_bars(pictures()) is None
    assert find_bars([]) is None


@pytest.mark.parametrize("colour", [0.0, 0.06])
def test_letterbox(colour: float) -> None:
    assert find_bars(barred(pictures(), 18, 20, colour=colour)) == Inside(18, HEIGHT - 20, 0, WIDTH)


def test_pillars() -> None:
    assert find_bars(barred(pictures(), left=32, right=30)) == Inside(0, HEIGHT, 32, WIDTH - 30)


def test_both() -> None:
    assert find_bars(barred(pictures(), 10, 12, 20, 22)) == Inside(10, HEIGHT - 12, 20, WIDTH - 22)


def test_titles_in_a_bar_do_not_hide_where_it_ends() -> None:
    given = barred(pictures(), 20, 20)
    for one in given[2:]:
        one[-14:-5, 90:150:2] = 1
    assert find_bars(given) == Inside(20, HEIGHT - 20, 0, WIDTH)


def test_fading_in_does_not_widen_them() -> None:
    given = barred(
        [picture * share for picture, share in zip(pictures(4), (0, 0.1, 0.5, 1), strict=True)], 16, 16
    )
    assert find_bars(given) == Inside(16, HEIGHT - 16, 0, WIDTH)


def test_a_row_that_mixes_both_belongs_to_the_bar() -> None:
    given = barred(pictures(), 16, 16)
    for one in given:
        one[16] *= 0.3
    assert find_bars(given) == Inside(17, HEIGHT - 16, 0, WIDTH)


def test_compressed_bars_are_found() -> None:
    given = []
    for one in barred(pictures(), 20, 20):
        _, data = cv2.imencode(".jpg", (one * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 70])
        given.append(cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255)
    assert find_bars(given) == Inside(20, HEIGHT - 20, 0, WIDTH)


@pytest.mark.parametrize("colour", [0.5, 1.0])
def test_bright_borders_are_part_of_the_picture(colour: float) -> None:
    assert find_bars(barred(pictures(), 18, 18, colour=colour)) is None


def test_a_dark_sky_is_no_bar() -> None:
    slope = np.clip(np.arange(HEIGHT) / HEIGHT - 0.2, 0, 1)[:, None, None].astype(np.float32)
    assert find_bars([picture * slope for picture in pictures()]) is None


def test_bars_of_some_moments_only_are_none() -> None:
    assert find_bars([*barred(pictures(3), 18, 18), *pictures(3)]) is None


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_a_blank_clip_has_none(value: float) -> None:
    assert find_bars([np.full((HEIGHT, WIDTH, 3), value, np.float32)] * 3) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 5)])
def test_tiny_pictures_have_none(shape: tuple[int, int]) -> None:
    assert find_bars([np.zeros((*shape, 3), np.float32)]) is None
