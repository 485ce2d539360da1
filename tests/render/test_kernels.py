"""The kernel bank: what is added up along rows gives whole kernels back."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.render.kernels import kernel_bank


@pytest.mark.parametrize(
    "lens", [Lens(), Lens(blades=5, rotation=7), Lens(rim=-0.8, anamorphic=1.5), Lens(anamorphic=0.3)]
)
def test_every_radius_has_energy_one_and_the_aperture_s_variance(lens):
    bank = kernel_bank(lens)
    kernels = bank.full
    for index in (0, 3, 16, 31, 32, 33, 50, 90, 96, 130, 256):
        kernel = kernels.kernel(index)
        assert kernel.sum() == pytest.approx(1, abs=1e-5)
        y = np.arange(kernel.shape[0]) - kernels.reach
        x = np.arange(kernel.shape[1]) - kernels.side
        across, down = kernel.sum(0), kernel.sum(1)
        variance = across @ x**2 - (across @ x) ** 2 + down @ y**2 - (down @ y) ** 2
        wanted = bank.moment * (index / kernels.steps) ** 2
        # 0.1 pixels of radius; below half a pixel the variance itself is next to nothing.
        assert abs(np.sqrt(variance / bank.moment) - np.sqrt(wanted / bank.moment)) < 0.1


def test_radius_zero_is_the_pixel_itself():
    kernel = kernel_bank(Lens()).full.kernel(0)
    assert kernel.max() == pytest.approx(1)
    assert (np.abs(kernel) > 1e-6).sum() == 1


@pytest.mark.slow
def test_cats_eye_kernels_differ_over_the_picture_and_mirror():
    kernels = kernel_bank(Lens(cats_eye=1.0)).full
    columns, rows = kernels.field
    left, right = kernels.kernel(kernels.bins - 1), kernels.kernel(columns * kernels.bins - 1)
    middle = kernels.kernel((rows // 2 * columns + columns // 2 + 1) * kernels.bins - 1)
    assert np.allclose(left, right[:, ::-1], atol=1e-4)
    assert np.abs(left - middle).max() > 0.5 * middle.max()
