"""Opening and reading disparity maps of every kind."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.clip.headers import image_size
from anybokeh.disparity import check_disparity, open_disparity
from anybokeh.errors import InputError

WIDTH, HEIGHT = 24, 16


def ramp(dtype, seed: int = 0) -> np.ndarray:
    """(HEIGHT, WIDTH) values over the type's whole range."""
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return rng.random((HEIGHT, WIDTH)).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, (HEIGHT, WIDTH), dtype, endpoint=True)


def write_folder(folder: Path, images: list[np.ndarray], suffix: str = ".png") -> Path:
    folder.mkdir(exist_ok=True)
    for index, image in enumerate(images):
        assert cv2.imwrite(str(folder / f"{index:03d}{suffix}"), image)
    return folder


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_integers_are_divided_by_their_types_maximum(tmp_path, dtype, suffix):
    images = [ramp(dtype, seed) // 2 for seed in range(3)]
    source = open_disparity(write_folder(tmp_path / "maps", images, suffix))
    assert (source.count, source.size, source.official) == (3, (WIDTH, HEIGHT), None)
    for index in (2, 0, 1):
        read = source.read(index)
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, (images[index] / np.iinfo(dtype).max).astype(np.float32))


def test_full_scale_is_exactly_one(tmp_path):
    for dtype in (np.uint8, np.uint16):
        largest = np.full((HEIGHT, WIDTH), np.iinfo(dtype).max, dtype)
        source = open_disparity(write_folder(tmp_path / np.dtype(dtype).name, [largest]))
        assert (source.read(0) == 1).all()


def test_three_equal_channels_and_palettes_count_as_grey(tmp_path):
    image = ramp(np.uint8)
    source = open_disparity(write_folder(tmp_path / "maps", [np.repeat(image[..., None], 3, axis=2)]))
    np.testing.assert_array_equal(source.read(0), image.astype(np.float32) / 255)


def test_one_image_serves_one_frame(tmp_path):
    cv2.imwrite(str(tmp_path / "map.png"), ramp(np.uint16))
    source = open_disparity(tmp_path / "map.png")
    check_disparity(source, 1, (WIDTH, HEIGHT))
    np.testing.assert_allclose(source.read(0), ramp(np.uint16) / 65535, atol=1e-7)


def test_natural_order(tmp_path):
    for number in (10, 9, 100):
        cv2.imwrite(str(tmp_path / f"map{number}.png"), np.full((4, 4), number, np.uint8))
    (tmp_path / "notes.txt").write_text("not a map")
    (tmp_path / "._map9.png").write_bytes(b"left behind by a Mac")
    source = open_disparity(tmp_path)
    assert [round(float(source.read(i)[0, 0]) * 255) for i in range(source.count)] == [9, 10, 100]


def test_exr(tmp_path):
    exr = pytest.importorskip("OpenEXR")
    values = ramp(np.float32)
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    for index, channels in enumerate(({"Z": values}, {"RGB": np.repeat(values[..., None], 3, axis=2)})):
        folder = tmp_path / str(index)
        folder.mkdir()
        with exr.File(header, channels) as file:
            file.write(str(folder / "0.exr"))
        source = open_disparity(folder)
        assert source.size == (WIDTH, HEIGHT)
        np.testing.assert_array_equal(source.read(0), values)
    (folder / "1.exr").write_bytes((folder / "0.exr").read_bytes()[:40])
    with pytest.raises(InputError, match=r"1\.exr"):
        open_disparity(folder)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, np.uint16])
def test_array_files(tmp_path, dtype):
    values = np.stack([ramp(dtype, seed) for seed in range(3)])
    np.save(tmp_path / "a.npy", values)
    np.savez_compressed(tmp_path / "b.npz", values)
    np.savez(tmp_path / "c.npz", disparity=values[:, None], other=np.zeros(3))
    np.save(tmp_path / "d.npy", np.asfortranarray(values))
    expected = values.astype(np.float32) if values.dtype.kind == "f" else values / np.iinfo(dtype).max
    for name in ("a.npy", "b.npz", "c.npz", "d.npy"):
        source = open_disparity(tmp_path / name)
        assert (source.count, source.size) == (3, (WIDTH, HEIGHT))
        np.testing.assert_array_equal(source.read(1), expected[1].astype(np.float32))


