"""The embedding of each frame, which the U-Net attends to."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import (
    _resize_with_antialiasing,
)
from torch import Tensor, nn
from transformers.utils.constants import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

_CLIP_SIDE = 224


def embed_pictures(encoder: nn.Module, pictures: Tensor, preprocessing: Any, *, normalise: bool) -> Tensor:
    """CLIP embeddings of pictures.

    Args:
        encoder: a `CLIPVisionModelWithProjection`.
        pictures: (frames, 3, height, width) in [-1, 1].
        preprocessing: an image processor with `image_mean` and `image_std`; None takes those of CLIP.
        normalise: apply them, as the release does in training but not at inference.

    Returns:
        (frames, 1, channels) in the encoder's dtype.
    """
    weight = next(encoder.parameters())
    pictures = pictures.to(weight.device)
    side = getattr(encoder.config, "image_size", _CLIP_SIDE)
    pictures = _resize_with_antialiasing(pictures.float(), (side, side)) / 2 + 0.5
    if normalise:
        mean, deviation = (
            torch.tensor(getattr(preprocessing, name, None) or default, device=pictures.device)[:, None, None]
            for name, default in (("image_mean", OPENAI_CLIP_MEAN), ("image_std", OPENAI_CLIP_STD))
        )
        pictures = (pictures - mean) / deviation
    return encoder(pictures.to(weight.dtype)).image_embeds[:, None]
