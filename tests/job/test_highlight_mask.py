"""Masks of highlights in clips: one picture, a folder, a video."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh import Lens, render_clip
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.job.frame_masks import FrameMasks, open_highlight_masks
from anybokeh.settings import RenderSettings
from clip import make

FRAMES = 3
LENS = Lens(highlight_strength=20, highlight_threshold=0.5)
PLAIN = {"steady": False, "repair": False, "hidden": False}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Dark, with lamps at the left and at the right."""
    pictures = [np.full((tiny.HEIGHT, tiny.WIDTH, 3), 30, np.uint8) for _ in range(FRAMES)]
    for one in pictures:
        one[24, 16] = one[24, 48] = 255
    np.save(tmp_path / "d.npy", np.full((FRAMES, tiny.HEIGHT, tiny.WIDTH), 0.2, np.float32))
    return tiny.lossless(tmp_path / "a.mkv", pictures)


def left(height: int = tiny.HEIGHT, width: int = tiny.WIDTH) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[:, : width // 2] = 255
    return mask


def opened(clip: Path, mask: Path, **options) -> tuple[FrameMasks, tuple[str, ...]]:
    with open_clip(clip) as reader:
        settings = RenderSettings(**{"highlight_mask": mask, "lens": LENS, **options})
        found, notes = open_highlight_masks(settings, reader.info, FRAMES)
    assert found is not None
    return found, notes


def rendered(clip: Path, output: Path, **options) -> list[np.ndarray]:
    where = {"disparity": clip.parent / "d.npy", "focus": 0.8, "blur": 120.0, "codec": "ffv1"}
    render_clip(clip, output, **{**where, **PLAIN, "lens": LENS, **options})
    return tiny.frames_of(output)


def test_only_what_is_white_is_boosted(clip: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "mask.png"), left())
    masked = rendered(clip, tmp_path / "b.mkv", highlight_mask=tmp_path / "mask.png")
    every, none = rendered(clip, tmp_path / "c.mkv"), rendered(clip, tmp_path / "e.mkv", lens=Lens())
    for one, boosted, plain in zip(masked, every, none, strict=True):
        np.testing.assert_array_equal(one[:, :30], boosted[:, :30])
        np.testing.assert_array_equal(one[:, 34:], plain[:, 34:])
        assert (boosted[:, 34:] != plain[:, 34:]).any()


def test_one_mask_a_frame_from_a_folder_or_a_video(clip: Path, tmp_path: Path) -> None:
    masks = [left() // (index + 1) for index in range(FRAMES)]
    folder = tiny.maps(tmp_path / "masks", np.stack(masks) / 255)
    video = tiny.lossless(tmp_path / "masks.mkv", [np.repeat(one[..., None], 3, axis=2) for one in masks])
    for path in (folder, video):
        found, _ = opened(clip, path)
        for index in (2, 0, 1):
            assert found.read(index) == pytest.approx(masks[index] / 255, abs=1e-3)


def test_masks_of_another_size_and_cut_outs(clip: Path, tmp_path: Path) -> None:
    large = np.dstack([left(96, 128)] * 2 + [np.zeros((96, 128), np.uint8)] + [left(96, 128)])
    large[..., :3] = 255
    cv2.imwrite(str(tmp_path / "cut.png"), large)
    assert opened(clip, tmp_path / "cut.png")[0].read(1) == pytest.approx(left() / 255)


def test_a_part_of_the_clip_takes_its_own_masks(tmp_path: Path) -> None:
    clip = make.video(tmp_path / "a.mp4", tiny.pictures(FRAMES))
    lamps = np.full((FRAMES, tiny.HEIGHT, tiny.WIDTH), 0.2, np.float32)
    np.save(tmp_path / "d.npy", lamps)
    folder = tiny.maps(tmp_path / "masks", np.stack([left() / 255 * (index == 2) for index in range(FRAMES)]))
    whole = rendered(clip, tmp_path / "w.mkv", highlight_mask=folder)
    plain = rendered(clip, tmp_path / "n.mkv", lens=Lens())
    assert [bool((one != other).any()) for one, other in zip(whole, plain, strict=True)] == [
        False,
        False,
        True,
    ]
    part = rendered(clip, tmp_path / "p.mkv", highlight_mask=folder, start=0.08)
    assert len(part) == 1
    np.testing.assert_array_equal(part[0], whole[2])


def test_bars_are_cut_off_the_mask_as_off_the_picture(clip: Path, tmp_path: Path) -> None:
    rows = np.s_[12:36]
    pictures = [picture.copy() for picture in tiny.frames_of(clip)]
    for one in pictures:
        one[:12] = one[36:] = 0
        one[24, 16] = one[13, 48] = 255
    barred, inside = tmp_path / "bars", tmp_path / "inside"
    for folder, cut in ((barred, np.s_[:]), (inside, rows)):
        folder.mkdir()
        tiny.lossless(folder / "a.mkv", [picture[cut] for picture in pictures])
        np.save(folder / "d.npy", np.full((FRAMES, *pictures[0][cut].shape[:2]), 0.2, np.float32))
        cv2.imwrite(str(folder / "mask.png"), left()[cut])
    whole, part = (
        rendered(folder / "a.mkv", folder / "b.mkv", highlight_mask=folder / "mask.png", focus=0.6, grain=0.0)
        for folder in (barred, inside)
    )
    np.testing.assert_array_equal(np.stack(whole)[:, rows], np.stack(part))


def test_what_does_not_fit_is_one_line(clip: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "mask.png"), left())
    two = tiny.maps(tmp_path / "two", np.stack([left() / 255] * 2))
    cv2.imwrite(str(tmp_path / "tall.png"), left(90, 64))
    cases = [
        ({"mask": tmp_path / "mask.png", "lens": Lens()}, "expected --highlights STRENGTH as well"),
        ({"mask": tmp_path / "no.png"}, "no such file or folder"),
        ({"mask": two}, "holds 2 masks but the clip has 3 frames"),
        ({"mask": tmp_path / "tall.png"}, "masks are 64x90 but frames are 64x48"),
    ]
    for options, part in cases:
        with pytest.raises(InputError, match=part) as error:
            opened(clip, **options)
        assert "\n" not in str(error.value)


def test_nothing_is_opened_where_nothing_is_given(clip: Path) -> None:
    with open_clip(clip) as reader:
        assert open_highlight_masks(RenderSettings(), reader.info, FRAMES) == (None, ())
