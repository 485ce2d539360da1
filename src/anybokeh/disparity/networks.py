"""Depth networks, through transformers: any model of its AutoModelForDepthEstimation by folder or hub id.

Pictures are prepared here rather than by the models' own processors, some of which need torchvision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from anybokeh.disparity.preparation import HALF, IMAGENET, Preparation, with_colours, with_size
from anybokeh.errors import InputError
from anybokeh.storage.hub import load_config, load_model, weights_identity

DEFAULT_MODEL = "depth-anything/Depth-Anything-V2-Small-hf"

LICENCES = {
    "depth-anything/Depth-Anything-V2-Small-hf": "Apache-2.0",
    "depth-anything/Depth-Anything-V2-Base-hf": "CC-BY-NC-4.0, not for commercial use",
    "depth-anything/Depth-Anything-V2-Large-hf": "CC-BY-NC-4.0, not for commercial use",
    "onnx-community/depth-anything-v2-small": "Apache-2.0",
    "onnx-community/depth-anything-v2-base": "CC-BY-NC-4.0, not for commercial use",
    "onnx-community/depth-anything-v2-large": "CC-BY-NC-4.0, not for commercial use",
    "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf": "Apache-2.0",
    "depth-anything/Depth-Anything-V2-Metric-Outdoor-Small-hf": "Apache-2.0",
    "apple/DepthPro-hf": "Apple's own licence for research, not for commercial use",
    "Intel/zoedepth-nyu-kitti": "MIT",
    "Intel/dpt-large": "Apache-2.0",
    "Intel/dpt-hybrid-midas": "Apache-2.0",
}
"""Licences of the weights, as their cards stated them when this was written."""

_GPU_BATCH = 8

# By the model type that a configuration names. A DPT with a DINOv2 backbone was trained on depth in metres.
_PREPARATIONS = {
    "depth_anything": Preparation(518, 14, *IMAGENET, "nearness"),
    "depth_pro": Preparation(1536, 1, *HALF, "nearness", fixed=(1536, 1536)),
    "dpt": Preparation(384, 32, *HALF, "nearness"),
    "zoedepth": Preparation(384, 32, *HALF, "depth", metric=True),
    "glpn": Preparation(480, 32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "depth", metric=True),
    "prompt_depth_anything": Preparation(756, 14, *IMAGENET, "depth"),
}


class DepthNetwork:
    """An `Estimator` over a depth network.

    name: its folder or hub id. identity: changes with its weights and working size. licence: of its weights,
    None where it is not known. device: where it runs: cpu, cuda or mps. metric: whether it tells 1 / metres.
    """

    def __init__(self, name: str, model: Any, preparation: Preparation, device: str, weights: str) -> None:
        self.name = name
        self.identity = f"{name} {weights} {preparation}"
        self.licence = LICENCES.get(name)
        self._model = model
        self._preparation = preparation
        self.metric = preparation.metric
        self.device = device
        self._batch = 1 if device == "cpu" else _GPU_BATCH

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(height, width) float32 for every picture (height, width, 3) uint8, nearer is larger."""
        remaining = iter(pictures)
        while batch := list(islice(remaining, self._batch)):
            yield from self._maps(batch)

    def _maps(self, pictures: list[np.ndarray]) -> list[np.ndarray]:
        import torch

        height, width = pictures[0].shape[:2]
        prepared = np.stack([self._preparation.prepared(picture) for picture in pictures])
        parameter = next(self._model.parameters())
        with torch.inference_mode():
            values = torch.from_numpy(prepared).to(self.device, parameter.dtype)
            found = self._model(pixel_values=values).predicted_depth.float().cpu().numpy()
        return [self._preparation.nearness(one, width, height) for one in found]


def load_depth_network(
    name: str, *, device: str = "auto", short_side: int | None = None, local_only: bool = False
) -> DepthNetwork:
    """A depth network by folder or hub id.

    Args:
        name: a folder that `save_pretrained` wrote, or an id such as DEFAULT_MODEL.
        device: `auto`, `cpu`, `cuda` or `mps`; CUDA computes in half precision.
        short_side: pixels of the picture's shorter side that the network sees; None is its own size.
        local_only: never use the network; so does the variable HF_HUB_OFFLINE.

    Raises:
        InputError: transformers is missing; there is no such model, it estimates no depth, it cannot be
            fetched, or its weights are damaged or not in safetensors.
    """
    config = load_config(name, local_only=local_only)
    preparation = with_size(_preparation(name, config, local_only), name, short_side)
    model, where = load_model(
        name, "AutoModelForDepthEstimation", config, device=device, local_only=local_only
    )
    return DepthNetwork(name, model, preparation, where, weights_identity(name, config))


def _preparation(name: str, config: Any, local_only: bool) -> Preparation:
    kind = config.model_type
    if kind not in _PREPARATIONS:
        raise InputError(
            f"{name}: is a model of type {kind!r}, which estimates no depth; expected one of "
            f"{', '.join(_PREPARATIONS)}"
        )
    own = _PREPARATIONS[kind]
    backbone = getattr(config, "backbone_config", None)
    if kind == "dpt" and getattr(backbone, "model_type", None) == "dinov2":
        own = replace(own, multiple=14, kind="depth", metric=True)
    elif kind == "dpt":
        # its neck takes squares only
        own = replace(own, multiple=1, fixed=(config.image_size, config.image_size))
    if kind == "depth_anything" and getattr(config, "depth_estimation_type", "relative") == "metric":
        own = replace(own, kind="depth", metric=True)
    if kind == "depth_pro":
        # three scales of a picture four patches across
        own = replace(own, fixed=(4 * config.patch_size, 4 * config.patch_size))
    return _as_published(own, name, local_only)


def _as_published(own: Preparation, name: str, local_only: bool) -> Preparation:
    """With the colours, size and multiple that the model's own preprocessor_config.json asks for, if any."""
    from transformers.models.auto.image_processing_auto import get_image_processor_config

    try:
        facts = get_image_processor_config(name, local_files_only=local_only)
    except (OSError, ValueError):
        facts = {}
    own = with_colours(own, facts)
    if own.fixed is not None:
        return own
    size = facts.get("size")
    side = min(size.values()) if isinstance(size, dict) and {"height", "width"} <= size.keys() else None
    multiple = facts.get("ensure_multiple_of") or 1
    return replace(own, short_side=int(side or own.short_side), multiple=max(own.multiple, int(multiple)))
