"""The networks of the model as the stages train them: modules whose call is one forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from anybokeh.models.embedding import embed_pictures
from anybokeh.models.mpi import condition_colours, condition_picture, region_index
from anybokeh.models.passes import FRAME_RATE, MOTION_BUCKET, NOISE, TIMESTEP
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE, Features

Batch = Mapping[str, Tensor]


@dataclass(frozen=True)
class Latents:
    """What the encoder knows of a batch.

    Attributes:
        given: (batch, frames, 2 * channels, rows, columns) of sharp frames and condition pictures, scaled;
            3 * channels where those of the layered render follow.
        region: (batch * frames, height, width) region index.
        features: of the sharp frames, for the decoder.
        context: (batch * frames, tokens, channels) of the image encoder, or None.
    """

    given: Tensor
    region: Tensor
    features: Features
    context: Tensor | None


def encode(pipe: AnyBokehPipeline, batch: Batch) -> Latents:
    """Encode the inputs of a batch.

    A batch holds the layered render, `render`, where the U-Net is given it.
    """
    vae: BokehVAE = pipe.vae
    pictures = [one * 2 - 1 for one in pictures_of(pipe, batch)]
    given, features = vae.encode_pictures(pictures)
    given = given * vae.config["scaling_factor"]  # (batch * frames, 2 * channels, rows, columns)
    focus = batch["focus"].flatten()
    distance = condition_picture(batch["disparity"].flatten(0, 1), focus, batch["range"].flatten())
    region = region_index(distance, focus, pipe.config["mpi_alpha"])
    context = None
    masked = pipe.config["variant"] == "paper"
    if pipe.image_encoder is not None:
        context = embed_pictures(pipe.image_encoder, pictures[0], pipe.feature_extractor, normalise=masked)
    return Latents(given.unflatten(0, batch["frames"].shape[:2]), region, features, context)


@torch.no_grad()
def start_pixel_skip(pipe: AnyBokehPipeline) -> None:
    """Let a silent skip of pixels begin with what the linear codec loses of the layered render.

    So the decoder begins with the render itself, changed by what the U-Net changes of its latents.
    """
    vae: BokehVAE = pipe.vae
    if not (vae.config["pixel_skip"] and vae.config["linear_path"] and vae.config["skip_pictures"] == 3):
        return
    weight = vae.skip_pixels.weight  # (channels, 3 * channels, 1, 1)
    if not weight.any():
        weight[:, -len(weight) :, 0, 0] = vae.linear.lost()


def condition_of(pipe: AnyBokehPipeline, batch: Batch) -> Tensor:
    """Condition pictures of a batch: (batch * frames, 3, height, width) in [0, 1]."""
    disparity = batch["disparity"].flatten(0, 1)
    numbers = (batch[name].flatten() for name in ("focus", "blur", "range"))
    return condition_colours(pipe.config["condition"], disparity, *numbers)


def pictures_of(pipe: AnyBokehPipeline, batch: Batch) -> list[Tensor]:
    """Sharp frames, condition pictures and, where it is used, the layered render: (batch * frames, 3, height,
    width) in [0, 1] each."""
    pictures = [batch["frames"].flatten(0, 1), condition_of(pipe, batch)]
    if pipe.unet.sees_render:
        pictures.append(batch["render"].flatten(0, 1))
    return pictures


class OnePass(nn.Module):
    """The U-Net: latents of the result, (batch, frames, channels, rows, columns), scaled."""

    def __init__(self, unet: BokehUNet, masked: bool) -> None:
        super().__init__()
        self.unet, self._masked = unet, masked

    def forward(self, latents: Latents, blur: Tensor) -> Tensor:
        """blur: (batch, frames) K."""
        unet, given = self.unet, latents.given
        count = blur.numel()
        context = latents.context
        if context is None:
            context = unet.context_token.expand(count, -1, -1)
        sharp = given[:, :, : unet.config["out_channels"]].flatten(0, 1)
        mpi = unet.mpi_tokens(sharp, latents.region) if self._masked else None
        ids = torch.tensor([[FRAME_RATE, MOTION_BUCKET, NOISE]], device=given.device).expand(len(given), -1)
        step = torch.tensor(TIMESTEP, device=given.device)
        return unet(given, step, context, ids, blur.flatten(), mpi, return_dict=False)[0]


class Decoding(nn.Module):
    """The decoder: (batch * frames, 3, height, width), about [-1, 1]."""

    def __init__(self, vae: BokehVAE) -> None:
        super().__init__()
        self.decoder = vae.decoder
        if vae.config["pixel_skip"]:
            self.skip_pixels = vae.skip_pixels
        self._vae = (vae,)  # its encoder takes no part, so it is no part of this module

    def forward(self, latents: Tensor, features: Features) -> Tensor:
        """latents: (batch, frames, channels, rows, columns), scaled."""
        vae = self._vae[0]
        scaled = latents.flatten(0, 1) / vae.config["scaling_factor"]
        return vae.decode(scaled, latents.shape[1], features, return_dict=False)[0]


class Autoencoding(nn.Module):
    """The whole autoencoder, without skips."""

    def __init__(self, vae: BokehVAE) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Encode and decode.

        Args:
            pictures: (batch, frames, 3, height, width) in [-1, 1].

        Returns:
            The pictures of all frames as decoded from the mode of their latents, which is what the pipeline
            uses, and the mean square of those latents.
        """
        latents = self.vae.encode_latents(pictures.flatten(0, 1))
        decoded = self.vae.decode(latents, pictures.shape[1], return_dict=False)[0]
        return decoded, latents.square().mean()
