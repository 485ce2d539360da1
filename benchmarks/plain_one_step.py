"""The one-step model run as plainly as in the official release, to compare the package's shortcuts with.

Every window encodes and embeds all of its frames. MPI attention computes queries, keys and values of all
visual and all MPI tokens; masked keys are masked, and queries of MPI tokens thrown away. Cross-attention to
a single token computes queries and a softmax over it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from anybokeh.models import BokehUNet, BokehVAE
from anybokeh.models.embedding import embed_pictures
from anybokeh.models.mpi_attention import (
    GatedMpiAttention,
    GuidedBlock,
    OneTokenProcessor,
)
from anybokeh.models.mpi_tokens import AdmittedTokens, MpiTokens


class PlainMpiAttention(GatedMpiAttention):
    """MPI attention over all tokens with the masks all zero, as the release computes it."""

    def _attend(self, x: Tensor, mpi: MpiTokens | None) -> Tensor:
        if mpi is None:
            raise ValueError("the plain way needs the MPI tokens")
        tokens = torch.stack(mpi.places[self.place].tokens)  # (frames, tokens, channels)
        everything = self.norm1_of_all(x, tokens)
        count = x.shape[1]
        mask = torch.zeros(1, 1, everything.shape[1], dtype=x.dtype, device=x.device)
        mask[..., count:] = -10000.0
        return self.mpi_attn(everything, attention_mask=mask.expand(len(x), -1, -1))[:, :count]

    def norm1_of_all(self, x: Tensor, tokens: Tensor) -> Tensor:
        """Visual tokens, which come normalised, and normalised MPI tokens."""
        return torch.cat((x, self.norm1(self.linear(tokens))), dim=1)

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.ff(self.norm2(x)) + self.ff(self.norm_k(x))


class PlainBlock(GuidedBlock):
    """A guided block whose cross-attention takes no shortcut."""

    def _cross_attend(self, x: Tensor, context: Tensor) -> Tensor:
        return self.attn2(self.norm2(x), encoder_hidden_states=context)  # type: ignore[misc]


def make_plain(unet: BokehUNet) -> BokehUNet:
    """Turn the shortcuts of a U-Net off, in place."""
    for module in unet.modules():
        if isinstance(module, GuidedBlock):
            module.__class__ = PlainBlock
        elif isinstance(module, GatedMpiAttention):
            module.__class__ = PlainMpiAttention
        processor = getattr(module, "processor", None)
        if isinstance(processor, OneTokenProcessor):
            module.set_processor(processor._several)  # type: ignore[operator]
    return unet


def all_tokens(unet: BokehUNet, latents: Tensor) -> MpiTokens:
    """The MPI tokens of some frames at every place, none left out."""
    features = unet.conv_in_mpi(latents)
    places = {}
    for place in unet._places:
        grid = [math.ceil(side / 2 ** place[0]) for side in features.shape[-2:]]
        resized = nn.functional.interpolate(features, size=grid, mode="bilinear") if place[0] else features
        places[place] = AdmittedTokens(tuple(resized.flatten(2).transpose(1, 2)))
    return MpiTokens(places, len(latents))


def plain_window(
    unet: BokehUNet, vae: BokehVAE, encoder: nn.Module, sharp: Tensor, grey: Tensor, blur: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Latents of one window by a U-Net made plain, and the encoder's features.

    sharp, grey: pictures and condition pictures, (frames, 3, height, width) in [-1, 1].
    """
    scale = vae.config["scaling_factor"]
    posterior, features = vae.encode_with_features(sharp)
    parts = [posterior.mode() * scale, vae.encode_latents(grey) * scale]
    context = embed_pictures(encoder, sharp, None, normalise=False)
    ids = torch.tensor([[6.0, 127.0, 0.0]], device=sharp.device)
    tokens = all_tokens(unet, parts[0])
    return unet(torch.cat(parts, dim=1)[None], 1.0, context, ids, blur, tokens).sample[0], features


@torch.inference_mode()
def plain_clip(
    unet: BokehUNet, vae: BokehVAE, encoder: nn.Module, pictures: Tensor, distance: Tensor, blur: Tensor
) -> Tensor:
    """A clip of more than 8 frames through windows of 8 that overlap by 4.

    pictures, distance: in [0, 1], (frames, 3, height, width) and (frames, height, width).
    """
    count = len(pictures)
    windows = math.ceil((count - 4) / 4)
    missing = 4 * windows + 4 - count
    sharp, grey = pictures * 2 - 1, (distance * 2 - 1)[:, None].repeat(1, 3, 1, 1)
    sharp, grey = (torch.cat((x, torch.zeros(missing, *x.shape[1:]))) for x in (sharp, grey))
    blur = torch.cat((blur, torch.zeros(missing)))
    latents: list[Tensor] = []
    features: dict[int, list[Tensor]] = {}
    for start in range(0, 4 * windows, 4):
        span = slice(start, start + 8)
        own, known = plain_window(unet, vae, encoder, sharp[span], grey[span], blur[span])
        latents.append(own)
        features |= {start + i: [stage[i] for stage in known] for i in range(8)}
    frames = []
    for chunk, start, kept in _chunks(latents):
        stages = zip(*(features[i] for i in range(start, start + 8)), strict=True)
        known = [torch.stack(stage) for stage in stages]
        decoded = vae.decode(chunk / vae.config["scaling_factor"], 8, known).sample
        frames.append((decoded[kept:] / 2 + 0.5).clamp(0, 1))
    return torch.cat(frames)[:count]


def _chunks(latents: list[Tensor]) -> Iterator[tuple[Tensor, int, int]]:
    """Latents to decode together, their first frame, and how many results to drop."""
    windows = len(latents)
    falling = 0.5 * (1 + torch.cos(math.pi * torch.arange(4) / 4))[:, None, None, None]
    blended = [latents[0][:4]]
    for earlier, later in pairwise(latents):
        blended.append(falling * earlier[4:] + (1 - falling) * later[:4])
    if windows % 2:
        blended.append(latents[-1][4:])
    together = torch.cat(blended)
    for start in range(0, len(together), 8):
        yield together[start : start + 8], start, 0
    if windows % 2 == 0:
        yield latents[-1], 4 * windows - 4, 4