def test_reading_leaves_array_files_alone(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.stack([ramp(np.float32), ramp(np.float32, 1)]))
    before = path.read_bytes()
    open_disparity(path, normalise=True).read(0)[:] = 0
    open_disparity(path).read(0)[:] = 0
    assert path.read_bytes() == before


def test_normalise_uses_one_minimum_and_maximum_for_the_clip(tmp_path):
    values = np.linspace(-3, 17, 4 * HEIGHT * WIDTH, dtype=np.float32).reshape(4, HEIGHT, WIDTH)
    np.save(tmp_path / "a.npy", values)
    source = open_disparity(tmp_path / "a.npy", normalise=True)
    read = np.stack([source.read(index) for index in range(4)])
    np.testing.assert_allclose(read, (values + 3) / 20, atol=1e-6)
    assert read.min() == 0 and read.max() == 1


def test_floats_outside_of_the_unit_range_suggest_normalise(tmp_path):
    np.save(tmp_path / "a.npy", np.full((1, HEIGHT, WIDTH), 1.5, np.float32))
    with pytest.raises(InputError, match="--normalise"):
        open_disparity(tmp_path / "a.npy")


def test_rounding_beyond_one_is_cut_off(tmp_path):
    np.save(tmp_path / "a.npy", np.full((1, HEIGHT, WIDTH), 1 + 1e-6, np.float32))
    assert (open_disparity(tmp_path / "a.npy").read(0) == 1).all()


