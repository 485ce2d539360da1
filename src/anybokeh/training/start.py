"""The pipeline that a training begins with: random weights, Stable Video Diffusion, or a trained pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.nn import functional

from anybokeh.errors import InputError
from anybokeh.models.checkpoints import load_pipeline
from anybokeh.models.layout import channels_last
from anybokeh.models.library import find_model
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.models.pipeline_folder import INDEX, PIPELINE, network_config, read_index
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.training.config import DEFAULTS, ModelSettings

_STABLE_VIDEO = "StableVideoDiffusionPipeline"


def new_pipeline(settings: ModelSettings, seed: int) -> AnyBokehPipeline:
    """The pipeline to begin with.

    Unless a pipeline of this package is the start, gates are 0 and MPI tokens see the picture as the U-Net
    does.

    Raises:
        InputError: the networks cannot be built or found, or do not fit the settings.
    """
    torch.manual_seed(seed)
    settings = completed(settings)
    trained = settings.start and trained_pipeline(settings.start)
    if trained:
        pipe = _started(trained, settings)
    else:
        networks = _networks(settings)
        start_mpi(networks[0])
        pipe = AnyBokehPipeline(*networks, **_of_pipeline(settings))
    for network in (pipe.unet, pipe.vae):
        channels_last(network)
        network.requires_grad_(False)
    return pipe


def completed(settings: ModelSettings) -> ModelSettings:
    """Settings with what is left out: as the pipeline has it that is the start, else as the paper does it.

    Raises:
        InputError: the start is a pipeline of another kind, or is given what it cannot take.
    """
    known = {**DEFAULTS}
    folder = settings.start and trained_pipeline(settings.start)
    if folder:
        index = read_index(folder)
        known |= {name: index[name] for name in known if name in index}
        known["masked"] = index.get("variant", "paper") == "paper"
        known["trained_blur"] = tuple(known["trained_blur"])
        known["layered_render"] = _sees_render(folder)
        if settings.layered_render not in (None, known["layered_render"]):
            raise InputError(
                f"layered_render is {str(settings.layered_render).lower()}, but {folder} was trained with "
                f"{str(known['layered_render']).lower()}: leave it out"
            )
    left_out = {name: value for name, value in known.items() if getattr(settings, name) is None}
    return replace(settings, **left_out)


def trained_pipeline(start: str) -> Path | None:
    """The folder of a start that is a pipeline of this package; None for Stable Video Diffusion.

    Raises:
        InputError: it is a pipeline of another kind.
    """
    folder = Path(find_model(start))
    if not (folder / INDEX).is_file():
        return None
    try:
        kind = json.loads((folder / INDEX).read_text()).get("_class_name")
    except (OSError, ValueError, AttributeError):
        raise InputError(f"{folder / INDEX}: cannot be read as JSON; fetch the model again") from None
    if kind not in (PIPELINE, _STABLE_VIDEO):
        raise InputError(f"start {folder} holds a {kind}: expected an {PIPELINE} or a {_STABLE_VIDEO}")
    return folder if kind == PIPELINE else None


def _started(folder: Path, settings: ModelSettings) -> AnyBokehPipeline:
    known = load_pipeline(folder, torch_dtype=torch.float32)
    if known.image_encoder is not None:
        known.image_encoder.requires_grad_(False)
    parts = known.unet, known.vae, known.image_encoder, known.feature_extractor
    return AnyBokehPipeline(*parts, **_of_pipeline(settings))


def _of_pipeline(settings: ModelSettings) -> dict[str, Any]:
    return {
        "variant": "paper" if settings.masked else "released",
        "mpi_alpha": settings.mpi_alpha,
        "working_area": settings.working_area,
        "trained_blur": settings.trained_blur,
        "condition": settings.condition,
    }


def _sees_render(folder: Path) -> bool:
    config = network_config(BokehUNet, folder / "unet")
    try:
        return config["in_channels"] == 3 * config["out_channels"]
    except KeyError as error:
        raise InputError(
            f"{folder / 'unet' / 'config.json'}: has no {error}; fetch the model again"
        ) from None


def _networks(settings: ModelSettings) -> tuple[BokehUNet, BokehVAE, Any, Any]:
    try:
        if settings.start is None:
            return BokehUNet(**settings.unet), BokehVAE(**settings.vae), None, None
        return _from_svd(settings.start, bool(settings.layered_render))
    except (TypeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"the model cannot be built: {reason}; mend its settings") from None


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
