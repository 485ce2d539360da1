"""EXR outputs with layers for compositing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh import Lens, render_clip
from anybokeh.clip import Frame
from anybokeh.disparity import open_disparity
from anybokeh.errors import InputError
from anybokeh.job.layers import with_layers
from anybokeh.job.rendered import Part, rendered_frames
from anybokeh.optics import light
from anybokeh.render import LayeredRenderer
from anybokeh.render.segment_plan import SegmentPlan, single_frames
from anybokeh.settings import RenderSettings
from anybokeh.shot import Behind, Scene, Shot

OpenEXR = pytest.importorskip("OpenEXR")

NAMES = {
    "R",
    "G",
    "B",
    "depth.Z",
    "coc.Y",
    "coverage.A",
    "hidden.R",
    "hidden.G",
    "hidden.B",
    "hidden.A",
    "hidden_depth.Z",
}
FRAMES = 6


@pytest.fixture
def clip(tmp_path: Path) -> tuple[Path, Path]:
    np.save(tmp_path / "d.npy", tiny.disparity(FRAMES))
    return tiny.images(tmp_path / "clip", tiny.pictures(FRAMES)), tmp_path / "d.npy"


def layers_of(folder: Path, index: int) -> dict[str, np.ndarray]:
    """By the names that the library itself gives them."""
    (file,) = [file for file in folder.iterdir() if int(file.stem) == index]
    with OpenEXR.File(str(file), separate_channels=True) as image:
        (part,) = image.parts
        return {name: np.array(channel.pixels) for name, channel in part.channels.items()}


def render(clip: tuple[Path, Path], output: Path, **options: object) -> Path:
    render_clip(
        clip[0], output, disparity=clip[1], focus=0.2, blur=24, focus_range=0.05, codec="exr", **options
    )
    return output


def test_the_picture_is_the_same_and_the_layers_are_what_was_used(
    clip: tuple[Path, Path], tmp_path: Path
) -> None:
    plain = render(clip, tmp_path / "plain", steady=False, repair=False)
    whole = render(clip, tmp_path / "whole", steady=False, repair=False, layers=True)
    for index in (0, 3):
        found = layers_of(whole, index)
        assert found.keys() == NAMES
        assert {one.dtype for one in found.values()} == {np.dtype(np.float32)}
        for name, pixels in layers_of(plain, index).items():
            assert np.array_equal(found[name], pixels)
        disparity = tiny.disparity(FRAMES)[index]
        assert np.allclose(found["depth.Z"], disparity, atol=1e-6)
        expected = np.maximum(np.abs(disparity - 0.2) - 0.05, 0) * 24 * tiny.WIDTH / 1024
        assert np.allclose(np.abs(found["coc.Y"]), expected, atol=1e-5)
        assert (found["coc.Y"][:, :8] > 0).all()


def test_readers_by_channels_find_every_layer_as_floats(clip: tuple[Path, Path], tmp_path: Path) -> None:
    whole = render(clip, tmp_path / "out", layers=True)
    expected = layers_of(whole, 1)
    (file,) = [file for file in whole.iterdir() if int(file.stem) == 1]
    # the interface of OpenEXR's older bindings, which know channels and no parts
    image = OpenEXR.InputFile(str(file))
    assert set(image.header()["channels"]) == NAMES
    for name in NAMES:
        pixels = np.frombuffer(image.channel(name), np.float32).reshape(tiny.HEIGHT, tiny.WIDTH)
        assert np.array_equal(pixels, expected[name])
    image.close()


def test_coverage_is_1_inside_of_what_is_near_and_0_where_none_of_its_blur_reaches(
    clip: tuple[Path, Path], tmp_path: Path
) -> None:
    options = {"blur": 96, "steady": False, "repair": False, "codec": "exr", "layers": True}
    render_clip(clip[0], tmp_path / "out", disparity=clip[1], focus=0.2, **options)
    found = layers_of(tmp_path / "out", 2)
    coverage, edge = found["coverage.A"], tiny.WIDTH // 4 + 2
    assert found["coc.Y"][20, 0] == pytest.approx(3.6)
    assert coverage[:, : edge - 6] == pytest.approx(1, abs=1e-3)
    assert coverage[:, edge - 1 : edge + 1].mean() == pytest.approx(0.5, abs=0.03)
    assert (coverage[:, edge + 6 :] == 0).all()


def test_nothing_covers_what_is_in_focus_where_nothing_near_is_blurred(
    clip: tuple[Path, Path], tmp_path: Path
) -> None:
    render_clip(clip[0], tmp_path / "out", disparity=clip[1], focus=0.8, blur=24, codec="exr", layers=True)
    found = layers_of(tmp_path / "out", 1)
    assert (found["coc.Y"] < 0).any() and (found["coverage.A"] == 0).all()


class Plain:
    """A renderer that tells nothing of coverage."""

    name = "plain"

    def segments(self, height: int, width: int) -> SegmentPlan:
        return single_frames(height, width)

    def render(self, shot: Shot) -> np.ndarray:
        return shot.without_context().frames


def test_coverage_is_the_same_beside_any_renderer_and_any_alpha() -> None:
    disparity = tiny.disparity(1)
    pixels = np.ones((tiny.HEIGHT, tiny.WIDTH, 3), np.uint8)
    shot = Shot(np.full((1, 3, *pixels.shape[:2]), 0.5), disparity, 0.2, 96)
    one = Frame(0, Fraction(0), None, pixels)
    part = Part([one], shot)
    clear = Part([replace(one, alpha=pixels[..., 0])], shot, np.full(disparity.shape, 0.5, np.float32))
    found = []
    for renderer, each in ((LayeredRenderer(), part), (Plain(), part), (LayeredRenderer(), clear)):
        (frame,) = rendered_frames(renderer, each, Lens(), coverage=True)
        assert frame.layers is not None
        found.append(frame.layers["coverage.A"])
    assert 0 < found[0].mean() < 1
    for other in found[1:]:
        assert other == pytest.approx(found[0], abs=1e-3)


def of_hidden(behind: Behind, transfer: str = "srgb", kind: type = np.uint8) -> dict[str, np.ndarray]:
    """The layers of one frame of 2 rows and 3 columns."""
    shot = Shot(
        np.ones((1, 3, 2, 3)), Scene(np.full((1, 2, 3), 0.9), hidden=(behind,)), 0.9, 16, transfer=transfer
    )
    frame = Frame(0, Fraction(0), None, np.ones((2, 3, 3), kind))
    (found,) = with_layers(iter([frame]), Part([frame], shot), RenderSettings(layers=True))
    assert found.layers is not None
    return {name: np.array(one) for name, one in found.layers.items()}


def behind(**more: np.ndarray) -> Behind:
    """Two surfaces behind the second pixel of the first row, the nearer first, and one behind the last."""
    return Behind(
        np.array([0, 2, 3], np.int32),
        np.array([1, 1, 2], np.int32),
        np.array([[0.5, 0.25, 1], [0, 0, 0], [1, 1, 0.5]], np.float32),
        np.array([0.6, 0.1, 0.3], np.float32),
        np.array([1, 1, 0.5], np.float32),
        **more,
    )


def test_hidden_surfaces_are_linear_light_times_how_sure_they_are() -> None:
    found = of_hidden(behind())
    assert found["hidden.A"].tolist() == [[0, 1, 0], [0, 0, 0.5]]
    assert found["hidden_depth.Z"] == pytest.approx(np.array([[0, 0.6, 0], [0, 0, 0.3]]))
    linear = light.decode(np.array([0.5, 0.25, 1]), "srgb")
    colour = np.stack([found[f"hidden.{one}"] for one in "RGB"], axis=2)
    assert colour[0, 1] == pytest.approx(linear, rel=1e-5)
    assert colour[1, 2] == pytest.approx(light.decode(np.array([1, 1, 0.5]), "srgb") / 2, rel=1e-5)
    assert (colour[0, 0] == 0).all()


def test_hidden_surfaces_have_alpha_the_light_of_lamps_and_the_units_of_the_picture() -> None:
    alpha = np.array([0.5, 1, 1], np.float32)
    gain = np.array([[4, 4, 4], [1, 1, 1], [1, 1, 1]], np.float32)
    lit = of_hidden(behind(alpha=alpha, gain=gain))
    assert lit["hidden.A"][0, 1] == 0.5
    assert lit["hidden.B"][0, 1] == pytest.approx(0.5 * 4)
    # floats are multiplied by their alpha already
    assert of_hidden(behind(alpha=alpha), "linear", np.float32)["hidden.B"][0, 1] == 1
    # EXR holds PQ in units of 100 candela per square metre
    assert of_hidden(behind(), "pq", np.uint16)["hidden.B"][0, 1] == pytest.approx(100)


def test_the_output_is_disparity_to_read_again(clip: tuple[Path, Path], tmp_path: Path) -> None:
    whole = render(clip, tmp_path / "out", layers=True, steady=False)
    source = open_disparity(whole)
    assert np.array_equal(
        source.read(2, np.zeros((tiny.HEIGHT, tiny.WIDTH, 3), np.uint8)), layers_of(whole, 2)["depth.Z"]
    )


def test_bars_have_no_layers(tmp_path: Path) -> None:
    pictures = [np.pad(one, ((16, 16), (0, 0), (0, 0))) for one in tiny.pictures(FRAMES, 64, 96)]
    disparity = np.pad(tiny.disparity(FRAMES, 64, 96), ((0, 0), (16, 16), (0, 0)))
    np.save(tmp_path / "d.npy", disparity)
    clip = tiny.images(tmp_path / "clip", pictures), tmp_path / "d.npy"
    found = layers_of(render(clip, tmp_path / "out", layers=True, steady=False), 0)
    assert found["depth.Z"].shape == (96, 96)
    assert (found["coc.Y"][:16] == 0).all() and (found["coc.Y"][16:80, :8] > 0).all()


def test_layers_breathe_with_the_picture(clip: tuple[Path, Path], tmp_path: Path) -> None:
    options = {"layers": True, "steady": False, "repair": False}
    still = layers_of(render(clip, tmp_path / "still", **options), 0)["depth.Z"]
    breathing = layers_of(render(clip, tmp_path / "out", lens=Lens(breathing=-0.2), **options), 0)["depth.Z"]
    near = np.count_nonzero(still > 0.5, axis=1)[24], np.count_nonzero(breathing > 0.5, axis=1)[24]
    # what is left of the middle moves outwards
    assert near[1] < near[0]


@pytest.mark.parametrize(("output", "codec"), [("out", "png"), ("out.mp4", None)])
def test_other_outputs_are_refused_in_one_line(
    clip: tuple[Path, Path], tmp_path: Path, output: str, codec: str | None
) -> None:
    with pytest.raises(InputError, match="which has no layers; expected --layers with --codec exr") as error:
        render_clip(clip[0], tmp_path / output, disparity=clip[1], focus=0.2, codec=codec, layers=True)
    assert "\n" not in str(error.value)
    assert not (tmp_path / output).exists()
