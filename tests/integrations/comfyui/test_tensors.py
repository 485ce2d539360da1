"""IMAGE and MASK, checked and read."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anybokeh.errors import InputError
from anybokeh.integrations.comfyui.tensors import as_images, as_maps, image_of, pixels_of
from integrations.comfyui import given


def test_codes_of_eight_bits_come_back_as_they_were() -> None:
    codes = torch.arange(256, dtype=torch.float32).reshape(1, 16, 16, 1).expand(1, 16, 16, 3) / 255
    (pixels,) = pixels_of(codes)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels[..., 0].ravel(), np.arange(256))


def test_values_between_get_sixteen_bits() -> None:
    frames = given.images(16)
    pixels = np.stack(list(pixels_of(frames)))
    assert pixels.dtype == np.uint16
    assert np.abs(pixels / 65535 - frames.numpy()).max() < 1e-5


def test_one_frame_between_codes_makes_all_sixteen_bits() -> None:
    frames = given.images()
    frames[-1, 0, 0, 0] = 0.5003
    assert {one.dtype for one in pixels_of(frames)} == {np.dtype(np.uint16)}


def test_values_beyond_are_clipped_and_nan_is_refused() -> None:
    frames = torch.tensor([-0.5, 1.5, 1.0]).reshape(1, 1, 1, 3)
    assert next(pixels_of(frames)).ravel().tolist() == [0, 65535, 65535]
    with pytest.raises(InputError, match="NaN or infinite values in frame 0"):
        list(pixels_of(torch.full((1, 2, 2, 3), torch.nan)))


def test_masks_and_grey_images_are_maps() -> None:
    mask = given.disparity()
    for same in (mask, image_of(mask), mask[..., None]):
        assert torch.equal(as_maps(same, "disparity"), mask)
    assert as_maps(mask[0], "disparity").shape == (1, *mask.shape[1:])


def test_what_is_no_map_or_image_is_refused() -> None:
    with pytest.raises(InputError, match="disparity has colour in frame 0"):
        as_maps(given.images(), "disparity")
    with pytest.raises(InputError, match=r"disparity has shape \(3,\)"):
        as_maps(torch.zeros(3), "disparity")
    with pytest.raises(InputError, match=r"images has shape \(2, 4, 4\): expected \(frames"):
        as_images(torch.zeros(2, 4, 4))
    with pytest.raises(InputError, match="images has shape str"):
        as_images("picture")
