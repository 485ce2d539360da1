"""The stages of the training: what is trained, on what, with which loss (paper, section 3, training).

A stage names the module that the loop optimises; parameters that are not trained need no gradient.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.training.config import StageSettings
from anybokeh.training.refocusing import Refocusing
from anybokeh.training.trained_modules import (
    Autoencoding,
    Batch,
    Decoding,
    OnePass,
    condition_of,
    encode,
    start_pixel_skip,
)

_SIZE_OF_LATENTS = 1e-4
"""So small a weight that it only keeps latents from drifting; their scale is measured after the stage."""
_TEMPORAL_DECODER = "temporal_res_block", "time_mixer", "time_conv_out"
_TEMPORAL_UNET = "temporal_", "time_mixer", "time_pos_embed"


class Stage(Protocol):
    """What a loop needs to know."""

    module: nn.Module

    def losses(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Terms by name; `module` is the stage's, or wraps it."""
        ...


class VaeStage:
    """Stage 0, for random weights: the autoencoder from sharp, blurred and condition pictures in turn."""

    def __init__(self, pipe: AnyBokehPipeline, settings: StageSettings) -> None:
        pipe.vae.requires_grad_(True)
        # nothing reaches the skips before stage 3
        for name, parameter in pipe.vae.named_parameters():
            parameter.requires_grad_("skip_" not in name)
        self._pipe = pipe
        self.module = Autoencoding(pipe.vae)

    def losses(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """L1 and Sobel-gradient L1 in pixels, and a little of the size of latents."""
        kind = int(torch.randint(5, ()))
        if kind == 0:
            pictures = condition_of(self._pipe, batch)
        else:
            pictures = batch["frames" if kind < 3 else "bokeh"].flatten(0, 1)
        pictures = pictures * 2 - 1
        decoded, size = module(pictures.unflatten(0, batch["frames"].shape[:2]))
        terms = pixel_losses(decoded, pictures)
        return {**terms, "latents": _SIZE_OF_LATENTS * size}


class UNetStage:
    """Stages 1 and 2: the whole U-Net, or its temporal layers alone; MSE on latents."""

    def __init__(self, pipe: AnyBokehPipeline, settings: StageSettings) -> None:
        unet = pipe.unet
        if settings.checkpointing:
            unet.enable_gradient_checkpointing()
        for name, parameter in unet.named_parameters():
            # official weights hold ff_k; nothing ever calls it
            whole = settings.part == "unet" and "ff_k" not in name
            parameter.requires_grad_(whole or (settings.part == "temporal" and is_temporal(name)))
        self._pipe = pipe
        self.module = OnePass(unet, pipe.config["variant"] == "paper")

    def losses(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Squared differences of scaled latents."""
        vae = self._pipe.vae
        with torch.no_grad():
            truth = vae.encode_latents(batch["bokeh"].flatten(0, 1) * 2 - 1) * vae.config["scaling_factor"]
            latents = encode(self._pipe, batch)
        # without a gradient of its input, that of a group norm's weights crashes PyTorch 2.13 on processors
        latents.given.requires_grad_(True)
        result = module(latents, batch["blur"])
        return {"latents": functional.mse_loss(result.flatten(0, 1).float(), truth.float())}


class DecoderStage:
    """Stage 3: the decoder without its temporal layers, with the encoder's features; the U-Net stays.

    Settings may train encoder and U-Net as well, by the same losses.
    """

    def __init__(self, pipe: AnyBokehPipeline, settings: StageSettings) -> None:
        decoder: Any = pipe.vae.decoder
        if settings.checkpointing:
            decoder.gradient_checkpointing = True
            decoder._gradient_checkpointing_func = _recomputed
        start_pixel_skip(pipe)
        self._pipe, self._squares = pipe, settings.squares
        self._unet = OnePass(pipe.unet, pipe.config["variant"] == "paper")
        self._whole = bool(settings.also)
        self.module = Refocusing(pipe, settings.also) if settings.also else Decoding(pipe.vae)
        self.module.requires_grad_(True)
        for name, parameter in decoder.named_parameters():
            parameter.requires_grad_(not any(mark in name for mark in _TEMPORAL_DECODER))

    def losses(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """L1 and Sobel-gradient L1 in pixels, and squared errors where settings weigh them."""
        if self._whole:
            decoded = module(batch)
        else:
            with torch.no_grad():
                latents = encode(self._pipe, batch)
                result = self._unet(latents, batch["blur"])
            decoded = module(result, latents.features)
        truth = batch["bokeh"].flatten(0, 1) * 2 - 1
        terms = pixel_losses(decoded, truth)
        if self._squares:
            terms["squares"] = self._squares * functional.mse_loss(decoded, truth)
        return terms


def new_stage(pipe: AnyBokehPipeline, settings: StageSettings) -> Stage:
    """The stage of these settings; everything else in the pipeline is frozen."""
    for network in (pipe.unet, pipe.vae):
        network.requires_grad_(False)
        # what a stage before has left would count in the norm of this one's gradient
        network.zero_grad(set_to_none=True)
    kinds = {"vae": VaeStage, "unet": UNetStage, "temporal": UNetStage, "decoder": DecoderStage}
    return kinds[settings.part](pipe, settings)


def is_temporal(name: str) -> bool:
    """Whether a parameter of the U-Net belongs to its temporal layers."""
    return any(mark in name for mark in _TEMPORAL_UNET)


def pixel_losses(result: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """L1 of pixels and L1 of the length of their Sobel gradients; (frames, 3, height, width) each."""
    return {
        "pixels": functional.l1_loss(result, truth),
        "gradients": functional.l1_loss(sobel(result), sobel(truth)),
    }


def sobel(pictures: Tensor) -> Tensor:
    """Length of the gradient in each channel, one value a pixel but for the border.

    Args:
        pictures: (frames, channels, height, width).

    Returns:
        (frames, channels, height - 2, width - 2).
    """
    across = pictures.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    kernels = torch.stack((across, across.T))[:, None]  # (2, 1, 3, 3)
    slopes = functional.conv2d(pictures.flatten(0, 1)[:, None], kernels)
    return (slopes.square().sum(1) + 1e-8).sqrt().unflatten(0, pictures.shape[:2])


def _recomputed(block: nn.Module, *inputs: Tensor) -> Any:
    return checkpoint(block, *inputs, use_reentrant=False)
