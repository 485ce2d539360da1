"""EXR images: windows, alpha, attributes, and which channel is depth."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from anybokeh.clip import exr, open_clip, open_writer
from anybokeh.clip.headers import image_size
from anybokeh.disparity import open_disparity
from anybokeh.disparity.images import read_image
from anybokeh.errors import InputError
from anybokeh.optics import light
from anybokeh.optics.primaries import REC_709, conversion

from .test_images import save
from .test_video import read
from .test_writer import copy

OpenEXR = pytest.importorskip("OpenEXR")

ACES_CG = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)


def write(path: Path, channels: dict[str, np.ndarray], **header: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    header = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION, **header}
    with OpenEXR.File(header, {k: np.ascontiguousarray(v, np.float32) for k, v in channels.items()}) as file:
        file.write(str(path))
    return path


def windows(data: tuple[int, int, int, int], shown: tuple[int, int, int, int]) -> dict[str, object]:
    """Header entries of windows as left, top, right, bottom, all inside."""
    named = {"dataWindow": data, "displayWindow": shown}
    return {k: (np.array(v[:2], np.int32), np.array(v[2:], np.int32)) for k, v in named.items()}


def header_of(path: Path) -> dict:
    with OpenEXR.File(str(path), header_only=True) as file:
        return dict(file.header().items())


def test_pixels_are_placed_in_the_display_window(tmp_path: Path) -> None:
    inner, overscan = np.random.default_rng(0).random((2, 8, 12, 3)).astype(np.float32)
    write(tmp_path / "a" / "1.exr", {"RGB": inner[:3, :4]}, **windows((2, 5, 5, 7), (0, 0, 11, 7)))
    write(tmp_path / "a" / "2.exr", {"RGB": overscan}, **windows((-2, -1, 9, 6), (0, 0, 11, 7)))
    with open_clip(tmp_path / "a") as reader:
        first, second = reader
        assert (reader.info.width, reader.info.height) == (12, 8)
    expected = np.zeros((8, 12, 3), np.float32)
    expected[5:8, 2:6] = inner[:3, :4]
    np.testing.assert_array_equal(first.pixels, expected)
    expected = np.zeros((8, 12, 3), np.float32)
    expected[:7, :10] = overscan[1:, 2:]
    np.testing.assert_array_equal(second.pixels, expected)
    assert image_size(tmp_path / "a" / "1.exr") == (12, 8)


def test_overscan_that_is_left_out_is_told(tmp_path: Path) -> None:
    pixels = np.ones((8, 12, 3), np.float32)
    write(tmp_path / "a" / "1.exr", {"RGB": pixels}, **windows((-2, -1, 9, 6), (0, 0, 9, 6)))
    write(tmp_path / "b" / "1.exr", {"RGB": pixels}, **windows((5, 5, 16, 12), (5, 5, 16, 12)))
    with open_clip(tmp_path / "a") as a, open_clip(tmp_path / "b") as b:
        assert "display window" in " ".join(a.info.notes) and not b.info.notes
    copy(tmp_path / "b", tmp_path / "out")
    np.testing.assert_array_equal(header_of(tmp_path / "out" / "000001.exr")["displayWindow"][0], [5, 5])


def test_full_size_maps_fit_pictures_of_small_data_windows(tmp_path: Path) -> None:
    write(tmp_path / "a" / "1.exr", {"RGB": np.ones((2, 2, 3))}, **windows((4, 4, 5, 5), (0, 0, 11, 7)))
    write(tmp_path / "z" / "1.exr", {"Z": np.full((8, 12), 0.5)})
    maps = open_disparity(tmp_path / "z")
    (frame,) = read(tmp_path / "a")
    np.testing.assert_array_equal(maps.read(0, frame.pixels), np.full((8, 12), np.float32(0.5)))


def test_exr_multiplies_colour_by_alpha_and_png_does_not(tmp_path: Path) -> None:
    straight, alpha = np.float32(0.5), np.float32(0.25)
    pixels = np.dstack([np.full((4, 6, 3), straight * alpha), np.full((4, 6), alpha)])
    write(tmp_path / "exr" / "1.exr", {"RGBA": pixels})
    copy(tmp_path / "exr", tmp_path / "png", codec="png")
    (frame,) = read(tmp_path / "png")
    assert np.unique(frame.pixels) == round(float(light.encode(straight, "srgb")) * 65535) == 48192
    assert frame.alpha is not None and np.unique(frame.alpha) == round(0.25 * 65535)
    copy(tmp_path / "exr", tmp_path / "b.mov", codec="prores")
    (frame,) = read(tmp_path / "b.mov")
    assert abs(frame.pixels.mean() / 257 - 188) < 1
    copy(tmp_path / "png", tmp_path / "back", codec="exr")
    (frame,) = read(tmp_path / "back")
    np.testing.assert_allclose(frame.pixels, straight * alpha, atol=2e-5)
    copy(tmp_path / "exr", tmp_path / "same")
    (frame,) = read(tmp_path / "same")
    np.testing.assert_array_equal(np.dstack([frame.pixels, frame.alpha]), pixels)


def test_light_without_alpha_stays(tmp_path: Path) -> None:
    write(tmp_path / "in" / "1.exr", {"RGBA": np.dstack([np.full((4, 6, 3), 0.5), np.zeros((4, 6))])})
    copy(tmp_path / "in", tmp_path / "png", codec="png")
    (frame,) = read(tmp_path / "png")
    assert np.unique(frame.pixels) == 48192


def test_attributes_are_kept(tmp_path: Path) -> None:
    told = {
        "chromaticities": ACES_CG,
        "framesPerSecond": Fraction(24000, 1001),
        "owner": "me",
        "comments": "take 3",
        "pixelAspectRatio": 2.0,
    }
    for number in (1001, 1002):
        write(tmp_path / "in" / f"a.{number}.exr", {"RGB": np.ones((4, 6, 3))}, **told, capDate=str(number))
    with open_clip(tmp_path / "in") as reader:
        assert reader.info.pixel_aspect == 2
        assert [frame.time for frame in reader] == [0, Fraction(1001, 24000)]
    assert not copy(tmp_path / "in", tmp_path / "out")
    for number in (1001, 1002):
        kept = header_of(tmp_path / "out" / f"{number}.exr")
        assert kept["chromaticities"] == pytest.approx(ACES_CG)
        assert {name: kept[name] for name in told if name != "chromaticities"} == {
            name: value for name, value in told.items() if name != "chromaticities"
        }
        assert kept["capDate"] == str(number)
    copy(tmp_path / "in", tmp_path / "b.mov")
    with open_clip(tmp_path / "b.mov") as reader:
        assert reader.info.frame_rate == Fraction(24000, 1001) and reader.info.pixel_aspect == 2


def test_chromaticities_decide_what_colours_mean(tmp_path: Path) -> None:
    # ACEScg to Rec. 709 with Bradford adaptation, as colour science libraries give it
    matrix = conversion(ACES_CG)
    assert matrix is not None
    expected = [[1.7051, -0.6218, -0.0833], [-0.1303, 1.1408, -0.0105], [-0.0240, -0.1290, 1.1530]]
    np.testing.assert_allclose(matrix, expected, atol=5e-4)
    assert conversion(REC_709) is None
    colour = np.array([0.3, 0.4, 0.2], np.float32)
    write(tmp_path / "in" / "1.exr", {"RGB": np.tile(colour, (16, 16, 1))}, chromaticities=ACES_CG)
    codes = np.rint(light.encode(colour @ np.array(expected).T, "srgb") * 65535)
    copy(tmp_path / "in", tmp_path / "png", codec="png")
    (frame,) = read(tmp_path / "png")
    np.testing.assert_allclose(frame.pixels[0, 0], codes, atol=40)
    copy(tmp_path / "in", tmp_path / "b.mov", codec="prores")
    (frame,) = read(tmp_path / "b.mov")
    np.testing.assert_allclose(frame.pixels[8, 8], codes, atol=300)


def test_wide_gamut_video_names_its_primaries_in_exr(tmp_path: Path) -> None:
    from . import make

    source = make.video(tmp_path / "a.mp4", [make.picture(16, 16)], tags=(9, 16, 9, 1))
    copy(source, tmp_path / "out", codec="exr")
    kept = header_of(tmp_path / "out" / "000000.exr")
    assert kept["chromaticities"][:2] == pytest.approx((0.708, 0.292)) and kept["framesPerSecond"] == 25


GREY = {name: np.full((4, 6), 0.5) for name in "RGB"}
DEPTH = np.linspace(0, 1, 24).reshape(4, 6).astype(np.float32)


@pytest.mark.parametrize("name", ["Z", "ViewLayer.Depth.Z", "depth"])
def test_depth_beside_colour_is_the_depth(tmp_path: Path, name: str) -> None:
    write(tmp_path / "1.exr", {**GREY, name: DEPTH, "A": np.ones((4, 6))})
    np.testing.assert_array_equal(read_image(tmp_path / "1.exr"), DEPTH)


def test_depth_in_another_part(tmp_path: Path) -> None:
    grey = {name: pixels.astype(np.float32) for name, pixels in GREY.items()}
    parts = [
        OpenEXR.Part({"type": OpenEXR.scanlineimage}, *one) for one in ((grey, "a"), ({"Z": DEPTH}, "b"))
    ]
    with OpenEXR.File(parts) as file:
        file.write(str(tmp_path / "1.exr"))
    np.testing.assert_array_equal(read_image(tmp_path / "1.exr"), DEPTH)
    (frame,) = read(tmp_path)
    np.testing.assert_array_equal(frame.pixels, np.full((4, 6, 3), np.float32(0.5)))


def test_vectors_are_no_depth_and_several_depths_are_told(tmp_path: Path) -> None:
    vector = {f"ViewLayer.Normal.{name}": np.ones((4, 6)) for name in "XYZ"}
    write(tmp_path / "1.exr", {**GREY, **vector, "ViewLayer.Depth.Z": DEPTH})
    np.testing.assert_array_equal(read_image(tmp_path / "1.exr"), DEPTH)
    write(tmp_path / "2.exr", {"a.Z": DEPTH, "b.Z": 1 - DEPTH})
    with pytest.raises(InputError, match=r"a\.Z, b\.Z; choose one with --depth-channel"):
        read_image(tmp_path / "2.exr")
    np.testing.assert_array_equal(read_image(tmp_path / "2.exr", "b.Z"), 1 - DEPTH)
    with pytest.raises(InputError, match="names not just one"):
        read_image(tmp_path / "2.exr", "c")


def test_layers_of_renderers_are_pictures(tmp_path: Path) -> None:
    layers = {f"ViewLayer.Combined.{name}": np.full((4, 6), 0.5) for name in "RGBA"}
    layers |= {f"ViewLayer.Emit.{name}": np.zeros((4, 6)) for name in "RGB"}
    write(tmp_path / "1.exr", {**layers, "ViewLayer.Depth.Z": DEPTH})
    (frame,) = read(tmp_path)
    assert np.unique(frame.pixels) == 0.5 and frame.alpha is not None


def test_writers_give_exr_what_the_frame_says(tmp_path: Path) -> None:
    save(tmp_path / "in" / "0001.png", np.dstack([np.full((4, 6, 3), 188, np.uint8), np.full((4, 6), 64)]))
    with open_clip(tmp_path / "in") as clip, open_writer(tmp_path / "out", clip.info, codec="exr") as writer:
        for frame in clip:
            writer.write(frame)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["0001.exr"]
    (frame,) = read(tmp_path / "out")
    assert frame.pixels[0, 0, 0] == pytest.approx(0.5029 * 64 / 255, abs=1e-3)


def test_images_that_are_cut_short_are_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((64, 64, 3))
    path = write(tmp_path / "1.exr", {"RGB": noise})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for read_one in (read, read_image):
        with pytest.raises(InputError, match=r"1\.exr: damaged or cut short"):
            read_one(path)


def test_warnings_of_damage_stay_off_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = write(tmp_path / "a.exr", {"Y": np.random.default_rng(0).random((200, 300))})
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="damaged or cut short"):
        exr.parts(file)
    assert capsys.readouterr().out == ""