def test_near_dark(tmp_path):
    image = ramp(np.uint16)
    source = open_disparity(write_folder(tmp_path / "maps", [image]), depth_map="near-dark")
    np.testing.assert_allclose(source.read(0), 1 - image / 65535, atol=1e-7)


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_metric_depth_is_inverted_in_any_unit(tmp_path, unit):
    depth = np.full((2, 64, 64), 8.0, np.float32) * unit
    depth[0, :32] = 2.0 * unit
    depth[1, :8] = np.inf
    depth[1, 8:16] = 0
    depth[1, 16, 0] = 1e-4 * unit  # one wild pixel must not set the scale
    np.save(tmp_path / "z.npy", depth)
    source = open_disparity(tmp_path / "z.npy", depth_map="metric")
    first, second = source.read(0), source.read(1)
    np.testing.assert_allclose(first[:32], 1, atol=1e-6)
    np.testing.assert_allclose(first[32:], 0.25, atol=1e-6)
    assert (second[:16] == 0).all()
    assert second[16, 0] == 1
    np.testing.assert_allclose(second[17:], 0.25, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(tmp_path, value):
    values = np.zeros((3, HEIGHT, WIDTH), np.float32)
    values[2, 3, 4] = value
    np.save(tmp_path / "a.npy", values)
    for normalise in (False, True):
        source = open_disparity(tmp_path / "a.npy", normalise=normalise)
        with pytest.raises(InputError, match=r"a\.npy, frame 2"):
            source.read(2)


def test_metres_are_told_from_nearness(tmp_path):
    ground = np.linspace(80, 1.5, HEIGHT, dtype=np.float32)[:, None] + np.zeros(WIDTH, np.float32)
    np.save(tmp_path / "metres.npy", ground[None])
    with pytest.raises(InputError, match="look like metres: --depth-map metric"):
        open_disparity(tmp_path / "metres.npy")
    sky = 1 + ground[::-1].copy()
    sky[0] = 1e10
    np.save(tmp_path / "sky.npy", sky[None])
    with pytest.raises(InputError, match="look like metres"):
        open_disparity(tmp_path / "sky.npy")
    np.save(tmp_path / "nearness.npy", ground[None, ::-1])
    with pytest.raises(InputError, match="try --normalise, or --depth-map metric if more is farther"):
        open_disparity(tmp_path / "nearness.npy")


def test_a_flat_clip_cannot_be_normalised(tmp_path):
    np.save(tmp_path / "a.npy", np.full((2, HEIGHT, WIDTH), 3, np.float32))
    with pytest.raises(InputError, match="more than one value"):
        open_disparity(tmp_path / "a.npy", normalise=True).read(0)


def test_colour_previews_are_refused(tmp_path):
    preview = cv2.applyColorMap(ramp(np.uint8), cv2.COLORMAP_JET)
    with pytest.raises(InputError, match="colour"):
        open_disparity(write_folder(tmp_path / "maps", [preview]))


def test_unequal_sizes_are_refused_at_once(tmp_path):
    folder = write_folder(tmp_path / "maps", [ramp(np.uint8), ramp(np.uint8)])
    cv2.imwrite(str(folder / "002.png"), np.zeros((HEIGHT, WIDTH + 1), np.uint8))
    with pytest.raises(InputError, match=r"002\.png.*one size"):
        open_disparity(folder)


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".jpg"])
def test_files_that_are_not_whole_are_refused_by_name(tmp_path, suffix):
    folder = write_folder(tmp_path / "maps", [ramp(np.uint8), ramp(np.uint8)], suffix)
    path = folder / f"001{suffix}"
    whole = path.read_bytes()
    for damage in (b"", b"nothing like an image, and rather short", whole[: len(whole) // 2]):
        path.write_bytes(damage)
        with pytest.raises(InputError, match=path.name):
            open_disparity(folder).read(1)


def test_damaged_pixels_are_refused_by_name(tmp_path):
    folder = write_folder(tmp_path / "maps", [ramp(np.uint16)])
    path = folder / "000.png"
    data = bytearray(path.read_bytes())
    at = data.index(b"IDAT") + 20
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"000\.png"):
        open_disparity(folder).read(0)


def test_a_header_that_promises_more_than_there_is(tmp_path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1 << 30, 1 << 30, 16, 0, 0, 0, 0)
    (tmp_path / "0.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(InputError, match=r"0\.png"):
        open_disparity(tmp_path).read(0)


def test_array_files_that_are_not_usable(tmp_path):
    values = np.zeros((2, HEIGHT, WIDTH), np.float32)
    np.save(tmp_path / "whole.npy", values)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:-100])
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "text.npz").write_bytes(b"no archive")
    np.save(tmp_path / "flat.npy", values[0])
    np.save(tmp_path / "objects.npy", np.array([{}, []], object), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", np.array([{}, []], object), allow_pickle=True)
    np.savez(tmp_path / "two.npz", a=values, b=values)
    np.save(tmp_path / "complex.npy", values.astype(np.complex64))
    for name in (
        "cut.npy",
        "empty.npy",
        "text.npz",
        "flat.npy",
        "objects.npy",
        "objects.npz",
        "two.npz",
        "complex.npy",
    ):
        with pytest.raises(InputError, match=name) as caught:
            open_disparity(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_paths_that_are_no_disparity(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("text")
    for path in (tmp_path / "none", tmp_path / "empty", tmp_path / "a.txt"):
        with pytest.raises(InputError, match=path.name):
            open_disparity(path)


def test_counts_and_shapes_are_checked_before_work(tmp_path):
    source = open_disparity(write_folder(tmp_path / "maps", [ramp(np.uint8)] * 3))
    check_disparity(source, 3, (WIDTH, HEIGHT))
    check_disparity(source, 3, (1920, 1280))
    with pytest.raises(InputError, match=r"3 disparity maps .* 84 frames"):
        check_disparity(source, 84, (WIDTH, HEIGHT))
    with pytest.raises(InputError, match="aspect"):
        check_disparity(source, 3, (1024, 576))
    with pytest.raises(InputError, match="side"):
        check_disparity(source, 3, (HEIGHT, WIDTH))


def test_maps_of_another_shape_are_fitted_as_asked(tmp_path):
    height, width = 180, 320
    frame = np.zeros((height, width, 3), np.uint8)
    truth = np.linspace(0, 1, height, dtype=np.float32)[:, None] + np.zeros(width, np.float32)
    padded = np.pad(truth, ((6, 6), (0, 0)), mode="edge")
    np.save(tmp_path / "padded.npy", padded[None])
    np.save(tmp_path / "cropped.npy", truth[10:-10][None])
    with pytest.raises(InputError, match=r"320x192 .* 320x180; .*--disparity-fit stretch, crop or pad"):
        check_disparity(open_disparity(tmp_path / "padded.npy"), 1, (width, height))
    source = open_disparity(tmp_path / "padded.npy", fit="crop")
    check_disparity(source, 1, (width, height))
    np.testing.assert_array_equal(source.read(0, frame), truth)
    expected = truth.copy()
    expected[:10], expected[-10:] = truth[10], truth[-11]
    np.testing.assert_array_equal(
        open_disparity(tmp_path / "cropped.npy", fit="pad").read(0, frame), expected
    )
    stretched = open_disparity(tmp_path / "padded.npy", fit="stretch").read(0, frame)
    middle = np.interp((np.arange(height) + 0.5) * 192 / 180 - 0.5, np.arange(192), padded[:, 0])
    np.testing.assert_allclose(stretched[:, 100], middle, atol=0.01)
    with pytest.raises(InputError, match="expected stretch, crop, pad"):
        open_disparity(tmp_path / "padded.npy", fit="squeeze")


def test_maps_of_model_sizes_fit(tmp_path):
    # 518x294 is what a model of 14-pixel patches makes of 16:9.
    np.save(tmp_path / "a.npy", np.zeros((1, 294, 518), np.float32))
    check_disparity(open_disparity(tmp_path / "a.npy"), 1, (1920, 1080))
    np.save(tmp_path / "b.npy", np.zeros((1, 21, 37), np.float32))
    check_disparity(open_disparity(tmp_path / "b.npy"), 1, (1920, 1080))


def test_the_same_size_is_returned_exactly(tmp_path):
    values = ramp(np.float32)
    np.save(tmp_path / "a.npy", values[None])
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    np.testing.assert_array_equal(open_disparity(tmp_path / "a.npy").read(0, frame), values)


def test_other_sizes_come_out_at_the_frames_size(tmp_path):
    np.save(tmp_path / "a.npy", ramp(np.float32)[None])
    source = open_disparity(tmp_path / "a.npy")
    for height, width in ((2 * HEIGHT, 2 * WIDTH), (HEIGHT // 2, WIDTH // 2)):
        for dtype in (np.uint8, np.uint16):
            read = source.read(0, np.zeros((height, width, 3), dtype))
            assert read.shape == (height, width) and read.dtype == np.float32
            assert read.min() >= 0 and read.max() <= 1


def test_integers_that_hardly_fill_their_range_are_refused(tmp_path):
    np.save(tmp_path / "maps.npy", np.full((2, HEIGHT, WIDTH), 200, np.int64))
    with pytest.raises(InputError, match=r"frame 0: holds int64 values; save uint8"):
        open_disparity(tmp_path / "maps.npy")


@pytest.mark.parametrize(
    "others",
    [
        {"fps": np.array(24.0)},
        {"intrinsics": np.ones((3, 3, 3)), "fps": np.array([24])},
        {"poses": np.zeros((3, 4, 4)), "names": np.array(["a", "b", "c"])},
        {"image": np.zeros((HEIGHT, WIDTH, 3), np.uint8)},
    ],
)
def test_the_one_array_that_fits_is_taken(tmp_path, others):
    maps = np.stack([ramp(np.float32, seed) for seed in range(3)])
    np.savez(tmp_path / "a.npz", depths=maps, **others)
    np.testing.assert_array_equal(open_disparity(tmp_path / "a.npz").read(1), maps[1])


def test_two_arrays_that_fit_are_told(tmp_path):
    maps = np.stack([ramp(np.float32, seed) for seed in range(3)])
    np.savez(tmp_path / "a.npz", first=maps, second=maps, fps=24)
    with pytest.raises(InputError, match=r"arrays first, second; .* 'disparity'"):
        open_disparity(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", first=maps, disparity=maps / 2)
    np.testing.assert_array_equal(open_disparity(tmp_path / "a.npz").read(1), maps[1] / 2)


def test_big_tiff_maps(tmp_path):
    cv2.imwrite(str(tmp_path / "0.tiff"), ramp(np.uint16))
    size = struct.pack("<QHHQQHHQQ", 2, 256, 4, 1, WIDTH, 257, 3, 1, HEIGHT)
    (tmp_path / "big.tif").write_bytes(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16) + size)
    assert image_size(tmp_path / "big.tif") == image_size(tmp_path / "0.tiff") == (WIDTH, HEIGHT)


def test_packed_values_that_are_damaged(tmp_path):
    np.savez_compressed(tmp_path / "maps.npz", np.random.default_rng(0).random((3, HEIGHT, WIDTH)))
    packed = bytearray((tmp_path / "maps.npz").read_bytes())
    packed[97:137] = bytes(range(40))
    (tmp_path / "maps.npz").write_bytes(packed)
    with pytest.raises(InputError, match=r"maps\.npz: is not a whole npz"):
        open_disparity(tmp_path / "maps.npz")
