"""The paper's U-Net: Stable Video Diffusion's with MPI tokens, MPI attention and blur strength."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from diffusers.configuration_utils import register_to_config
from diffusers.models.transformers.transformer_temporal import TransformerSpatioTemporalModel
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from anybokeh.models.linear_codec import silence
from anybokeh.models.mpi import REGIONS
from anybokeh.models.mpi_attention import (
    Guidance,
    GuidanceSlot,
    GuidedBlock,
    OneTokenProcessor,
    blur_features,
)
from anybokeh.models.mpi_tokens import MpiTokens, Place, mpi_tokens


class BokehUNet(UNetSpatioTemporalConditionModel):
    """`UNetSpatioTemporalConditionModel` with what the paper adds; state-dict keys are the official ones.

    Args:
        learned_context: hold a learned embedding, `context_token`, that stands for the image encoder's.
        residual: the result is the latents of the last picture that is no condition picture (the layered
            render where it is given, else the sharp frames) plus a correction, which begins as 0.
        **others: as for the base class. `block_out_channels[0]` is the width of the MPI tokens.
    """

    @register_to_config
    def __init__(
        self,
        sample_size: int | None = None,
        in_channels: int = 8,
        out_channels: int = 4,
        down_block_types: tuple[str, ...] = (
            "CrossAttnDownBlockSpatioTemporal",
            "CrossAttnDownBlockSpatioTemporal",
            "CrossAttnDownBlockSpatioTemporal",
            "DownBlockSpatioTemporal",
        ),
        up_block_types: tuple[str, ...] = (
            "UpBlockSpatioTemporal",
            "CrossAttnUpBlockSpatioTemporal",
            "CrossAttnUpBlockSpatioTemporal",
            "CrossAttnUpBlockSpatioTemporal",
        ),
        block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280),
        addition_time_embed_dim: int = 256,
        projection_class_embeddings_input_dim: int = 768,
        layers_per_block: int | tuple[int, ...] = 2,
        cross_attention_dim: int | tuple[int, ...] = 1024,
        transformer_layers_per_block: int | tuple[int, ...] = 1,
        num_attention_heads: int | tuple[int, ...] = (5, 10, 20, 20),
        num_frames: int = 25,
        learned_context: bool = False,
        residual: bool = False,
    ) -> None:
        super().__init__(
            sample_size=sample_size,
            in_channels=in_channels,
            out_channels=out_channels,
            down_block_types=down_block_types,
            up_block_types=up_block_types,
            block_out_channels=block_out_channels,
            addition_time_embed_dim=addition_time_embed_dim,
            projection_class_embeddings_input_dim=projection_class_embeddings_input_dim,
            layers_per_block=layers_per_block,  # type: ignore[arg-type]
            cross_attention_dim=cross_attention_dim,  # type: ignore[arg-type]
            transformer_layers_per_block=transformer_layers_per_block,  # type: ignore[arg-type]
            num_attention_heads=num_attention_heads,
            num_frames=num_frames,
        )
        self.conv_in_mpi = nn.Conv2d(out_channels, block_out_channels[0], kernel_size=3, padding=1)
        if learned_context:
            width = cross_attention_dim if isinstance(cross_attention_dim, int) else cross_attention_dim[0]
            self.context_token = nn.Parameter(torch.zeros(1, width))
        if residual:
            silence(self.conv_out)
        self._slot = GuidanceSlot()
        self._places: set[Place] = set()
        for part, place in self._parts():
            for transformer in getattr(part, "attentions", ()):
                self._guide(transformer, place)

    @property
    def sees_render(self) -> bool:
        """Whether the layered render is one of the pictures that it is given."""
        return self.config["in_channels"] == 3 * self.config["out_channels"]

    def _parts(self) -> list[tuple[nn.Module, Place]]:
        """Every block with how often the grid was halved there and the highest region it admits."""
        deepest = len(self.down_blocks) - 1
        down = [(block, (i, i)) for i, block in enumerate(self.down_blocks)]
        up = [(block, (deepest - i, REGIONS - 1 - i)) for i, block in enumerate(self.up_blocks)]
        return [*down, (self.mid_block, (deepest, REGIONS - 1)), *up]  # type: ignore[list-item]

    def _guide(self, transformer: TransformerSpatioTemporalModel, place: Place) -> None:
        self._places.add(place)
        width = self.conv_in_mpi.out_channels
        transformer.transformer_blocks = nn.ModuleList(
            GuidedBlock(block, width, place, self._slot)  # type: ignore[arg-type]
            for block in transformer.transformer_blocks
        )
        for block in transformer.temporal_transformer_blocks:
            attention: Any = block.attn2
            attention.set_processor(OneTokenProcessor(attention.processor))

    def mpi_tokens(self, latents: Tensor, region: Tensor) -> MpiTokens:
        """MPI tokens of any number of frames, to be computed once and sliced for windows.

        Args:
            latents: (frames, 4, rows, columns) of the sharp frames, scaled.
            region: (frames, height, width) region index at frame size, see `anybokeh.models.mpi`.
        """
        return mpi_tokens(self.conv_in_mpi(latents), region, self._places)

    def forward(  # type: ignore[override]
        self,
        sample: Tensor,
        timestep: Tensor | float | int,
        encoder_hidden_states: Tensor,
        added_time_ids: Tensor,
        blur: Tensor,
        mpi: MpiTokens | None = None,
        return_dict: bool = True,
    ) -> Any:
        """One pass.

        Args:
            sample: (batch, frames, 8, rows, columns) latents of sharp frames and of condition pictures, or 12
                where those of the layered render follow.
            timestep: 1 for the one-step model.
            encoder_hidden_states: (batch * frames, tokens, channels) embedding of every frame; the temporal
                layers take that of each window's first frame.
            added_time_ids: (batch, 3) frame rate less 1, motion bucket, noise augmentation.
            blur: (batch * frames,) K.
            mpi: tokens of the same frames; None leaves them out, as the release does.
            return_dict: as in the base class.

        Returns:
            As the base class: sample of shape (batch, frames, 4, rows, columns), the latents of the result.
        """
        context = encoder_hidden_states
        features = blur_features(blur.float().flatten()).to(sample.dtype)
        first = context.unflatten(0, sample.shape[:2])[:, 0]  # (batch, tokens, channels)
        with self._slot.holding(Guidance(features, context, mpi)):
            output: Any = super().forward(sample, timestep, first, added_time_ids, return_dict=return_dict)
        if not self.config["residual"]:
            return output
        width = self.config["out_channels"]
        known = sample[:, :, -width:] if self.sees_render else sample[:, :, :width]
        if not return_dict:
            return (output[0] + known,)
        output.sample = output.sample + known
        return output

    def enable_gradient_checkpointing(self, gradient_checkpointing_func: Any = None) -> None:
        """As the base class; recomputed blocks see the guidance of their own forward pass."""
        if gradient_checkpointing_func is None:
            gradient_checkpointing_func = partial(
                checkpoint, use_reentrant=False, context_fn=self._checkpoint_contexts
            )
        super().enable_gradient_checkpointing(gradient_checkpointing_func)

    def _checkpoint_contexts(self) -> tuple[AbstractContextManager, AbstractContextManager]:
        return nullcontext(), self._slot.holding(self._slot.current)
