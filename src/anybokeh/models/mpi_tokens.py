"""MPI tokens: the sharp picture's features, sorted by where in the U-Net they take part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from anybokeh.models.mpi import admitted_tokens

Place = tuple[int, int]
"""How often the latent grid was halved where a block stands, and the highest region it admits."""


@dataclass(frozen=True)
class AdmittedTokens:
    """The MPI tokens that take part at one place, without the others.

    Attributes:
        tokens: one (admitted, channels) tensor a frame.
    """

    tokens: tuple[Tensor, ...]

    def packed(self) -> Tensor:
        """(all admitted, channels) of every frame in turn."""
        return torch.cat(self.tokens)

    @property
    def counts(self) -> list[int]:
        """How many tokens each frame has."""
        return [len(tokens) for tokens in self.tokens]


@dataclass(frozen=True)
class MpiTokens:
    """MPI tokens of a run of frames at every place of a U-Net; a slice of it holds those frames.

    Attributes:
        places: the tokens that take part, by place.
        frames: how many frames there are.
    """

    places: dict[Place, AdmittedTokens]
    frames: int

    def __getitem__(self, frames: slice) -> MpiTokens:
        places = {place: AdmittedTokens(given.tokens[frames]) for place, given in self.places.items()}
        return MpiTokens(places, len(range(*frames.indices(self.frames))))


def join_tokens(parts: list[MpiTokens]) -> MpiTokens:
    """The tokens of consecutive runs of frames as one run."""
    places = {
        place: AdmittedTokens(tuple(tokens for part in parts for tokens in part.places[place].tokens))
        for place in parts[0].places
    }
    return MpiTokens(places, sum(part.frames for part in parts))


def mpi_tokens(features: Tensor, region: Tensor, places: set[Place]) -> MpiTokens:
    """Sort the features of the sharp picture into the tokens that each place admits.

    Args:
        features: (frames, channels, rows, columns) of the latent grid.
        region: (frames, height, width) region index at frame size.
        places: where tokens are needed.
    """
    chosen = {}
    for scale, level in places:
        grid = features.shape[-2], features.shape[-1]
        for _ in range(scale):
            grid = (grid[0] + 1) // 2, (grid[1] + 1) // 2
        resized = features
        if scale:
            resized = functional.interpolate(features, size=grid, mode="bilinear", align_corners=False)
        tokens = resized.flatten(2).transpose(1, 2)  # (frames, tokens, channels)
        mask = admitted_tokens(region, level, grid)
        chosen[scale, level] = AdmittedTokens(
            tuple(one[taken] for one, taken in zip(tokens, mask, strict=True))
        )
    return MpiTokens(chosen, len(features))
