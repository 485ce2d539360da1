"""Kernels as pictures are the kernels that the processor draws with."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.layers import FOCUS_LAYER, base_layer, reduced_layer, squashed
from anybokeh.render.webgpu.kernel_tables import MOST_LAYERS, kernel_table

LENSES = Lens(), Lens(blades=5, rotation=20), Lens(cats_eye=0.7)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("reduced", [False, True])
def test_pictures_are_cut_to_what_they_touch(lens: Lens, reduced: bool) -> None:
    kernels = kernel_bank(lens).of_level(int(reduced))
    table = kernel_table(kernels, reduced=reduced)
    for index in range(0, len(table.boxes), 37):
        begin, left, top, size = table.boxes[index]
        width, height = size & 0xFFFF, size >> 16
        picture = np.zeros((2 * kernels.reach + 1, 2 * kernels.side + 1))
        row, column = top + kernels.reach, left + kernels.side
        cut = table.weights[begin : begin + width * height].reshape(height, width)
        picture[row : row + height, column : column + width] = cut
        assert np.abs(picture - kernels.kernel(index)).max() < 2e-7


@pytest.mark.parametrize("lens", LENSES)
def test_no_kernel_of_a_layer_reaches_farther_than_told(lens: Lens) -> None:
    bank = kernel_bank(lens)
    for reduced, radii in ((False, np.linspace(0, 8, 50)), (True, np.linspace(4, 16, 50))):
        kernels = bank.of_level(int(reduced))
        table = kernel_table(kernels, reduced=reduced)
        for radius in radii:
            layer = reduced_layer(np.float32(radius)) if reduced else base_layer(squashed(-radius))
            kernel = int(radius * kernels.steps + 0.5)
            _, left, top, size = (int(number) for number in table.boxes[kernel])
            across = max(-left, left + (size & 0xFFFF) - 1)
            down = max(-top, top + (size >> 16) - 1)
            assert (table.reaches[layer, :2] >= (across, down)).all()
            assert (table.reaches[MOST_LAYERS, :2] >= table.reaches[layer, :2]).all()
    # layers of thin blur look at no more than they must
    assert (kernel_table(bank.full, reduced=False).reaches[FOCUS_LAYER, :2] <= 2).all()
