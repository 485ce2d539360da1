"""Repairing the scene of a clip, frame by frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from anybokeh.errors import InputError
from anybokeh.repair.apply import highlight_gain, repaired_disparity
from anybokeh.repair.config import RepairConfig
from anybokeh.repair.gains import joined_gains
from anybokeh.repair.perceptron import Networks
from anybokeh.repair.repair_settings import RepairSettings
from anybokeh.repair.weights import read_config, read_weights
from anybokeh.runtime.threads import available_threads
from anybokeh.shot import Scene, as_array

T = TypeVar("T")


def repair(
    frames: Any, disparity: Any, settings: RepairSettings | None = None, *, loose: Any = None
) -> Scene:
    """Repair the scene of a clip in memory.

    >>> disparity, loose = steady_both(frames, disparity)
    >>> scene = repair(frames, disparity, loose=loose)

    Args:
        frames: (frames, 3, height, width) in [0, 1], sRGB, numpy or torch.
        disparity: (frames, height, width) in [0, 1], steadied.
        settings: what is repaired.
        loose: of the same shape, before outlines were aligned; None if they were not.

    Raises:
        InputError: shapes do not match, values are not finite, or the network cannot be read.
    """
    pictures, maps = as_array(frames), as_array(disparity)
    if pictures.ndim != 4 or pictures.shape[1] != 3 or maps.shape != pictures.shape[::2] + pictures.shape[3:]:
        expected = (*pictures.shape[:1], *pictures.shape[2:])
        raise InputError(f"disparity has shape {maps.shape}: expected {expected} for {pictures.shape} frames")
    before = maps if loose is None else as_array(loose)
    if before.shape != maps.shape:
        raise InputError(f"loose disparity has shape {before.shape}: expected {maps.shape}")
    for name, values in (("frames", pictures), ("disparity", maps), ("loose disparity", before)):
        if not np.isfinite(values).all():
            raise InputError(f"{name}: holds NaN or infinite values; give it finite values before")
    items = (
        (None, picture.transpose(1, 2, 0), *both)
        for picture, *both in zip(pictures, maps, before, strict=True)
    )
    found = [(one, gain) for _, one, gain in repaired(items, settings)]
    return Scene(np.stack([one for one, _ in found]), joined_gains([gain for _, gain in found]))


def repaired(
    items: Iterable[tuple[T, np.ndarray, np.ndarray, np.ndarray]], settings: RepairSettings | None = None
) -> Iterator[tuple[T, np.ndarray, np.ndarray | None]]:
    """Repair a clip as it comes.

    Args:
        items: for each frame in order anything that goes with it, its picture (height, width, 3), encoded, of
            any type that clips have, its disparity (height, width) float32 in [0, 1], and that before its
            outlines were aligned.

    Yields:
        What went with the frame, its disparity, and the gain on linear light of its highlights, (3, height,
        width) float32, None where nothing was clipped.
    """
    settings = settings or RepairSettings()
    config = read_config(settings.folder)
    settings = settings.chosen(config)
    if not (settings.disparity or settings.highlights):
        yield from ((tag, disparity, None) for tag, _, disparity, _ in items)
        return
    config, networks = load_networks(settings.folder)

    def one(
        tag: T, picture: np.ndarray, disparity: np.ndarray, loose: np.ndarray
    ) -> tuple[T, np.ndarray, np.ndarray | None]:
        frame = _encoded(picture)
        gain = highlight_gain(frame, networks.lamps, config) if settings.highlights else None
        if settings.disparity:
            disparity = repaired_disparity(frame, disparity, loose, networks, config)
        return tag, disparity, gain

    # a frame is repaired by itself, so several can be at once; the products within one need no threads then
    threads = available_threads()
    alone = ThreadpoolController().select(internal_api="openblas").limit(limits=1)
    with alone, ThreadPoolExecutor(threads, thread_name_prefix="repair") as pool:
        at_work: deque[Future[tuple[T, np.ndarray, np.ndarray | None]]] = deque()
        try:
            for item in items:
                at_work.append(pool.submit(one, *item))
                if len(at_work) == threads:
                    yield at_work.popleft().result()
            while at_work:
                yield at_work.popleft().result()
        finally:
            for left in at_work:
                left.cancel()


@cache
def load_networks(folder: Path) -> tuple[RepairConfig, Networks]:
    """The networks, and how sure they have to be.

    Raises:
        InputError: a file is missing or not what it should be.
    """
    config, tensors = read_weights(folder)
    try:
        return config, Networks.of(tensors)
    except KeyError as error:
        raise InputError(f"{folder}: has no tensor {error}; give a folder with a repair network") from None


def _encoded(picture: np.ndarray) -> np.ndarray:
    """(height, width, 3) float32 in [0, 1]."""
    if picture.dtype.kind == "u":
        return picture * np.float32(1 / np.iinfo(picture.dtype).max)
    return np.ascontiguousarray(np.clip(picture, 0, 1), np.float32)
