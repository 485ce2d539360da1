"""Depth, repair, subjects, tracks and lenses as nodes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anybokeh.errors import InputError
from integrations.comfyui import given

IMAGES, DISPARITY = given.images(), given.disparity()


def test_depth_steadies_what_is_connected() -> None:
    rng = np.random.default_rng(3)
    scales = torch.from_numpy(rng.uniform(0.8, 1, (given.FRAMES, 1, 1)).astype(np.float32))
    image, mask = given.run("AnybokehDepth", images=IMAGES, maps_mask=DISPARITY * scales)
    assert torch.equal(image[..., 1], mask) and image.shape == (*mask.shape, 3)
    near = mask[:, :, :8].mean(dim=(1, 2))
    assert near.std() < (DISPARITY * scales)[:, :, :8].mean(dim=(1, 2)).std() / 2


def test_depth_leaves_maps_alone_where_steadying_is_off() -> None:
    _, mask = given.run("AnybokehDepth", images=IMAGES, maps_mask=DISPARITY, steady=False)
    assert torch.allclose(mask, DISPARITY, atol=1e-6)


def test_metres_become_disparity() -> None:
    metres = torch.where(DISPARITY > 0.5, 1.0, 4.0)
    _, mask = given.run("AnybokehDepth", images=IMAGES, maps_mask=metres, steady=False, depth_map="metric")
    assert float(mask[:, :, 0].min()) == pytest.approx(1, abs=1e-3)
    assert float(mask[:, :, -1].max()) == pytest.approx(0.25, abs=1e-3)


@pytest.mark.slow
def test_disparity_is_estimated_where_nothing_is_connected() -> None:
    _, mask = given.run("AnybokehDepth", images=IMAGES, estimate="salient")
    assert mask.shape == IMAGES.shape[:3]
    assert 0 <= float(mask.min()) < float(mask.max()) <= 1


def test_repair_gives_disparity_and_lamps() -> None:
    image, mask, lamps = given.run("AnybokehRepairScene", images=IMAGES, disparity_mask=DISPARITY)
    assert image.shape == (*mask.shape, 3) and lamps.shape == mask.shape
    assert set(lamps.unique().tolist()) <= {0.0, 1.0}
    # away from the outline nothing changes
    assert torch.allclose(mask[:, 8:40, :6], DISPARITY[:, 8:40, :6], atol=0.02)


@pytest.mark.slow
def test_a_subject_is_a_mask_of_the_images() -> None:
    picture = torch.full((given.FRAMES, 96, 128, 3), 0.5)
    picture[:, 30:70, 40:80] = torch.tensor([1.0, 0.1, 0.1])
    (mask,) = given.run("AnybokehFindSubject", images=picture)
    assert mask.shape == picture.shape[:3]
    assert mask[:, 40:60, 50:70].mean() > mask[:, :20].mean() + 0.3
    with pytest.raises(InputError, match="number is 9: expected 0 or one of"):
        given.run("AnybokehFindSubject", images=picture, number=9)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1, "keyframes": [{"frame": 0, "focus": 7}]}'])
def test_a_text_that_is_no_track_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^keyframes: ") as error:
        given.run("AnybokehFocusTrack", keyframes=text)
    assert "\n" not in str(error.value)


def test_the_example_in_the_node_is_a_track() -> None:
    assert given.run("AnybokehFocusTrack")[0].startswith('{"version": 1')


def test_a_lens_holds_what_was_changed() -> None:
    assert given.run("AnybokehLens") == ({},)
    assert given.run("AnybokehLens", lens="petzval", cats_eye=0.7) == ({"lens": "petzval", "cats_eye": 0.7},)
    with pytest.raises(InputError, match="petzvla"):
        given.run("AnybokehLens", lens="petzvla")
