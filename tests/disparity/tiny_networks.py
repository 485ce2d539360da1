"""Tiny depth networks with seeded random weights, saved as the hub has them."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers


def save(folder: Path, kind: str, seed: int = 0, **options: Any) -> Path:
    """Save a model of that type into a new folder."""
    torch.manual_seed(seed)
    model = transformers.AutoModelForDepthEstimation.from_config(config(kind, **options))
    with torch.no_grad():
        for parameter in model.parameters():
            # fresh networks say nothing: their last layers are nearly silent
            parameter.add_(torch.randn_like(parameter) * 0.05)
    model.eval().save_pretrained(folder)
    return folder


def preprocessor(folder: Path, **facts: Any) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))


def config(kind: str, **options: Any) -> Any:
    return _CONFIGS[kind](**options)


def _dinov2() -> Any:
    return transformers.Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        patch_size=14,
        image_size=70,
        out_features=["stage1", "stage2", "stage3", "stage4"],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )


def _depth_anything(**options: Any) -> Any:
    return transformers.DepthAnythingConfig(
        backbone_config=_dinov2(),
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=8,
        **options,
    )


def _zoedepth(**options: Any) -> Any:
    backbone = transformers.BeitConfig(
        image_size=64,
        patch_size=16,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        use_relative_position_bias=True,
        out_features=["stage1", "stage2", "stage3", "stage4"],
        reshape_hidden_states=False,
    )
    return transformers.ZoeDepthConfig(
        backbone_config=backbone,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        bottleneck_features=8,
        num_relative_features=8,
        bin_embedding_dim=8,
        bin_configurations=[{"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0, "name": "nyu"}],
        num_attractors=[4, 2, 1, 1],
        **options,
    )


def _glpn(**options: Any) -> Any:
    return transformers.GLPNConfig(
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=8,
        **options,
    )


def _dpt(**options: Any) -> Any:
    return transformers.DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=64,
        patch_size=16,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        **options,
    )


def _depth_pro(**options: Any) -> Any:
    encoder = {
        "model_type": "dinov2",
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "patch_size": 8,
        "image_size": 32,
    }
    return transformers.DepthProConfig(
        fusion_hidden_size=16,
        patch_size=32,
        intermediate_hook_ids=[3, 1],
        intermediate_feature_dims=[8, 8],
        scaled_images_feature_dims=[8, 8, 8],
        image_model_config=encoder,
        patch_model_config=encoder,
        fov_model_config=encoder,
        use_fov_model=False,
        **options,
    )


_CONFIGS = {
    "depth_anything": _depth_anything,
    "depth_pro": _depth_pro,
    "dpt": _dpt,
    "glpn": _glpn,
    "zoedepth": _zoedepth,
}


def export(folder: Path, file: Path, size: tuple[int, int], *, any_size: bool = False) -> Path:
    """Write a saved Depth Anything as ONNX, for pictures (height, width) of one size or of any."""
    model = transformers.AutoModelForDepthEstimation.from_pretrained(folder).eval()
    axes = {"pixel_values": {0: "batch", 2: "height", 3: "width"}, "predicted_depth": {0: "batch"}}
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if any_size:
            # sizes as Python's integers would stay those of the example
            module = sys.modules[type(model).__module__]
            as_it_is = lambda value: value if torch.is_tensor(value) else int(value)  # noqa: E731
            patched.setattr(module, "int", as_it_is, raising=False)
        torch.onnx.export(
            _OneMap(model),
            (torch.zeros(1, 3, *size),),
            str(file),
            input_names=["pixel_values"],
            output_names=["predicted_depth"],
            dynamic_axes=axes if any_size else None,
            opset_version=17,
            dynamo=False,
        )
    return file


class _OneMap(torch.nn.Module):
    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self._model = model

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self._model(pixel_values=pixel_values).predicted_depth
