"""A linear autoencoder of squares of pixels, with which small autoencoders begin near the best linear one."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_COLOURS = ((1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 2.0, -1.0))
"""Brightness, red against blue, green against both: nearly the principal components of photographs."""
_COLOUR_COST = 4.0
"""How much lower frequencies of colours must be to count as much as one of brightness."""


class LinearCodec(nn.Module):
    """Squares of pixels by their lowest frequencies; both ways are trained further.

    Args:
        side: of a square in pixels.
        channels: of the latents, at most 3 * side ** 2.
    """

    def __init__(self, side: int, channels: int) -> None:
        super().__init__()
        self._into = nn.Conv2d(3, channels, side, stride=side)
        self._back = nn.ConvTranspose2d(channels, 3, side, stride=side)
        basis = cosine_basis(side, channels)
        with torch.no_grad():
            for convolution in (self._into, self._back):
                convolution.weight.copy_(basis)
                assert convolution.bias is not None
                convolution.bias.zero_()

    def encode(self, pictures: Tensor) -> Tensor:
        """(frames, 3, height, width) to (frames, channels, height / side, width / side)."""
        return self._into(pictures)

    def decode(self, latents: Tensor) -> Tensor:
        """The inverse, as far as the channels determine it."""
        return self._back(latents)

    def lost(self) -> Tensor:
        """What the codec loses, `x - decode(encode(x))`, as a matrix: (3 * side ** 2, 3 * side ** 2).

        Pixels of a square are in the order of `torch.nn.functional.pixel_unshuffle`.
        """
        into, back = self._into.weight.flatten(1), self._back.weight.flatten(1)  # (channels, pixels) each
        return torch.eye(into.shape[1], dtype=into.dtype, device=into.device) - back.T @ into


def cosine_basis(side: int, channels: int) -> Tensor:
    """The first orthonormal cosine functions of a square, by frequency: (channels, 3, side, side)."""
    place = torch.arange(side, dtype=torch.float64)
    waves = torch.cos(math.pi / side * place[:, None] * (place + 0.5))  # (frequencies, places)
    waves = waves / waves.norm(dim=1, keepdim=True)
    colours = torch.tensor(_COLOURS, dtype=torch.float64)
    colours = colours / colours.norm(dim=1, keepdim=True)
    order = sorted(
        ((row + column) * (_COLOUR_COST if colour else 1) + bool(colour), colour, row, column)
        for colour in range(3)
        for row in range(side)
        for column in range(side)
    )
    chosen = [
        torch.einsum("c,y,x->cyx", colours[colour], waves[row], waves[column])
        for _, colour, row, column in order[:channels]
    ]
    return torch.stack(chosen).float()


@torch.no_grad()
def silence(convolution: nn.Conv2d) -> None:
    """Let a convolution begin with 0 everywhere."""
    convolution.weight.zero_()
    if convolution.bias is not None:
        convolution.bias.zero_()
