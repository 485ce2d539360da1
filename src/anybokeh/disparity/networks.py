"""Depth networks, through transformers: any model of its AutoModelForDepthEstimation by folder or hub id.

Pictures are prepared here rather than by the models' own processors, some of which need torchvision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.storage.pretrained import load_config, load_model, weights_identity

DEFAULT_MODEL = "depth-anything/Depth-Anything-V2-Small-hf"

LICENCES = {
    "depth-anything/Depth-Anything-V2-Small-hf": "Apache-2.0",
    "depth-anything/Depth-Anything-V2-Base-hf": "CC-BY-NC-4.0, not for commercial use",
    "depth-anything/Depth-Anything-V2-Large-hf": "CC-BY-NC-4.0, not for commercial use",
    "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf": "Apache-2.0",
    "depth-anything/Depth-Anything-V2-Metric-Outdoor-Small-hf": "Apache-2.0",
    "apple/DepthPro-hf": "Apple's own licence for research, not for commercial use",
    "Intel/zoedepth-nyu-kitti": "MIT",
    "Intel/dpt-large": "Apache-2.0",
    "Intel/dpt-hybrid-midas": "Apache-2.0",
}
"""Licences of the weights, as their cards stated them when this was written."""

Kind = Literal["nearness", "depth"]
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_HALF = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
_LEAST_DEPTH = 1e-3
_GPU_BATCH = 8


@dataclass(frozen=True)
class Preparation:
    """How a network wants its pictures.

    Attributes:
        short_side: pixels of the shorter side.
        multiple: both sides are multiples of this.
        square: the picture is squeezed into a square.
        mean, deviation: of the channels, on [0, 1].
        kind: whether the network predicts nearness (inverse depth, on any scale) or depth.
    """

    short_side: int
    multiple: int
    square: bool
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    kind: Kind

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the prepared picture."""
        if self.square:
            return self.short_side, self.short_side
        scale = self.short_side / min(width, height)
        across, down = (max(1, round(side * scale / self.multiple)) for side in (width, height))
        return across * self.multiple, down * self.multiple


# By the model type that a configuration names. A DPT with a DINOv2 backbone was trained on depth in metres.
_PREPARATIONS = {
    "depth_anything": Preparation(518, 14, False, *_IMAGENET, "nearness"),
    "depth_pro": Preparation(1536, 1, True, *_HALF, "nearness"),
    "dpt": Preparation(384, 32, False, *_HALF, "nearness"),
    "zoedepth": Preparation(384, 32, False, *_HALF, "depth"),
    "glpn": Preparation(480, 32, False, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "depth"),
    "prompt_depth_anything": Preparation(756, 14, False, *_IMAGENET, "depth"),
}


class DepthNetwork:
    """An `Estimator` over a depth network.

    name: its folder or hub id. identity: changes with its weights and working size. licence: of its weights,
    None where it is not known.
    """

    def __init__(self, name: str, model: Any, preparation: Preparation, device: str, weights: str) -> None:
        self.name = name
        self.identity = f"{name} {weights} {preparation}"
        self.licence = LICENCES.get(name)
        self._model = model
        self._preparation = preparation
        self._device = device
        self._batch = 1 if device == "cpu" else _GPU_BATCH

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(height, width) float32 for every picture (height, width, 3) uint8, nearer is larger."""
        remaining = iter(pictures)
        while batch := list(islice(remaining, self._batch)):
            yield from self._maps(batch)

    def _maps(self, pictures: list[np.ndarray]) -> list[np.ndarray]:
        import torch

        height, width = pictures[0].shape[:2]
        size = self._preparation.size(width, height)
        prepared = np.stack([self._prepared(picture, size) for picture in pictures])
        parameter = next(self._model.parameters())
        with torch.inference_mode():
            values = torch.from_numpy(prepared).to(self._device, parameter.dtype)
            found = self._model(pixel_values=values).predicted_depth.float().cpu().numpy()
        if self._preparation.kind == "depth":
            found = 1 / np.maximum(found, _LEAST_DEPTH)
        if self._preparation.square:
            across = round(self._preparation.short_side * min(1.0, width / height))
            upright = across, round(across * height / width)
            found = [cv2.resize(one, upright, interpolation=cv2.INTER_AREA) for one in found]
        return list(found)

    def _prepared(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
        way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        resized = cv2.resize(picture, size, interpolation=way).astype(np.float32) / np.float32(255)
        mean, deviation = (
            np.array(v, np.float32) for v in (self._preparation.mean, self._preparation.deviation)
        )
        normal = (resized - mean) / deviation
        return np.ascontiguousarray(normal.transpose(2, 0, 1))


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
    preparation = _preparation(name, config, local_only)
    if short_side is not None:
        if not preparation.multiple <= short_side <= 4096:
            raise InputError(f"depth size is {short_side}: expected {preparation.multiple} to 4096 pixels")
        if preparation.square:
            raise InputError(f"{name} works at {preparation.short_side} pixels only; leave --depth-size out")
        preparation = replace(preparation, short_side=short_side)
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
        own = replace(own, multiple=14, kind="depth")
    elif kind == "dpt":
        # its neck takes squares only
        own = replace(own, short_side=config.image_size, multiple=1, square=True)
    if kind == "depth_anything" and getattr(config, "depth_estimation_type", "relative") == "metric":
        own = replace(own, kind="depth")
    if kind == "depth_pro":
        # three scales of a picture four patches across
        own = replace(own, short_side=4 * config.patch_size)
    return _as_published(own, name, local_only)


def _as_published(own: Preparation, name: str, local_only: bool) -> Preparation:
    """With the colours, size and multiple that the model's own preprocessor_config.json asks for, if any."""
    from transformers.models.auto.image_processing_auto import get_image_processor_config

    try:
        facts = get_image_processor_config(name, local_files_only=local_only)
    except (OSError, ValueError):
        facts = {}
    if facts.get("do_normalize") and facts.get("image_mean") and facts.get("image_std"):
        own = replace(own, mean=tuple(facts["image_mean"]), deviation=tuple(facts["image_std"]))
    if own.square:
        return own
    size = facts.get("size")
    side = min(size.values()) if isinstance(size, dict) and {"height", "width"} <= size.keys() else None
    multiple = facts.get("ensure_multiple_of") or 1
    return replace(own, short_side=int(side or own.short_side), multiple=max(own.multiple, int(multiple)))
