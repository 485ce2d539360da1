"""Grain and dither of a render, from file to file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import anybokeh
import tiny
from anybokeh.errors import InputError

HEIGHT, WIDTH, FRAMES = 128, 160, 8
BLURRED = np.s_[16:-16, 80:-16]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A slope with grain whose left is near."""
    rng = np.random.default_rng(0)
    slope = np.linspace(90, 140, WIDTH)[:, None] + np.zeros((HEIGHT, 1, 3))
    frames = [(slope + rng.normal(0, 3, slope.shape)).round().astype(np.uint8) for _ in range(FRAMES)]
    return tiny.lossless(tmp_path / "clip.mkv", frames)


def render(clip: Path, name: str, **options) -> list[np.ndarray]:
    disparity = np.full((FRAMES, HEIGHT, WIDTH), 0.1, np.float32)
    disparity[:, :, : WIDTH // 3] = 0.8
    maps = clip.parent / "maps.npy"
    np.save(maps, disparity)
    output = clip.parent / name
    anybokeh.render_clip(
        clip, output, **{"disparity": maps, "focus": 0.8, "blur": 60.0, "codec": "ffv1", **options}
    )
    return tiny.frames_of(output)


def deviation(frame: np.ndarray) -> float:
    """Of what changes from pixel to pixel."""
    values = frame[BLURRED].astype(float)
    return float((values[:, 1:] - values[:, :-1]).std() / np.sqrt(2))


def test_blur_keeps_the_grain_by_default(clip: Path) -> None:
    before = tiny.frames_of(clip)
    with_grain, without = (render(clip, f"{grain}.mkv", grain=grain, dither=False) for grain in (1.0, 0.0))
    for index in (0, 5):
        assert deviation(with_grain[index]) == pytest.approx(deviation(before[index]), rel=0.15)
        assert deviation(without[index]) < 0.7
        in_focus = np.s_[:, : WIDTH // 3 - 4]
        assert np.array_equal(with_grain[index][in_focus], before[index][in_focus])


def test_half_of_it(clip: Path) -> None:
    half = render(clip, "half.mkv", grain=0.5, dither=False)
    assert deviation(half[3]) == pytest.approx(1.5, rel=0.2)


def test_segments_and_parts_come_out_as_the_whole_does(clip: Path) -> None:
    whole = render(clip, "whole.mkv")
    cut = render(clip, "cut.mkv", segment_frames=3)
    part = render(clip, "part.mkv", start=3 / 25, end=6 / 25)
    assert all(map(np.array_equal, whole, cut))
    assert len(part) == 3
    assert all(map(np.array_equal, whole[3:6], part))


def test_rounding_is_spread_unless_that_is_switched_off(clip: Path) -> None:
    plain, spread = (render(clip, f"{dither}.mkv", grain=0.0, dither=dither) for dither in (False, True))
    assert not np.array_equal(plain[2], spread[2])
    assert np.abs(plain[2].astype(int) - spread[2]).max() <= 1


def test_the_option_reads_words_and_shares() -> None:
    from anybokeh.options.values import with_values
    from anybokeh.settings import RenderSettings

    for text, share in (("match", 1.0), ("off", 0.0), ("0.5", 0.5)):
        assert with_values(RenderSettings(), {"grain": text}).grain == share
    with pytest.raises(InputError, match="grain is 'much': expected match, off or a share"):
        with_values(RenderSettings(), {"grain": "much"})


def test_between_bars_the_picture_comes_out_as_without_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    wide = rng.integers(0, 255, (HEIGHT, WIDTH + FRAMES, 3), np.uint8)
    pictures = [wide[:, index : index + WIDTH].copy() for index in range(FRAMES)]
    for picture in pictures:
        picture[:20], picture[-20:] = 0, 0
    disparity = np.full((FRAMES, HEIGHT, WIDTH), 0.3, np.float32)
    disparity[:, :, 60:100] = 0.7
    results = []
    for name, rows in (("whole", slice(None)), ("inside", slice(20, -20))):
        clip = tiny.lossless(tmp_path / f"{name}.mkv", [np.ascontiguousarray(one[rows]) for one in pictures])
        np.save(tmp_path / f"{name}.npy", disparity[:, rows])
        output = tmp_path / f"{name}-out.mkv"
        anybokeh.render_clip(
            clip, output, disparity=tmp_path / f"{name}.npy", focus=0.7, blur=80, codec="ffv1", grain=0.0
        )
        results.append(tiny.frames_of(output))
    for whole, inside in zip(*results, strict=True):
        assert np.array_equal(whole[20:-20], inside)
        assert not whole[:20].any() and not whole[-20:].any()


def test_titles_stay_and_do_not_smear(tmp_path: Path) -> None:
    slope = np.linspace(60, 90, WIDTH)[:, None] + np.zeros((HEIGHT, 1, 3))
    titled = slope.astype(np.uint8)
    titled[50:58, 40:120] = 255
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[50:58, 40:120] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    clip = tiny.lossless(tmp_path / "clip.mkv", [titled] * FRAMES)
    after = render(clip, "after.mkv", protect=tmp_path / "mask.png", focus=1.0, repair=False)[4]
    assert np.array_equal(after[50:58, 40:120], titled[50:58, 40:120])
    around = np.s_[30:48, 60:150]
    assert after[around].max() <= 95
    assert render(clip, "smeared.mkv", focus=1.0, repair=False)[4][around].max() > 110


@pytest.mark.parametrize("count", [2, FRAMES + 1])
def test_masks_have_to_be_as_many_as_frames(clip: Path, count: int) -> None:
    masks = tiny.masks(clip.parent / "masks", count, HEIGHT, WIDTH)
    with pytest.raises(InputError, match=f"holds {count} masks"):
        render(clip, "never.mkv", protect=masks)
    assert not (clip.parent / "never.mkv").exists()
