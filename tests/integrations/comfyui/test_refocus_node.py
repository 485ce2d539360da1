"""Refocusing a batch of images is what the command line does with the same clip."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import tiny
from anybokeh import render_clip
from anybokeh.errors import InputError
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings
from integrations.comfyui import given

LENS = {"aperture": "blades:6", "cats_eye": 0.5}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The clip and its maps as files."""
    folder = tmp_path_factory.mktemp("files")
    np.save(folder / "maps.npy", tiny.disparity(given.FRAMES))
    return tiny.images(folder / "clip", tiny.pictures(given.FRAMES)), folder / "maps.npy"


def of_files(clip: tuple[Path, Path], output: Path, **options: Any) -> np.ndarray:
    render_clip(clip[0], output, disparity=clip[1], **options)
    return np.stack(tiny.images_of(output)).astype(np.float32) / 255


def test_it_is_the_picture_that_the_command_line_makes(clip: tuple[Path, Path], tmp_path: Path) -> None:
    (result,) = given.run(
        "AnybokehRefocus", images=given.images(), disparity_mask=given.disparity(), focus="0.2", blur=24.0
    )
    assert result.dtype == torch.float32
    assert np.array_equal(result.numpy(), of_files(clip, tmp_path / "out", focus=0.2, blur=24))
    assert not torch.equal(result, given.images())


@pytest.mark.slow
def test_lens_and_track_count(clip: tuple[Path, Path], tmp_path: Path) -> None:
    text = '{"version": 1, "keyframes": [{"frame": 0, "focus": 0.2, "blur": 20}, {"frame": 5, "focus": 0.8}]}'
    (track,) = given.run("AnybokehFocusTrack", keyframes=text)
    (lens,) = given.run("AnybokehLens", **LENS)
    (result,) = given.run(
        "AnybokehRefocus", images=given.images(), disparity_mask=given.disparity(), track=track, lens=lens
    )
    (tmp_path / "track.json").write_text(text)
    expected = of_files(
        clip, tmp_path / "out", track=tmp_path / "track.json", lens=with_values(RenderSettings(), LENS).lens
    )
    assert np.array_equal(result.numpy(), expected)


@pytest.mark.slow
def test_an_aperture_of_its_own_wins_over_that_of_the_lens() -> None:
    both = {"images": given.images(), "disparity_mask": given.disparity(), "focus": "0.2"}
    (lens,) = given.run("AnybokehLens", aperture="blades:3")
    (own,) = given.run("AnybokehRefocus", **both, lens=lens, aperture="blades:8")
    (plain,) = given.run("AnybokehRefocus", **both, aperture="blades:8")
    (other,) = given.run("AnybokehRefocus", **both, lens=lens)
    assert torch.equal(own, plain) and not torch.equal(own, other)


def test_values_between_codes_keep_sixteen_bits() -> None:
    images = given.images(16)
    (result,) = given.run(
        "AnybokehRefocus", images=images, disparity_mask=given.disparity(), focus="0.8", grain="off"
    )
    codes = result.numpy() * 255
    assert np.abs(codes - np.rint(codes)).max() > 0.3
    # in focus, far from what is not
    assert torch.allclose(result[:, 8:40, :8], images[:, 8:40, :8], atol=1e-5)


@pytest.mark.slow
def test_masks_say_where_to_focus_and_what_stays() -> None:
    near = torch.zeros(given.FRAMES, tiny.HEIGHT, tiny.WIDTH)
    near[:, :, :12] = 1
    both = {"images": given.images(), "disparity_mask": given.disparity(), "blur": 24.0}
    (focused,) = given.run("AnybokehRefocus", **both, focus_mask=near)
    assert torch.equal(focused[:, 8:40, :6], given.images()[:, 8:40, :6])
    (kept,) = given.run("AnybokehRefocus", **both, focus="0.1", protect_mask=near[:1])
    assert torch.equal(kept[:, :, :12], given.images()[:, :, :12])
    assert not torch.equal(kept[:, :, 20:], given.images()[:, :, 20:])


def test_one_picture_and_alpha() -> None:
    picture = torch.cat([given.images()[:1], torch.ones(1, tiny.HEIGHT, tiny.WIDTH, 1)], dim=3)
    picture[:, :, 30:, 3] = 0
    (result,) = given.run(
        "AnybokehRefocus", images=picture, disparity_mask=given.disparity()[:1], focus="0.8", blur=32.0
    )
    assert result.shape == picture.shape
    assert 0 < result[0, 24, 28:44, 3].mean() < 1


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"disparity_mask": given.disparity()[:2]}, "disparity has 2 frames: expected 6"),
        ({"disparity_mask": given.disparity() * 3}, "values reach from"),
        ({"disparity": given.images()}, "disparity has colour in frame 0"),
        ({"disparity": given.images(), "disparity_mask": given.disparity()}, "keep one of them"),
        (
            {"disparity_mask": given.disparity(), "focus": "0.5", "focus_mask": given.disparity()},
            "keep one of them",
        ),
        ({"disparity_mask": given.disparity(), "focus": "near"}, "focus"),
        ({"disparity_mask": given.disparity(), "blur": 8.0, "f_number": 2.0}, "both given"),
        ({"disparity_mask": given.disparity(), "renderer": "nothing"}, "renderer is 'nothing'"),
        ({"images": torch.zeros(2, 4, 4)}, "images has shape"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(values: dict[str, Any], part: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=part) as error:
        given.run("AnybokehRefocus", **{"images": given.images()} | values)
    text = str(error.value)
    assert "\n" not in text and "/tmp" not in text


class Cancelled(BaseException):
    """As ComfyUI's own exception."""


@pytest.fixture
def comfy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Stand-ins for the modules of ComfyUI, and what they were told."""
    seen: dict[str, Any] = {"progress": [], "asked": 0, "cancel_after": None}
    utils, management, paths = (
        ModuleType(name) for name in ("comfy.utils", "comfy.model_management", "folder_paths")
    )

    class ProgressBar:
        def __init__(self, total: int) -> None:
            self.total = total

        def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
            seen["progress"].append((value, total or self.total))

    def throw() -> None:
        seen["asked"] += 1
        if seen["cancel_after"] is not None and seen["asked"] > seen["cancel_after"]:
            raise Cancelled

    utils.ProgressBar = ProgressBar  # type: ignore[attr-defined]
    management.throw_exception_if_processing_interrupted = throw  # type: ignore[attr-defined]
    paths.get_temp_directory = lambda: str(tmp_path / "temp")  # type: ignore[attr-defined]
    package = ModuleType("comfy")
    package.__path__ = []
    for module in (package, utils, management, paths):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return seen


def test_progress_is_told_to_comfyui(comfy: dict[str, Any]) -> None:
    given.run("AnybokehRefocus", images=given.images(), disparity_mask=given.disparity(), focus="0.2")
    assert (given.FRAMES, given.FRAMES) in comfy["progress"]
    assert all(value <= total for value, total in comfy["progress"])


@pytest.mark.parametrize("after", [0, given.FRAMES + 3])
def test_cancelling_stops_and_leaves_nothing(comfy: dict[str, Any], after: int, tmp_path: Path) -> None:
    comfy["cancel_after"] = after
    with pytest.raises(Cancelled):
        given.run("AnybokehRefocus", images=given.images(), disparity_mask=given.disparity(), focus="0.2")
    assert comfy["asked"] == after + 1
    assert not list((tmp_path / "temp").iterdir())
