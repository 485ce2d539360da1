"""The networks of the model as the stages train them: modules whose call is one forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from anybokeh.errors import InputError
from anybokeh.models.embedding import embed_pictures
from anybokeh.models.layout import channels_last
from anybokeh.models.passes import FRAME_RATE, MOTION_BUCKET, NOISE, TIMESTEP
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE, Features
from anybokeh.mpi import condition_colours, condition_picture, region_index
from anybokeh.training.config import ModelSettings

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


def new_pipeline(settings: ModelSettings, seed: int) -> AnyBokehPipeline:
    """The pipeline to begin with: gates are 0, MPI tokens see the picture as the U-Net does.

    Raises:
        InputError: the networks cannot be built or found.
    """
    torch.manual_seed(seed)
    encoder, extractor = None, None
    try:
        if settings.start is None:
            unet, vae = BokehUNet(**settings.unet), BokehVAE(**settings.vae)
        else:
            unet, vae, encoder, extractor = _from_svd(settings.start, settings.layered_render)
    except (TypeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"the model cannot be built: {reason}; mend its settings") from None
    start_mpi(unet)
    pipe = AnyBokehPipeline(
        unet,
        vae,
        encoder,
        extractor,
        variant="paper" if settings.masked else "released",
        mpi_alpha=settings.mpi_alpha,
        working_area=settings.working_area,
        trained_blur=settings.trained_blur,
        condition=settings.condition,
    )
    for network in (unet, vae):
        channels_last(network)
        network.requires_grad_(False)
    return pipe


@torch.no_grad()
def start_mpi(unet: BokehUNet) -> None:
    """Let the convolution of MPI tokens begin as that part of `conv_in` which sees the sharp frames."""
    own = unet.conv_in_mpi
    own.weight.copy_(unet.conv_in.weight[:, : own.in_channels])
    if own.bias is not None and unet.conv_in.bias is not None:
        own.bias.copy_(unet.conv_in.bias)


def _from_svd(name: str, layered_render: bool) -> tuple[BokehUNet, BokehVAE, Any, Any]:
    from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
    from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
    from transformers import CLIPImageProcessorPil, CLIPVisionModelWithProjection

    plain_unet = UNetSpatioTemporalConditionModel.from_pretrained(
        name, subfolder="unet", use_safetensors=True
    )
    wider = {"in_channels": 3 * plain_unet.config["out_channels"]} if layered_render else {}
    unet = _extended(BokehUNet, plain_unet, **wider)
    plain_vae = AutoencoderKLTemporalDecoder.from_pretrained(name, subfolder="vae", use_safetensors=True)
    vae = _extended(BokehVAE, plain_vae)
    encoder = CLIPVisionModelWithProjection.from_pretrained(name, subfolder="image_encoder")
    extractor = CLIPImageProcessorPil.from_pretrained(name, subfolder="feature_extractor")
    return unet, vae, encoder.requires_grad_(False), extractor


Extended = TypeVar("Extended", BokehUNet, BokehVAE)


def _extended(kind: type[Extended], plain: Any, **changed: Any) -> Extended:
    """A network with the weights of the one that it extends; what the paper adds keeps its initial weights.

    Weights of a wider `conv_in` begin as 0. `kind.from_pretrained` would leave what is not in the files as it
    finds it in memory.
    """
    network = kind.from_config(plain.config, **changed)
    assert isinstance(network, kind)
    weights = plain.state_dict()
    if changed:
        known = weights["conv_in.weight"]
        missing = changed["in_channels"] - known.shape[1]
        weights["conv_in.weight"] = functional.pad(known, (0, 0, 0, 0, 0, missing))
    unknown = network.load_state_dict(weights, strict=False).unexpected_keys
    if unknown:
        raise InputError(f"start has weights that {kind.__name__} does not know, such as {unknown[0]}")
    return network


@torch.no_grad()
def encode(pipe: AnyBokehPipeline, batch: Batch) -> Latents:
    """Encode the inputs of a batch, without gradients.

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
