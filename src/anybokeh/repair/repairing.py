"""Repairing the scene of a clip, frame by frame, one frame ahead of what is handed out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.repair.apply import highlight_gain, repaired_disparity
from anybokeh.repair.config import RepairConfig
from anybokeh.repair.gains import joined_gains
from anybokeh.repair.settings import RepairSettings
from anybokeh.repair.weights import read_config, read_weights
from anybokeh.shot import Scene, as_array

MULTIPLE = 16
LARGEST = 1024 * 576
"""Pixels of the picture that the network sees; larger ones are shown to it smaller, edges stay sharp."""

T = TypeVar("T")
Features = Callable[[np.ndarray, np.ndarray], np.ndarray]


def repair(frames: Any, disparity: Any, settings: RepairSettings | None = None) -> Scene:
    """Repair the scene of a clip in memory.

    >>> scene = repair(frames, steady(frames, disparity))

    Args:
        frames: (frames, 3, height, width) in [0, 1], sRGB, numpy or torch.
        disparity: (frames, height, width) in [0, 1], steadied.
        settings: what is repaired.

    Raises:
        InputError: shapes do not match, or the network cannot be read.
    """
    pictures, maps = as_array(frames), as_array(disparity)
    if pictures.ndim != 4 or pictures.shape[1] != 3 or maps.shape != pictures.shape[::2] + pictures.shape[3:]:
        expected = (*pictures.shape[:1], *pictures.shape[2:])
        raise InputError(f"disparity has shape {maps.shape}: expected {expected} for {pictures.shape} frames")
    items = ((None, picture.transpose(1, 2, 0), one) for picture, one in zip(pictures, maps, strict=True))
    found = [(one, gain) for _, one, gain in repaired(items, settings)]
    return Scene(np.stack([one for one, _ in found]), joined_gains([gain for _, gain in found]))


def repaired(
    items: Iterable[tuple[T, np.ndarray, np.ndarray]], settings: RepairSettings | None = None
) -> Iterator[tuple[T, np.ndarray, np.ndarray | None]]:
    """Repair a clip as it comes.

    Args:
        items: for each frame in order anything that goes with it, its picture (height, width, 3), encoded, of
            any type that clips have, and its disparity (height, width) float32 in [0, 1].

    Yields:
        What went with the frame, its disparity, and the gain on linear light of its highlights, (3, height,
        width) float32, None where nothing was clipped.
    """
    settings = settings or RepairSettings()
    config = read_config(settings.folder)
    settings = settings.chosen(config)
    if not (settings.disparity or settings.highlights):
        yield from ((tag, disparity, None) for tag, _, disparity in items)
        return
    config, features = load(settings)
    window: deque[tuple[T, _View]] = deque(maxlen=3)
    for tag, picture, disparity in items:
        view = _View(picture, disparity)
        if not window:
            window.append((tag, view))
        window.append((tag, view))
        if len(window) == 3:
            yield window[1][0], *_middle([one for _, one in window], config, features, settings)
    if window:
        window.append(window[-1])
        if len(window) == 3:
            yield window[1][0], *_middle([one for _, one in window], config, features, settings)


def load(settings: RepairSettings) -> tuple[RepairConfig, Features]:
    """The network's configuration, and the function from frames and disparity to features.

    Raises:
        InputError: the network cannot be read, or there is no such engine.
    """
    engine = settings.engine
    if engine == "auto":
        engine = "numpy" if find_spec("torch") is None else "torch"
    return _loaded(settings.folder, engine)


@cache
def _loaded(folder: Path, engine: str) -> tuple[RepairConfig, Features]:
    config, tensors = read_weights(folder)
    if engine == "numpy":
        from anybokeh.repair.plain import PlainNetwork

        return config, PlainNetwork(tensors).features
    if engine == "torch":
        from anybokeh.repair.network import torch_features

        return config, torch_features(config, tensors)
    raise InputError(f"engine is {engine!r}: expected auto, torch or numpy")


class _View:
    """One frame as the network sees it.

    Attributes:
        frame: (3, height, width) float32 in [0, 1].
        disparity: (height, width) float32, as it came.
        small_frame, small_disparity: of the size that the network takes.
    """

    def __init__(self, picture: np.ndarray, disparity: np.ndarray) -> None:
        self.frame = _encoded(picture)
        self.disparity = disparity
        size = working_size(disparity.shape[1], disparity.shape[0])
        self.small_frame = np.stack([_fitted(one, size) for one in self.frame])
        self.small_disparity = _fitted(disparity, size)
        self.size = size


def working_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of the picture that the network sees, before it is filled up to multiples of 16."""
    shrink = max(1.0, (width * height / LARGEST) ** 0.5)
    return max(1, round(width / shrink)), max(1, round(height / shrink))


def _fitted(one: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(height, width) brought to `size`, its border repeated up to multiples of 16."""
    if one.shape != size[::-1]:
        one = cv2.resize(one, size, interpolation=cv2.INTER_AREA)
    return np.pad(one, ((0, -size[1] % MULTIPLE), (0, -size[0] % MULTIPLE)), mode="edge")


def _encoded(picture: np.ndarray) -> np.ndarray:
    if picture.dtype.kind == "u":
        values = picture * np.float32(1 / np.iinfo(picture.dtype).max)
    else:
        values = np.clip(picture, 0, 1).astype(np.float32)
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def _middle(
    views: list[_View], config: RepairConfig, features: Features, settings: RepairSettings
) -> tuple[np.ndarray, np.ndarray | None]:
    view = views[1]
    found = features(
        np.stack([one.small_frame for one in views]), np.stack([one.small_disparity for one in views])
    )
    width, height = view.size
    found = found[:, :height, :width]
    size = view.disparity.shape[::-1]
    if size != view.size:
        found = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in found])
    disparity, gain = view.disparity, None
    if settings.disparity:
        disparity = repaired_disparity(disparity, found, config, size[0] / width)
    if settings.highlights:
        gain = highlight_gain(view.frame, found, config)
    return disparity, gain
