"""ICC profiles: used for linear light, kept in images, named or converted in videos."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.clip import icc, open_clip
from anybokeh.optics import light
from anybokeh.optics.primaries import BY_CODE, adaptation, conversion

from .test_images import save
from .test_video import read
from .test_writer import copy

ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290)
_D50 = np.array([0.9642, 1.0, 0.8249])


def profile(chromaticities: tuple[float, ...], curve: bytes, chad: bool = True) -> bytes:
    """A display profile by the book."""
    points = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in np.reshape(chromaticities, (4, 2))]
    native = np.stack(points[:3], axis=1)
    native = native * np.linalg.solve(native, points[3])
    turn = adaptation(points[3], _D50)

    def xyz(values: np.ndarray) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *np.rint(values * 65536).astype(int))

    tags = {b"rXYZ": xyz((turn @ native)[:, 0]), b"gXYZ": xyz((turn @ native)[:, 1])}
    tags |= {b"bXYZ": xyz((turn @ native)[:, 2]), b"wtpt": xyz(_D50 if chad else points[3])}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    if chad:
        tags[b"chad"] = b"sf32\0\0\0\0" + struct.pack(">9i", *np.rint(turn.ravel() * 65536).astype(int))
    body, table, at = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    whole = struct.pack(">I", len(tags)) + table + body
    head = struct.pack(">I4sI", 128 + len(whole), b"test", 0x04000000 if chad else 0x02000000)
    return head.ljust(36, b"\0") + b"acsp".ljust(92, b"\0") + whole


SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + struct.pack(
    ">5i", *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)
ADOBE_CURVE = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563)
P3 = profile(BY_CODE[12], SRGB_CURVE)
ADOBE_RGB = profile(ADOBE, ADOBE_CURVE, chad=False)


def tagged(path: Path, pixels: np.ndarray, data: bytes) -> Path:
    """Write an image with a profile."""
    save(path, pixels)
    if path.suffix == ".jpg":
        whole = path.read_bytes()
        segment = b"\xff\xe2" + struct.pack(">H", len(data) + 16) + b"ICC_PROFILE\0\1\1" + data
        path.write_bytes(whole[:2] + segment + whole[2:])
    else:
        path.write_bytes(icc.with_profile(path.read_bytes(), data))
    return path


@pytest.mark.parametrize(
    ("data", "transfer", "code"),
    [(P3, "srgb", 12), (ADOBE_RGB, "gamma22", None), (profile(BY_CODE[1], SRGB_CURVE), "srgb", 1)],
)
def test_profiles_say_what_values_mean(data: bytes, transfer: str, code: int | None) -> None:
    found = icc.meaning(data)
    assert found is not None and (found.transfer, found.code) == (transfer, code)
    expected = ADOBE if code is None else BY_CODE[code]
    np.testing.assert_allclose(found.chromaticities, expected, atol=1e-3)


def test_a_table_is_a_curve_too() -> None:
    codes = np.rint(light.decode(np.linspace(0, 1, 1024), "gamma18") * 65535).astype(">u2")
    curve = b"curv\0\0\0\0" + struct.pack(">I", 1024) + codes.tobytes()
    found = icc.meaning(profile(BY_CODE[1], curve))
    assert found is not None and found.transfer == "gamma18"


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_profiles_are_used_and_kept(tmp_path: Path, suffix: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    tagged(tmp_path / "in" / f"0001{suffix}", pixels, ADOBE_RGB)
    with open_clip(tmp_path / "in") as reader:
        (frame,) = reader
        assert reader.info.transfer == "gamma22" and reader.info.profile == ADOBE_RGB
    copy(tmp_path / "in", tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()
    assert icc.read_profile(file) == ADOBE_RGB
    (again,) = read(tmp_path / "out")
    np.testing.assert_array_equal(again.pixels, frame.pixels)
    if suffix == ".png":
        assert cv2.imread(str(file)) is not None


def test_primaries_that_videos_know_are_named(tmp_path: Path) -> None:
    pixels = np.full((16, 16, 3), (200, 40, 30), np.uint8)
    tagged(tmp_path / "in" / "0001.png", pixels, P3)
    assert not copy(tmp_path / "in", tmp_path / "b.mov", codec="prores")
    with open_clip(tmp_path / "b.mov") as reader:
        (frame,) = reader
        assert (reader.info.colour.primaries, reader.info.colour.transfer) == (12, 13)
    np.testing.assert_allclose(frame.pixels[8, 8] / 257, pixels[8, 8], atol=1)


def test_others_are_converted_with_one_note(tmp_path: Path) -> None:
    pixels = np.full((16, 16, 3), (120, 140, 100), np.uint8)
    tagged(tmp_path / "in" / "0001.png", pixels, ADOBE_RGB)
    notes = copy(tmp_path / "in", tmp_path / "b.mov", codec="prores")
    assert len(notes) == 1 and "ICC profile" in notes[0]
    matrix = conversion(ADOBE)
    assert matrix is not None
    expected = light.encode(matrix @ light.decode(pixels[0, 0] / 255, "gamma22"), "srgb") * 255
    (frame,) = read(tmp_path / "b.mov")
    np.testing.assert_allclose(frame.pixels[8, 8] / 257, expected, atol=1)


def test_profiles_become_primaries_of_exr(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    tagged(tmp_path / "in" / "0001.png", np.full((4, 6, 3), 128, np.uint8), ADOBE_RGB)
    copy(tmp_path / "in", tmp_path / "out", codec="exr")
    with open_clip(tmp_path / "out") as reader:
        (frame,) = reader
        np.testing.assert_allclose(reader.info.chromaticities, ADOBE, atol=1e-3)
    np.testing.assert_allclose(frame.pixels, (128 / 255) ** (563 / 256), atol=1e-5)


def test_damaged_profiles_do_not_matter(tmp_path: Path) -> None:
    for number, data in enumerate((P3[:200], P3[:128] + b"\xff" * 400, b"x" * 300)):
        tagged(tmp_path / str(number) / "0.png", np.zeros((4, 6, 3), np.uint8), data)
        with open_clip(tmp_path / str(number)) as reader:
            assert reader.info.transfer == "srgb" and len(list(reader)) == 1
