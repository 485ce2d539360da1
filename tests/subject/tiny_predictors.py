"""Tiny SAM 2 and EdgeTAM with random weights."""

from __future__ import annotations

from typing import Any

SIDE = 64
_WIDTHS = [64, 32, 16, 8]


def tiny_sam2() -> Any:
    import torch
    from transformers import Sam2VideoConfig, Sam2VideoModel

    vision = {"model_type": "sam2_vision_model", **_vision()}
    torch.manual_seed(0)
    return Sam2VideoModel(Sam2VideoConfig(vision_config=vision, **_rest()))


def tiny_edgetam() -> Any:
    """With four convolutions in place of the backbone, which needs the package timm."""
    import torch
    from transformers import EdgeTamVideoConfig, EdgeTamVideoModel

    class Backbone(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = [3, *reversed(_WIDTHS)]
            strides = [4, 2, 2, 2]
            self.layers = torch.nn.ModuleList(
                torch.nn.Conv2d(before, after, stride, stride)
                for before, after, stride in zip(sizes, sizes[1:], strides, strict=False)
            )

        def forward(self, pixel_values: torch.Tensor, **_: Any) -> Any:
            from transformers.modeling_outputs import BaseModelOutput

            found = []
            for layer in self.layers:
                pixel_values = layer(pixel_values)
                found.append(pixel_values)
            return BaseModelOutput(last_hidden_state=found)  # type: ignore[arg-type]

    vision = {"model_type": "edgetam_vision_model", **_vision()}
    resampler = {"num_latents": 16, "num_latents_2d": 16, "mlp_intermediate_size": 32}
    torch.manual_seed(0)
    config = EdgeTamVideoConfig(
        vision_config=vision,
        memory_attention_mlp_hidden_size=32,
        memory_attention_rope_k_sizes=[4, 4],
        **{f"perceiver_resampler_{name}": value for name, value in resampler.items()},
        **_rest(),
    )
    model = EdgeTamVideoModel(config)
    model.vision_encoder.backbone = Backbone()
    return model


def _vision() -> dict[str, Any]:
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [SIDE, SIDE],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": _WIDTHS[::-1],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 2],
        "window_positional_embedding_background_size": [4, 4],
        "global_attention_blocks": [3],
    }
    return {
        "backbone_config": backbone,
        "backbone_channel_list": _WIDTHS,
        "backbone_feature_sizes": [[SIDE // 4] * 2, [SIDE // 8] * 2, [SIDE // 16] * 2],
        "fpn_hidden_size": 128,
    }


def _rest() -> dict[str, Any]:
    return {
        "prompt_encoder_config": {"hidden_size": 128, "image_size": SIDE, "patch_size": 16},
        "mask_decoder_config": {
            "hidden_size": 128,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
        "image_size": SIDE,
        "memory_attention_hidden_size": 128,
        "memory_attention_num_layers": 1,
        "memory_attention_rope_feat_sizes": [SIDE // 16] * 2,
        "memory_encoder_hidden_size": 128,
        "memory_encoder_output_channels": 64,
        "mask_downsampler_embed_dim": 128,
        "memory_fuser_embed_dim": 128,
        "memory_fuser_intermediate_dim": 32,
    }
