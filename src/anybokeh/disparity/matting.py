"""Hair, fences and leaves: outlines of disparity decided by an alpha matte.

Colour statistics cannot separate what is finer than a few pixels. A matting network can: it is given the
picture and which pixels surely lie on the nearer and on the farther side of an outline, and decides those
between. Slow without a graphics card.

VitMatte: Yao, Wang, Yang, Wang, "Boosting image matting with pretrained plain vision transformers", 2023.
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.files import DisparitySource
from anybokeh.disparity.outlines import OutlineGrid, OutlineSettings, find_outlines
from anybokeh.errors import InputError
from anybokeh.storage.pretrained import load_config, load_model

DEFAULT_MATTE = "hustvl/vitmatte-small-composition-1k"
"""Apache-2.0."""
_MULTIPLE = 32
_UNKNOWN = np.float32(0.5)
_WIDE = OutlineSettings(reach=10, near_outline=9, core=6)
"""Settings with a wider reach: hair reaches farther than colours can be trusted."""


class Matting(Protocol):
    """Something that estimates how much of each pixel the nearer side covers."""

    def alpha(self, picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """(height, width) float32 in [0, 1].

        picture: (height, width, 3) uint8. trimap: (height, width) float32, 1 surely near, 0 surely far, 0.5
        to be decided.
        """
        ...


class VitMatte:
    """A `Matting` over a VitMatte model of transformers."""

    def __init__(self, model: Any, device: str) -> None:
        self._model = model
        self._device = device

    def alpha(self, picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        import torch

        height, width = trimap.shape
        values = np.dstack([(picture.astype(np.float32) / 255 - 0.5) / 0.5, trimap])
        values = np.pad(values, ((0, -height % _MULTIPLE), (0, -width % _MULTIPLE), (0, 0)), mode="edge")
        parameter = next(self._model.parameters())
        tensor = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))
        with torch.inference_mode():
            found = self._model(pixel_values=tensor.to(self._device, parameter.dtype)).alphas
        alpha = found[0, 0, :height, :width].float().cpu().numpy()
        return np.where(trimap == _UNKNOWN, alpha.clip(0, 1), trimap)


def load_matting(name: str = DEFAULT_MATTE, *, device: str = "auto") -> VitMatte:
    """A VitMatte model by folder or hub id; raises InputError like `load_depth_network`."""
    config = load_config(name)
    if config.model_type != "vitmatte":
        raise InputError(f"{name}: is a model of type {config.model_type!r}; expected one of type vitmatte")
    return VitMatte(*load_model(name, "VitMatteForImageMatting", config, device=device))


class MattedDisparity:
    """A DisparitySource whose maps, where they are read with their frame, are refined with a matte."""

    def __init__(self, source: DisparitySource, matting: Matting) -> None:
        self.name = source.name
        self.count = source.count
        self.size = source.size
        self.official = source.official
        self._source = source
        self._matting = matting

    @property
    def source(self) -> DisparitySource:
        """The maps as they were."""
        return self._source

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        disparity = self._source.read(index, frame)
        return disparity if frame is None else refine_with_matte(eight_bit(frame), disparity, self._matting)


def refine_with_matte(
    picture: np.ndarray, disparity: np.ndarray, matting: Matting, settings: OutlineSettings | None = None
) -> np.ndarray:
    """Decide by a matte which pixels around outlines belong to the nearer surface.

    Args:
        picture: (height, width, 3) uint8.
        disparity: (height, width) float32 in [0, 1].

    Returns:
        (height, width) float32; away from outlines as it was, near them the value of the nearest pixel that
        is sure to lie on the side that the matte chooses.
    """
    settings = settings or _WIDE
    grid = find_outlines(disparity, settings)
    near, far, unknown = (_full(mask, disparity.shape, grid.scale) for mask in _sides(grid))
    if not (unknown.any() and near.any() and far.any()):
        return disparity
    near_value, to_near = _nearest(disparity, near)
    far_value, to_far = _nearest(disparity, far)
    # Thin things have no pixels that are sure: they stay as they are.
    unknown &= np.maximum(to_near, to_far) <= 2 * settings.reach * grid.scale
    trimap = np.where(unknown, _UNKNOWN, (to_near < to_far).astype(np.float32))
    alpha = matting.alpha(picture, trimap)
    return np.where(unknown, np.where(alpha > _UNKNOWN, near_value, far_value), disparity)


def _sides(grid: OutlineGrid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    is_edge = grid.split >= 0
    near, far = is_edge & (grid.core_low > grid.split), is_edge & (grid.core_high < grid.split)
    return near, far, is_edge & ~near & ~far


def _full(mask: np.ndarray, shape: tuple[int, ...], scale: int) -> np.ndarray:
    return mask.repeat(scale, axis=0).repeat(scale, axis=1)[: shape[0], : shape[1]]


def _nearest(disparity: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel the value of the nearest chosen one, and how far that is."""
    distance, labels = cv2.distanceTransformWithLabels(
        (~chosen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(labels, np.int64)
    values = np.zeros(int(labels.max()) + 1, np.float32)
    values[labels[chosen]] = disparity[chosen]
    return values[labels], distance
