"""What the networks need to know of frames: latents, features for the decoder, embeddings, MPI tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from anybokeh.models.embedding import embed_pictures
from anybokeh.models.mpi_tokens import MpiTokens
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.mpi import condition_picture, region_index


@dataclass(frozen=True)
class Networks:
    """The networks of the model and how to use them.

    Attributes:
        unet, vae: the paper's.
        image_encoder: CLIP's, or None for the U-Net's learned context token.
        feature_extractor: mean and standard deviation of the pictures CLIP was trained with.
        masked: admit MPI tokens by region and normalise pictures for CLIP, as in the paper; the official
            release does neither.
        mpi_alpha: exponent of the region thresholds.
        tile: side in pixels of the tiles in which pictures are decoded; None decodes them whole.
    """

    unet: BokehUNet
    vae: BokehVAE
    image_encoder: nn.Module | None
    feature_extractor: object
    masked: bool
    mpi_alpha: float
    tile: int | None = None


@dataclass(frozen=True)
class Inputs:
    """A run of frames at working size.

    Attributes:
        pictures: (frames, 3, height, width) in [0, 1].
        disparity: (frames, height, width) in [0, 1].
        focus, blur, focus_range: (frames,).
    """

    pictures: Tensor
    disparity: Tensor
    focus: Tensor
    blur: Tensor
    focus_range: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, part: slice) -> Inputs:
        return Inputs(*(values[part] for values in vars(self).values()))

    def equals(self, other: Inputs) -> bool:
        """Whether everything is the same, bit for bit."""
        mine, others = vars(self).values(), vars(other).values()
        return all(torch.equal(a, b) for a, b in zip(mine, others, strict=True))


@dataclass(frozen=True)
class EncodedFrame:
    """What the networks need to know of one frame, padding included.

    Attributes:
        latents: (2 * channels, rows, columns) of the frame and of its condition picture, scaled.
        features: of the encoder, finest first, (channels, rows, columns) each.
        context: (tokens, channels).
        blur: () K.
        mpi: tokens of the frame, None where they take no part.
    """

    latents: Tensor
    features: tuple[Tensor, ...]
    context: Tensor
    blur: Tensor
    mpi: MpiTokens | None


class FrameEncoder:
    """Encodes frames, each by itself.

    Args:
        networks: the model's.
    """

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._padding: dict[torch.Size, EncodedFrame] = {}

    def padding_like(self, picture: Tensor) -> EncodedFrame:
        """A grey frame with a grey condition picture, K 0 and region 0: what the release pads with."""
        if picture.shape not in self._padding:
            grey, zero = torch.full_like(picture, 0.5), torch.zeros(1)
            encoded = self._parts(grey, grey[:, 0], torch.zeros_like(picture[:, 0]), zero)
            self._padding = {picture.shape: encoded[0]}
        return self._padding[picture.shape]

    def encode(self, inputs: Inputs) -> list[EncodedFrame]:
        """Encode some frames at once."""
        distance = condition_picture(inputs.disparity, inputs.focus, inputs.focus_range)
        region = region_index(distance, inputs.focus, self._networks.mpi_alpha)
        return self._parts(inputs.pictures, distance, region, inputs.blur)

    def _parts(self, pictures: Tensor, distance: Tensor, region: Tensor, blur: Tensor) -> list[EncodedFrame]:
        networks = self._networks
        vae, unet = networks.vae, networks.unet
        count, scale = len(pictures), vae.config["scaling_factor"]
        pictures = (pictures * 2 - 1).to(vae.device)
        conditions = (distance * 2 - 1)[:, None].expand(-1, 3, -1, -1).to(vae.device, vae.dtype)
        posterior, features = vae.encode_with_features(pictures.to(vae.dtype))
        latents = torch.cat((posterior.mode(), vae.encode_latents(conditions)), dim=1) * scale
        latents = latents.to(unet.device, unet.dtype)  # (frames, 8, rows, columns)
        context = self._embed(pictures)
        mpi = (
            unet.mpi_tokens(latents[:, : unet.config["out_channels"]], region.to(unet.device))
            if networks.masked
            else None
        )
        return [
            EncodedFrame(
                latents[i],
                tuple(stage[i] for stage in features),
                context[i],
                blur[i],
                mpi and mpi[i : i + 1],
            )
            for i in range(count)
        ]

    def _embed(self, pictures: Tensor) -> Tensor:
        """(frames, tokens, channels) of pictures in [-1, 1]."""
        networks = self._networks
        encoder, unet = networks.image_encoder, networks.unet
        if encoder is None:
            return unet.context_token.expand(len(pictures), -1, -1)
        embeddings = embed_pictures(encoder, pictures, networks.feature_extractor, normalise=networks.masked)
        return embeddings.to(unet.device, unet.dtype)
