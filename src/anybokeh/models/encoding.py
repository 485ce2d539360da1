"""What the networks need to know of frames: latents, features for the decoder, embeddings, MPI tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from anybokeh.models.embedding import embed_pictures
from anybokeh.models.mpi import condition_colours, condition_picture, region_index
from anybokeh.models.mpi_tokens import MpiTokens
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.render.layered import LayeredRenderer
from anybokeh.shot import Scene, Shot


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
        condition: kind of condition picture, see `anybokeh.models.mpi.condition_colours`.
        tile: side in pixels of the tiles in which pictures are decoded; None decodes them whole.
    """

    unet: BokehUNet
    vae: BokehVAE
    image_encoder: nn.Module | None
    feature_extractor: object
    masked: bool
    mpi_alpha: float
    condition: str = "distance"
    tile: int | None = None


@dataclass(frozen=True)
class Inputs:
    """A run of frames at working size.

    Attributes:
        pictures: (frames, 3, height, width) in [0, 1].
        disparity: (frames, height, width) in [0, 1].
        focus, blur, focus_range: (frames,).
        width: (frames,) pixels that K refers to as a width of 1024, which is the width without padding.
        radiance: gain on linear light as in `Scene`, or None; only the layered render knows it.
    """

    pictures: Tensor
    disparity: Tensor
    focus: Tensor
    blur: Tensor
    focus_range: Tensor
    width: Tensor
    radiance: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, part: slice) -> Inputs:
        return Inputs(**{name: values[part] for name, values in vars(self).items() if values is not None})

    def equals(self, other: Inputs) -> bool:
        """Whether everything is the same, bit for bit."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return all(a is b if a is None or b is None else torch.equal(a, b) for a, b in pairs)


@dataclass(frozen=True)
class EncodedFrame:
    """What the networks need to know of one frame, padding included.

    Attributes:
        latents: (2 * channels, rows, columns) of the frame and of its condition picture, scaled; 3 * channels
            where those of the layered render follow.
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


def layered_render(inputs: Inputs) -> Tensor:
    """The layered renderer's frames, at working size: (frames, 3, height, width) in [0, 1]."""
    padded_width = inputs.pictures.shape[-1]
    blur = inputs.blur * inputs.width / padded_width
    values = inputs.pictures, inputs.disparity, inputs.focus, blur, inputs.focus_range
    frames, disparity, focus, radius, focus_range = (one.cpu().numpy() for one in values)
    gain = None if inputs.radiance is None else inputs.radiance.cpu().numpy()
    shot = Shot(frames, Scene(disparity, gain), focus, radius, focus_range)
    rendered = LayeredRenderer(threads=torch.get_num_threads()).render(shot)
    return torch.from_numpy(rendered).clamp(0, 1)


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
            encoded = self._parts([grey] * 3, torch.zeros_like(picture[:, 0]), zero)
            self._padding = {picture.shape: encoded[0]}
        return self._padding[picture.shape]

    def encode(self, inputs: Inputs) -> list[EncodedFrame]:
        """Encode some frames at once."""
        distance = condition_picture(inputs.disparity, inputs.focus, inputs.focus_range)
        region = region_index(distance, inputs.focus, self._networks.mpi_alpha)
        where = inputs.disparity, inputs.focus, inputs.blur, inputs.focus_range
        pictures = [inputs.pictures, condition_colours(self._networks.condition, *where)]
        if self._networks.unet.sees_render:
            pictures.append(layered_render(inputs))
        return self._parts(pictures, region, inputs.blur)

    def _parts(self, pictures: list[Tensor], region: Tensor, blur: Tensor) -> list[EncodedFrame]:
        networks = self._networks
        vae, unet = networks.vae, networks.unet
        count, scale = len(blur), vae.config["scaling_factor"]
        chosen = [(one * 2 - 1).to(vae.device) for one in pictures[: 3 if unet.sees_render else 2]]
        latents, features = vae.encode_pictures([one.to(vae.dtype) for one in chosen])
        latents = (latents * scale).to(unet.device, unet.dtype)  # (frames, 8, rows, columns)
        context = self._embed(chosen[0])
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
