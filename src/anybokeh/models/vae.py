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

from anybokeh.models.linear_codec import LinearCodec, silence

_SKIP_START = 1e-5

Features = Sequence[Tensor]
"""What the encoder knows before each of its stages, finest first: (frames, channels, rows, columns) each."""


class SkipDecoder(TemporalDecoder):
    """`TemporalDecoder` with a 1x1 convolution that feeds each stage with the encoder's features.

    Args:
        block_out_channels: finest first.
        pictures: how many pictures' features are given, side by side.
        **others: as for the base class.
    """

    def __init__(self, block_out_channels: tuple[int, ...], pictures: int = 1, **others: Any) -> None:
        super().__init__(block_out_channels=block_out_channels, **others)  # type: ignore[arg-type]
        coarse_first = tuple(reversed(block_out_channels))
        known = *coarse_first[1:], block_out_channels[0]
        wanted = coarse_first[0], *coarse_first[:-1]
        for stage, (source, target) in enumerate(zip(known, wanted, strict=True), start=1):
            skip = nn.Conv2d(pictures * source, target, kernel_size=1, bias=False)
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
        linear_path: a `LinearCodec` beside the networks, which then begin as silent, so that pictures pass
            well from the first step on.
        skip_pictures: how many pictures the decoder's skips see: 1, the sharp frames; 2, condition pictures
            as well; 3, the layered render as well.
        pixel_skip: one more skip at the end of the decoder, from the pixels of those pictures; begins silent.
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
        linear_path: bool = False,
        skip_pictures: int = 1,
        pixel_skip: bool = False,
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
            pictures=skip_pictures,
        )
        side = patch_size * 2 ** (len(block_out_channels) - 1)
        if linear_path:
            self.linear = LinearCodec(side, latent_channels)
            for silent in (self.encoder.conv_out, self.quant_conv, self.decoder.conv_out):
                silence(silent)
            last: Any = self.decoder.time_conv_out
            nn.init.dirac_(last.weight)
            nn.init.zeros_(last.bias)
        if pixel_skip:
            channels = 3 * side**2
            self.skip_pixels = nn.Conv2d(skip_pictures * channels, channels, kernel_size=1, bias=False)
            silence(self.skip_pixels)

    def encode_with_features(self, x: Tensor) -> tuple[DiagonalGaussianDistribution, list[Tensor]]:
        """Encode pictures and keep what the decoder's skips need.

        Args:
            x: (frames, 3, height, width) in [-1, 1].

        Returns:
            The posterior of the latents, before scaling, and the encoder's features, finest first.
        """
        encoder, pictures, features = self.encoder, x, []
        x = encoder.conv_in(self._patches(x))
        for block in encoder.down_blocks:
            features.append(x)
            x = block(x)
        x = encoder.conv_out(encoder.conv_act(encoder.conv_norm_out(encoder.mid_block(x))))
        return self._posterior(x, pictures), features

    def encode_latents(self, x: Tensor) -> Tensor:
        """Mode of the latents of pictures, before scaling: (frames, 4, rows, columns).

        x: (frames, 3, height, width) in [-1, 1].
        """
        return self._posterior(self.encoder(self._patches(x)), x).mode()

    def encode(self, x: Tensor, return_dict: bool = True) -> Any:  # type: ignore[override]
        """As the base class: the posterior of the latents of (frames, 3, height, width) in [-1, 1]."""
        posterior = self._posterior(self.encoder(self._patches(x)), x)
        return AutoencoderKLOutput(latent_dist=posterior) if return_dict else (posterior,)

    def decode(  # type: ignore[override]
        self, z: Tensor, num_frames: int, features: Features | None = None, return_dict: bool = True
    ) -> Any:
        """Decode latents.

        Args:
            z: (batch * num_frames, 4, rows, columns), not scaled.
            num_frames: of each run of consecutive frames.
            features: as `encode_with_features` or `encode_pictures` returns them; None decodes without skips.
            return_dict: as in the base class.

        Returns:
            (batch * num_frames, 3, height, width), about [-1, 1].
        """
        indicator = torch.zeros(len(z) // num_frames, num_frames, dtype=z.dtype, device=z.device)
        pixels = None
        if features is not None and self.config["pixel_skip"]:
            *features, pixels = features
        decoded = self.decoder(z, indicator, num_frames, features)
        decoded = functional.pixel_shuffle(decoded, self.config["patch_size"])
        if self.config["linear_path"]:
            decoded = decoded + self.linear.decode(z)
        if pixels is not None:
            side = self.config["patch_size"] * self._halvings
            decoded = decoded + functional.pixel_shuffle(self.skip_pixels(pixels), side)
        return DecoderOutput(sample=decoded) if return_dict else (decoded,)

    def encode_pictures(self, pictures: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Encode sharp frames and what belongs to them, and keep what the decoder's skips need.

        Args:
            pictures: sharp frames, condition pictures and, where it is used, the layered render, (frames, 3,
                height, width) in [-1, 1] each.

        Returns:
            Latents before scaling, (frames, pictures * channels, rows, columns), and features for `decode`.
        """
        skipped = self.config["skip_pictures"]
        posterior, features = self.encode_with_features(torch.cat(list(pictures[:skipped])))
        latents = list(posterior.mode().chunk(skipped))
        latents += [self.encode_latents(one) for one in pictures[skipped:]]
        if skipped > 1:
            features = [torch.cat(stage.chunk(skipped), dim=1) for stage in features]
        if self.config["pixel_skip"]:
            side = self.config["patch_size"] * self._halvings
            features.append(functional.pixel_unshuffle(torch.cat(list(pictures[:skipped]), dim=1), side))
        return torch.cat(latents, dim=1), features

    @property
    def _halvings(self) -> int:
        return 2 ** (len(self.config["block_out_channels"]) - 1)

    def _posterior(self, encoded: Tensor, pictures: Tensor) -> DiagonalGaussianDistribution:
        moments = self.quant_conv(encoded)
        if self.config["linear_path"]:
            known = self.linear.encode(pictures)
            moments = moments + torch.cat((known, torch.zeros_like(known)), dim=1)
        return DiagonalGaussianDistribution(moments)

    def _patches(self, x: Tensor) -> Tensor:
        """Squares of pixels as channels: (frames, 3 * patch ** 2, height / patch, width / patch)."""
        return functional.pixel_unshuffle(x, self.config["patch_size"])
