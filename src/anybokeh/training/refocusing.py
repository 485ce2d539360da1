"""The whole model as one module, for stages that train more of it by the pixels of its result."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn

from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.training.config import TOGETHER
from anybokeh.training.trained_modules import Batch, Decoding, OnePass, encode

ENCODER, UNET = TOGETHER


class Refocusing(nn.Module):
    """Encoder, U-Net and decoder: (batch * frames, 3, height, width), about [-1, 1].

    Its parameters are those of the decoder and of the networks that are trained with it. Without the U-Net
    the encoder learns by what the decoder's skips see, and latents pass on no gradient.

    Args:
        pipe: the model.
        also: what is trained with the decoder, of `TOGETHER`.
    """

    def __init__(self, pipe: AnyBokehPipeline, also: Collection[str]) -> None:
        super().__init__()
        self._also = frozenset(also)
        self.decoding = Decoding(pipe.vae)
        one_pass = OnePass(pipe.unet, pipe.config["variant"] == "paper")
        if UNET in also:
            self.unet = one_pass
        if ENCODER in also:
            self.encoder = pipe.vae.encoder
        self._frozen = pipe, one_pass  # what is not trained is no part of this module

    def forward(self, batch: Batch) -> Tensor:
        """The refocused frames of a batch."""
        pipe, one_pass = self._frozen
        with torch.set_grad_enabled(torch.is_grad_enabled() and ENCODER in self._also):
            latents = encode(pipe, batch)
        with torch.set_grad_enabled(torch.is_grad_enabled() and UNET in self._also):
            if not latents.given.requires_grad:
                # see `UNetStage`
                latents.given.requires_grad_(torch.is_grad_enabled())
            result = one_pass(latents, batch["blur"])
        return self.decoding(result, latents.features)
