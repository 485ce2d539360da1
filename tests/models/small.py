"""Models small enough to run in a moment, with the structure of the full-size one."""

from __future__ import annotations

from typing import Any

import numpy as np
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from anybokeh.models import AnyBokehPipeline, BokehUNet, BokehVAE

from .seeded import seeded

UNET: dict[str, Any] = {
    "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
    "block_out_channels": (32, 32),
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 24,
    "layers_per_block": 1,
    "cross_attention_dim": 16,
    "num_attention_heads": (2, 2),
    "num_frames": 8,
}
VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "block_out_channels": (32, 32, 32, 32),
    "layers_per_block": 1,
    "sample_size": 64,
    "force_upcast": False,
}
CLIP: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 224,
    "patch_size": 56,
    "projection_dim": 16,
}


def small_pipeline(*, clip: bool = True, **options: Any) -> AnyBokehPipeline:
    """A pipeline with random weights that are always the same."""
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**CLIP)) if clip else None
    return AnyBokehPipeline(
        unet=seeded(BokehUNet(**UNET, learned_context=not clip), "unet"),
        vae=seeded(BokehVAE(**VAE), "vae"),
        image_encoder=encoder and seeded(encoder, "image_encoder"),
        **options,
    )


def moving_picture(
    frames: int, height: int = 64, width: int = 64
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frames, disparity, focus and blur that change from frame to frame."""
    rng = np.random.default_rng(11)
    y, x, t = np.mgrid[0:height, 0:width, 0:frames] / 64.0
    waves = [np.sin(a * x + b * y + 3 * t + c) for a, b, c in rng.uniform(1, 9, (3, 3))]
    pictures = np.stack(waves).transpose(3, 0, 1, 2) * 0.4 + 0.5
    disparity = (np.sin(4 * x + 5 * t) * np.cos(3 * y)).transpose(2, 0, 1) * 0.45 + 0.5
    focus, blur = np.linspace(0.3, 0.8, frames), np.linspace(6, 24, frames)
    return tuple(values.astype(np.float32) for values in (pictures, disparity, focus, blur))
