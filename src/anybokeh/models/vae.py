"""The paper's autoencoder: Stable Video Diffusion's, whose decoder also sees the encoder's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers.configuration_utils import register_to_config
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import (
    AutoencoderKLTemporalDecoder,
    TemporalDecoder,
)
from diffusers.models.autoencoders.vae import DecoderOutput, DiagonalGaussianDistribution
from diffusers.models.modeling_outputs import AutoencoderKLOutput
from torch import Tensor, nn
from torch.nn import functional

_SKIP_START = 1e-5

Features = Sequence[Tensor]
"""What the encoder knows before each of its stages, finest first: (frames, channels, rows, columns) each."""


class SkipDecoder(TemporalDecoder):
    """`TemporalDecoder` with a 1x1 convolution that feeds each stage with the encoder's features."""

    def __init__(self, block_out_channels: tuple[int, ...], **options: Any) -> None:
        super().__init__(block_out_channels=block_out_channels, **options)  # type: ignore[arg-type]
        coarse_first = tuple(reversed(block_out_channels))
        known = *coarse_first[1:], block_out_channels[0]
        wanted = coarse_first[0], *coarse_first[:-1]
        for stage, (source, target) in enumerate(zip(known, wanted, strict=True), start=1):
            skip = nn.Conv2d(source, target, kernel_size=1, bias=False)
            nn.init.constant_(skip.weight, _SKIP_START)
            setattr(self, f"skip_conv_{stage}", skip)

    def forward(  # type: ignore[override]
        self,
        sample: Tensor,
        image_only_indicator: Tensor,
        num_frames: int = 1,
        features: Features | None = None,
    ) -> Tensor:
        """sample: (frames, 4, rows, columns); features: finest first; returns (frames, 3, height, width)."""
        if features is None:
            return super().forward(sample, image_only_indicator, num_frames)
        x = self._run(self.mid_block, self.conv_in(sample), image_only_indicator)
        for stage, (block, known) in enumerate(zip(self.up_blocks, reversed(features), strict=True), start=1):
            x = x + getattr(self, f"skip_conv_{stage}")(known)
            x = self._run(block, x, image_only_indicator)
        x = self.conv_out(self.conv_act(self.conv_norm_out(x)))
        x = x.unflatten(0, (-1, num_frames)).transpose(1, 2)  # (batch, 3, frames, height, width)
        return self.time_conv_out(x).transpose(1, 2).flatten(0, 1)

    def _run(self, block: nn.Module, x: Tensor, image_only_indicator: Tensor) -> Tensor:
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            return self._gradient_checkpointing_func(block, x, image_only_indicator)  # type: ignore[operator]
        return block(x, image_only_indicator=image_only_indicator)


class BokehVAE(AutoencoderKLTemporalDecoder):
    """`AutoencoderKLTemporalDecoder` with skips into the decoder; state-dict keys are the official ones.

    Args:
        patch_size: squares of this many pixels each way become channels before the networks see them, so that
            small models need no convolutions at full resolution; 1 leaves pictures as they are.
        **others: as for the base class; `in_channels` and `out_channels` are those of pictures.
    """

    @register_to_config
    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        down_block_types: tuple[str, ...] = ("DownEncoderBlock2D",),
        block_out_channels: tuple[int, ...] = (64,),
        layers_per_block: int = 1,
        latent_channels: int = 4,
        sample_size: int = 32,
        scaling_factor: float = 0.18215,
        force_upcast: bool = True,
        patch_size: int = 1,
    ) -> None:
        super().__init__(
            in_channels=in_channels * patch_size**2,
            out_channels=out_channels * patch_size**2,
            down_block_types=down_block_types,  # type: ignore[arg-type]
            block_out_channels=block_out_channels,  # type: ignore[arg-type]
            layers_per_block=layers_per_block,
            latent_channels=latent_channels,
            sample_size=sample_size,
            scaling_factor=scaling_factor,
            force_upcast=force_upcast,
        )
        # the base class has recorded the channels of its own networks
        self.register_to_config(in_channels=in_channels, out_channels=out_channels)
        self.decoder = SkipDecoder(
            block_out_channels=tuple(block_out_channels),
            in_channels=latent_channels,
            out_channels=out_channels * patch_size**2,
            layers_per_block=layers_per_block,
        )

    def encode_with_features(self, x: Tensor) -> tuple[DiagonalGaussianDistribution, list[Tensor]]:
        """Encode pictures and keep what the decoder's skips need.

        Args:
            x: (frames, 3, height, width) in [-1, 1].

        Returns:
            The posterior of the latents, before scaling, and the encoder's features, finest first.
        """
        encoder, features = self.encoder, []
        x = encoder.conv_in(self._patches(x))
        for block in encoder.down_blocks:
            features.append(x)
            x = block(x)
        x = encoder.conv_out(encoder.conv_act(encoder.conv_norm_out(encoder.mid_block(x))))
        return DiagonalGaussianDistribution(self.quant_conv(x)), features

    def encode_latents(self, x: Tensor) -> Tensor:
        """Mode of the latents of pictures, before scaling: (frames, 4, rows, columns).

        x: (frames, 3, height, width) in [-1, 1].
        """
        return DiagonalGaussianDistribution(self.quant_conv(self.encoder(self._patches(x)))).mode()

    def encode(self, x: Tensor, return_dict: bool = True) -> Any:  # type: ignore[override]
        """As the base class: the posterior of the latents of (frames, 3, height, width) in [-1, 1]."""
        posterior = DiagonalGaussianDistribution(self.quant_conv(self.encoder(self._patches(x))))
        return AutoencoderKLOutput(latent_dist=posterior) if return_dict else (posterior,)

    def decode(  # type: ignore[override]
        self, z: Tensor, num_frames: int, features: Features | None = None, return_dict: bool = True
    ) -> Any:
        """Decode latents.

        Args:
            z: (batch * num_frames, 4, rows, columns), not scaled.
            num_frames: of each run of consecutive frames.
            features: of the sharp frames, finest first; None decodes without skips.
            return_dict: as in the base class.

        Returns:
            (batch * num_frames, 3, height, width), about [-1, 1].
        """
        indicator = torch.zeros(len(z) // num_frames, num_frames, dtype=z.dtype, device=z.device)
        decoded = self.decoder(z, indicator, num_frames, features)
        decoded = functional.pixel_shuffle(decoded, self.config["patch_size"])
        return DecoderOutput(sample=decoded) if return_dict else (decoded,)

    def _patches(self, x: Tensor) -> Tensor:
        """Squares of pixels as channels: (frames, 3 * patch ** 2, height / patch, width / patch)."""
        return functional.pixel_unshuffle(x, self.config["patch_size"])
