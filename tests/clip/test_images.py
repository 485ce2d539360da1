"""Folders of images in and out."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.clip import ClipInfo, Frame, exr, open_clip, open_writer
from anybokeh.errors import InputError

from . import make
from .test_video import psnr, read
from .test_writer import copy


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    order = [2, 1, 0, 3][: pixels.shape[-1]] if pixels.ndim == 3 else ...
    assert cv2.imwrite(str(path), pixels[..., order] if pixels.ndim == 3 else pixels)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_images_are_read_bit_for_bit_in_natural_order(tmp_path: Path, suffix: str, dtype: type) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, np.iinfo(dtype).max + 1, (5, 7, 3), dtype) for _ in range(12)]
    for i, picture in enumerate(pictures):
        save(tmp_path / "in" / f"frame_{i}{suffix}", picture)
    (tmp_path / "in" / "notes.txt").write_text("not an image")
    (tmp_path / "in" / f".hidden{suffix}").write_bytes(b"")
    with open_clip(tmp_path / "in") as reader:
        info, frames = reader.info, list(reader)
    assert (info.frame_count, info.frame_count_exact, info.frame_rate) == (12, True, None)
    assert (info.transfer, info.bit_depth) == ("srgb", 8 * dtype().itemsize)
    for i, frame in enumerate(frames):
        assert (frame.index, frame.time) == (i, Fraction(i, 24))
        np.testing.assert_array_equal(frame.pixels, pictures[i])


def test_ranges_of_a_folder_count_at_24_a_second(tmp_path: Path) -> None:
    for i in range(24):
        save(tmp_path / "in" / f"{i}.png", np.full((4, 4, 3), i, np.uint8))
    with open_clip(tmp_path / "in", start=0.25, end=0.5) as reader:
        assert [f.index for f in reader] == list(range(6, 12))
        assert reader.frame_count == 6
    with pytest.raises(InputError, match="ends at"):
        open_clip(tmp_path / "in", start=1)


def test_grey_and_alpha_images(tmp_path: Path) -> None:
    save(tmp_path / "grey" / "0.png", np.full((4, 4), 777, np.uint16))
    (frame,) = read(tmp_path / "grey")
    assert frame.pixels.shape == (4, 4, 3) and (frame.pixels == 777).all()
    rgba = np.random.default_rng(0).integers(0, 256, (4, 4, 4), np.uint8)
    save(tmp_path / "alpha" / "0.png", rgba)
    (frame,) = read(tmp_path / "alpha")
    np.testing.assert_array_equal(np.dstack([frame.pixels, frame.alpha]), rgba)


def test_one_image_is_a_clip_of_one_frame(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.jpg", make.picture(48, 64))
    with open_clip(tmp_path / "in" / "a.jpg") as reader:
        (frame,) = reader
        assert reader.info.transfer == "srgb"
    assert psnr(frame.pixels, make.picture(48, 64)) > 30


def test_faults_in_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no PNG"):
        open_clip(tmp_path / "empty")
    save(tmp_path / "mixed" / "0.png", np.zeros((4, 4, 3), np.uint8))
    save(tmp_path / "mixed" / "1.jpg", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(InputError, match="jpeg, png"):
        open_clip(tmp_path / "mixed")
    save(tmp_path / "sizes" / "0.png", np.zeros((4, 4, 3), np.uint8))
    save(tmp_path / "sizes" / "1.png", np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(InputError, match=r"1\.png: is 6x4"):
        open_clip(tmp_path / "sizes")
    save(tmp_path / "depths" / "0.png", np.zeros((4, 4, 3), np.uint8))
    save(tmp_path / "depths" / "1.png", np.zeros((4, 4, 3), np.uint16))
    with pytest.raises(InputError, match=r"1\.png: has 16 bits"):
        read(tmp_path / "depths")
    save(tmp_path / "broken" / "0.png", np.zeros((4, 4, 3), np.uint8))
    whole = (tmp_path / "broken" / "0.png").read_bytes()
    for content in (b"", b"no image", whole[: len(whole) // 2]):
        (tmp_path / "broken" / "1.png").write_bytes(content)
        with pytest.raises(InputError, match=r"1\.png: is not a whole PNG"):
            open_clip(tmp_path / "broken")
    (tmp_path / "broken" / "1.png").write_bytes(whole.replace(b"IDAT", b"JDAT"))
    with open_clip(tmp_path / "broken") as reader, pytest.raises(InputError, match=r"1\.png: damaged"):
        list(reader)


def test_what_follows_the_end_of_a_jpeg_or_turns_it_does_not_matter(tmp_path: Path) -> None:
    picture = make.picture(48, 64)
    save(tmp_path / "0.jpg", picture)
    save(tmp_path / "1.jpg", np.rot90(picture))
    upright, lying = ((tmp_path / name).read_bytes() for name in ("0.jpg", "1.jpg"))
    # the orientation tag of a phone that was held upright: turn clockwise to show
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    tag = b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff
    (tmp_path / "0.jpg").write_bytes(upright + bytes(10000))
    (tmp_path / "1.jpg").write_bytes(lying[:2] + b"\xff" + tag + lying[2:])
    for frame in read(tmp_path):
        assert psnr(frame.pixels, picture) > 30


@pytest.mark.parametrize(("suffix", "expected"), [(".png", ".png"), (".jpg", ".png"), (".tif", ".tif")])
def test_a_folder_is_written_as_what_it_was(tmp_path: Path, suffix: str, expected: str) -> None:
    for i in range(3):
        save(tmp_path / "in" / f"{i}{suffix}", make.picture(16, 24, i))
    copy(tmp_path / "in", tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"{i:06}{expected}" for i in range(3)]
    for a, b in zip(read(tmp_path / "in"), read(tmp_path / "out"), strict=True):
        np.testing.assert_array_equal(a.pixels, b.pixels)


def test_a_folder_becomes_a_tagged_video(tmp_path: Path) -> None:
    for i in range(5):
        save(tmp_path / "in" / f"{i}.png", make.picture(48, 64, i))
    copy(tmp_path / "in", tmp_path / "b.mp4")
    with open_clip(tmp_path / "b.mp4") as reader:
        info, frames = reader.info, list(reader)
    assert info.frame_rate == 24 and info.transfer == "srgb" and info.colour.matrix == 1
    assert [f.time for f in frames] == [Fraction(i, 24) for i in range(5)]
    assert min(psnr(f.pixels, make.picture(48, 64, i)) for i, f in enumerate(frames)) > 40


def test_exr_keeps_floats_and_linear_light(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    pixels = np.random.default_rng(0).normal(1, 3, (6, 8, 3)).astype(np.float32)
    info = ClipInfo(tmp_path / "x", 8, 6, bit_depth=32, transfer="linear", pixel_format="exr", codec="exr")
    with open_writer(tmp_path / "out", info) as writer:
        writer.write(Frame(0, Fraction(0), None, pixels))
    with open_clip(tmp_path / "out") as reader:
        (frame,) = reader
        assert (reader.info.bit_depth, reader.info.transfer) == (32, "linear")
    np.testing.assert_array_equal(frame.pixels, pixels)


def test_exr_folders_may_mix_with_and_without_alpha(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    half = np.full((4, 4), 0.5, np.float32)
    for i, alpha in enumerate((half, None)):
        exr.save(tmp_path / f"{i}.exr", np.ones((4, 4, 3), np.float32), alpha)
    first, second = read(tmp_path)
    np.testing.assert_array_equal(first.alpha, half)
    np.testing.assert_array_equal(second.alpha, np.ones((4, 4)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_exr_values_that_blur_would_spread_are_refused(tmp_path: Path, value: float) -> None:
    pytest.importorskip("OpenEXR")
    pixels = np.ones((4, 4, 3), np.float32)
    pixels[1, 2, 0] = value
    exr.save(tmp_path / "0.exr", pixels, None)
    with pytest.raises(InputError, match=r"0\.exr: 1 pixels are NaN or infinite"):
        open_clip(tmp_path)


def test_only_images_that_keep_hdr_values_say_so(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    info = ClipInfo(tmp_path / "x", 8, 6, bit_depth=10, transfer="pq", pixel_format="yuv420p10le")
    for codec, noted in (("exr", False), ("png", True)):
        with open_writer(tmp_path / codec, info, codec=codec) as writer:
            writer.write(Frame(0, Fraction(0), None, np.zeros((6, 8, 3), np.uint16)))
        assert any("PQ" in note for note in writer.notes) is noted


def test_encoded_frames_are_linearised_for_exr(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    save(tmp_path / "in" / "0.png", np.full((4, 4, 3), 188, np.uint8))
    copy(tmp_path / "in", tmp_path / "out", codec="exr")
    (frame,) = read(tmp_path / "out")
    assert frame.pixels == pytest.approx(0.5029, abs=1e-3)  # sRGB 188 is half the light


def test_video_keeps_its_brightness_by_way_of_exr(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    grey = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], 48, axis=0).repeat(3, axis=2)
    make.video(tmp_path / "a.mkv", [grey], codec="ffv1", pixel_format="bgr0", tags=(1, 1, 0, 2))
    copy(tmp_path / "a.mkv", tmp_path / "exr", codec="exr")
    copy(tmp_path / "exr", tmp_path / "b.mkv", codec="ffv1")
    (frame,) = read(tmp_path / "b.mkv")
    np.testing.assert_allclose(frame.pixels / 257, grey, atol=0.02)


def test_linear_frames_are_encoded_for_video(tmp_path: Path) -> None:
    info = ClipInfo(tmp_path / "x", 64, 48, bit_depth=32, transfer="linear", pixel_format="exr", codec="exr")
    with open_writer(tmp_path / "b.mkv", info, codec="ffv1") as writer:
        writer.write(Frame(0, Fraction(0), None, np.full((48, 64, 3), 0.5029, np.float32)))
    (frame,) = read(tmp_path / "b.mkv")
    assert frame.pixels / 65535 * 255 == pytest.approx(188, abs=0.05)


def test_exr_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "OpenEXR", None)
    save(tmp_path / "in" / "0.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(InputError, match=r"anybokeh\[exr\]"):
        copy(tmp_path / "in", tmp_path / "out", codec="exr")
    (tmp_path / "exr").mkdir()
    (tmp_path / "exr" / "0.exr").write_bytes(b"x")
    with pytest.raises(InputError, match=r"anybokeh\[exr\]"):
        open_clip(tmp_path / "exr")
