"""A differentiable twin of the layered renderer, for losses on the picture that a scene gives.

The layered renderer rounds every disparity to a layer and a kernel, which no gradient passes. Here a pixel is
shared between the two planes that its circle of confusion lies between, and every plane is blurred as a
whole. Hidden surfaces, mixed pixels and how planes are laid over each other are as there. A pixel may also
belong to either of two surfaces, each with some probability.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from anybokeh.optics.aperture import aperture_kernel, draw_aperture
from anybokeh.optics.coc import REFERENCE_WIDTH
from anybokeh.optics.lens import Lens
from anybokeh.render.hidden_torch import find_hidden_surfaces, squash
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.layers import BASE_LAYERS_PER_UNIT, BASE_RADIUS
from anybokeh.render.outlines_torch import TorchOutlines, find_torch_outlines
from anybokeh.render.samples_torch import TorchPoints, covering, surfaces
from anybokeh.render.splat import NEGLIGIBLE_COVERAGE

_SPACING = 1 / BASE_LAYERS_PER_UNIT
"""Distance of two planes in squashed circle of confusion; one of them is the focal plane."""
_SURE = 0.48
"""Probabilities farther than this from a half leave no doubt."""
_MOVED = 1e-3
"""Least difference of the circle of confusion, in pixels, by which an outline moves a pixel."""
_FFT_STEP = 8
"""Pictures are padded to multiples of this, so that few sizes of transforms occur."""


class SoftScene(NamedTuple):
    """Disparity that is not sure of itself; tensors may need gradients.

    Attributes:
        first, second: (height, width) in [0, 1], the surfaces that a pixel may belong to.
        share: (height, width) in [0, 1], probability of the first.
    """

    first: Tensor
    second: Tensor
    share: Tensor

    @classmethod
    def sure(cls, disparity: Tensor) -> SoftScene:
        """Of disparity that is certain."""
        return cls(disparity, disparity, torch.ones_like(disparity))


def blur_softly(
    light: Tensor,
    scene: SoftScene,
    focus: float,
    blur: float,
    width: float,
    lens: Lens | None = None,
    outlines: TorchOutlines | None = None,
) -> Tensor:
    """What the lens sees, in linear light.

    Agrees with `LayeredRenderer` at 40 dB PSNR or better in small pictures. Cost grows with the square of
    the blur.

    Args:
        light: (3, height, width) linear, float32 or float64.
        scene: of the same size and type.
        focus: disparity of the focal plane.
        blur: K, see `signed_circle_of_confusion`.
        width: displayed width of the whole picture, of which this may be a part.
        lens: shape of the blur; without what changes over the picture or with colour.
        outlines: pixels near outlines taken apart, found if they are not given.

    Returns:
        (3, height, width), differentiable in light and scene; not in what `outlines` says of a pixel.
    """
    scale = blur * width / REFERENCE_WIDTH
    first, second = ((disparity - focus) * scale for disparity in scene[:2])
    likely = torch.where(scene.share.detach() > 0.5, first, second)
    outlines = outlines or find_torch_outlines(light, likely)
    hidden = find_hidden_surfaces(light, likely, outlines, -focus * scale, (1 - focus) * scale)
    unmixed = outlines.placed(outlines.whole[:3], light)
    elsewhere = outlines.placed(outlines.whole[3], likely.detach())
    # Where it is open which of the two surfaces a pixel belongs to, that is for the scene to say.
    sure = (scene.share.detach() - 0.5).abs() > _SURE
    moved = sure & ((elsewhere - likely.detach()).abs() > _MOVED)
    found = [covering(outlines)]
    for coc, share in ((first, scene.share), (second, 1 - scene.share)):
        for points in surfaces(unmixed, torch.where(moved, elsewhere, coc), hidden):
            weight = share[points.y, points.x]
            points = points._replace(light=points.light * weight[:, None])
            found.append(points.where(weight.detach() > 0))
    points = TorchPoints(*(torch.cat(parts) for parts in zip(*found, strict=True)))
    return _composite(_blurred(_planes(points, likely.shape), lens or Lens()))


class _Planes(NamedTuple):
    """Light sorted by circle of confusion.

    Attributes:
        nearest: number of the first plane, positive before the focal plane; the others follow one by one.
        light: (planes, 4, height, width) linear RGB times coverage, and coverage.
    """

    nearest: int
    light: Tensor


def _planes(points: TorchPoints, shape: tuple[int, ...]) -> _Planes:
    height, width = shape
    place = squash(points.coc) / _SPACING
    low, high = torch.aminmax(place.detach())
    nearest, farthest = math.ceil(float(high)), math.floor(float(low))
    depth = nearest - place
    before = depth.detach().floor().clamp(0, max(nearest - farthest - 1, 0))
    share = depth - before
    cell = (before.long() * height + points.y) * width + points.x
    count = nearest - farthest + 1
    # one more plane: pixels on the last one are shared with an empty plane behind it
    light = points.light.new_zeros((count + 1) * height * width, 4)
    light = light.index_add(0, cell, (1 - share)[:, None] * points.light)
    light = light.index_add(0, cell + height * width, share[:, None] * points.light)
    return _Planes(nearest, light.reshape(-1, height, width, 4)[:count].permute(0, 3, 1, 2))


def _blurred(planes: _Planes, lens: Lens) -> Tensor:
    """Each plane with its own kernel, the border repeated beyond the picture: as `planes.light`."""
    light, count = planes.light, len(planes.light)
    height, width = light.shape[2:]
    numbers = [planes.nearest - index for index in range(count)]
    reach = max(max(_kernel(lens, number).shape) // 2 for number in numbers)
    size = tuple(-(-(length + 2 * reach) // _FFT_STEP) * _FFT_STEP for length in (height, width))
    kernels = torch.stack([_transformed(lens, number, size, light.dtype) for number in numbers])
    wide = torch.fft.rfft2(pad(light, (reach, reach, reach, reach), mode="replicate"), s=size)
    blurred = torch.fft.irfft2(wide * kernels[:, None].to(light.device), s=size)
    return blurred[:, :, reach : reach + height, reach : reach + width]


def _composite(planes: Tensor) -> Tensor:
    """Planes laid over each other, the nearest first, each as far as there is room: (3, height, width)."""
    cover = planes[:, 3].clamp(min=0)
    filled = cover.cumsum(0).clamp(max=1)
    room = torch.diff(filled, dim=0, prepend=torch.zeros_like(filled[:1]))
    share = torch.where(cover > NEGLIGIBLE_COVERAGE, room / cover.clamp(min=NEGLIGIBLE_COVERAGE), 0)
    light = (share[:, None] * planes).sum(0)
    return light[:3] / light[3].clamp(min=NEGLIGIBLE_COVERAGE)


@lru_cache(maxsize=256)
def _kernel(lens: Lens, number: int) -> np.ndarray:
    """The kernel of the plane `number` planes before the focal plane, with odd sides and a sum of 1."""
    radius = math.expm1(abs(number) * _SPACING)
    if radius <= BASE_RADIUS:
        kernels = kernel_bank(lens).full
        index = round(radius * kernels.steps)
        turned = kernels.turned and number > 0
        kernel = kernels.kernel(len(kernels.reaches) - 1 - index if turned else index)
    else:
        aperture = draw_aperture(lens, near=number > 0)
        # averaging over a pixel adds a variance of 1/12 along each axis
        kernel = aperture_kernel(aperture, math.sqrt(radius**2 - 1 / 6 / aperture.moment))
        if number > 0:
            kernel = kernel[::-1, ::-1].copy()
    return kernel / kernel.sum()


@lru_cache(maxsize=512)
def _transformed(lens: Lens, number: int, size: tuple[int, int], dtype: torch.dtype) -> Tensor:
    """Fourier transform of a kernel that is centred on the first pixel."""
    kernel = torch.from_numpy(_kernel(lens, number)).to(dtype)
    rows, columns = kernel.shape
    centred = pad(kernel, (0, size[1] - columns, 0, size[0] - rows))
    return torch.fft.rfft2(centred.roll((-(rows // 2), -(columns // 2)), (0, 1)))


def encode_softly(light: Tensor) -> Tensor:
    """Linear light to sRGB code values, differentiable where they are within [0, 1]."""
    light = light.clamp(0, 1)
    bright = 1.055 * light.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, light * 12.92, bright)
