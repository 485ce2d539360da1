"""Repairing the scene of a clip, frame by frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from anybokeh.errors import InputError
from anybokeh.filters.windows import windows
from anybokeh.repair.apply import repaired_disparity
from anybokeh.repair.config import RepairConfig
from anybokeh.repair.gains import joined_gains
from anybokeh.repair.lamp_light import Light, codes, find_lamps, light_of
from anybokeh.repair.lamps_over_time import REACH, SeenLamps, decided
from anybokeh.repair.perceptron import Networks
from anybokeh.repair.repair_settings import RepairSettings
from anybokeh.repair.weights import read_config, read_weights
from anybokeh.runtime.stages import helping
from anybokeh.runtime.threads import available_threads
from anybokeh.shot import Scene, as_array

T = TypeVar("T")
R = TypeVar("R")

_PIXELS_EACH = 1 << 20
"""Pixels at work at once for each processor: a picture at work takes 40 bytes for each of them."""


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
    found = [(one, light) for _, one, light in repaired(items, settings)]
    return Scene(np.stack([one for one, _ in found]), joined_gains([light for _, light in found]))


def repaired(
    items: Iterable[tuple[T, np.ndarray, np.ndarray, np.ndarray]], settings: RepairSettings | None = None
) -> Iterator[tuple[T, np.ndarray, Light | None]]:
    """Repair a clip as it comes, with lamps read `lamps_over_time.REACH` frames ahead.

    Args:
        items: for each frame in order anything that goes with it, its picture (height, width, 3), encoded, of
            any type that clips have, its disparity (height, width) float32 in [0, 1], and that before its
            outlines were aligned.

    Yields:
        What went with the frame, its disparity, and the light of its lamps, None where there are none.
    """
    with_lamps = lit((((tag, given, loose), picture) for tag, picture, given, loose in items), settings)
    pairs = (((tag, light), picture, given, loose) for (tag, given, loose), picture, light in with_lamps)
    for (tag, light), disparity in mended(pairs, settings):
        yield tag, disparity, light


def lit(
    items: Iterable[tuple[T, np.ndarray]], settings: RepairSettings | None = None
) -> Iterator[tuple[T, np.ndarray, Light | None]]:
    """Find the lamps of a clip as it comes, each by the frames in which it is seen.

    Args:
        items: for each frame in order anything that goes with it, and its picture as `repaired` takes it.

    Yields:
        Both, and the light of its lamps, None where there are none or highlights are not repaired.
    """
    settings = settings or RepairSettings()
    if not settings.chosen(read_config(settings.folder)).highlights:
        yield from ((tag, picture, None) for tag, picture in items)
        return
    config, networks = load_networks(settings.folder)

    def one(tag: T, picture: np.ndarray) -> tuple[T, np.ndarray, SeenLamps]:
        frame = _encoded(picture)
        kept = picture if picture.dtype.kind == "u" else frame
        return tag, picture, SeenLamps(kept, find_lamps(frame, networks.lamps, config))

    with closing(_each(one, items)) as seen:
        for around, index in windows(seen, REACH):
            tag, picture, one_seen = around[index]
            lamps = decided([found for _, _, found in around], index)
            yield tag, picture, light_of(lamps, one_seen.picture, config.most_stops)


def mended(
    items: Iterable[tuple[T, np.ndarray, np.ndarray, np.ndarray]], settings: RepairSettings | None = None
) -> Iterator[tuple[T, np.ndarray]]:
    """Repair the disparity of a clip as it comes.

    Args:
        items: as `repaired` takes them.

    Yields:
        What went with the frame, and its disparity.
    """
    settings = settings or RepairSettings()
    if not settings.chosen(read_config(settings.folder)).disparity:
        yield from ((tag, disparity) for tag, _, disparity, _ in items)
        return
    config, networks = load_networks(settings.folder)

    def one(tag: T, picture: np.ndarray, disparity: np.ndarray, loose: np.ndarray) -> tuple[T, np.ndarray]:
        return tag, repaired_disparity(_encoded(picture), disparity, loose, networks, config)

    yield from _each(one, items)


def _each(work: Callable[..., R], items: Iterable[tuple[Any, ...]]) -> Generator[R, None, None]:
    """What `work` makes of each item, in order; several are at work at once, unless pictures are large.

    items: the second of each is its picture.
    """
    threads = available_threads()
    with _ONE_PRODUCT, ThreadPoolExecutor(threads, thread_name_prefix="repair") as pool:
        at_work: deque[Future[R]] = deque()
        work = helping(work)
        try:
            for item in items:
                at_work.append(pool.submit(work, *item))
                pixels = item[1].shape[0] * item[1].shape[1]
                del item
                if len(at_work) >= min(threads, max(1, threads * _PIXELS_EACH // pixels)):
                    yield at_work.popleft().result()
            while at_work:
                yield at_work.popleft().result()
        finally:
            for left in at_work:
                left.cancel()


class _OneProduct:
    """Matrix products use one thread as long as anybody asks for it; several frames are at work then."""

    def __init__(self) -> None:
        self._asking, self._lock = 0, Lock()
        self._limits = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._asking:
                limit = ThreadpoolController().select(internal_api="openblas").limit(limits=1)
                self._limits.enter_context(limit)
            self._asking += 1

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._asking -= 1
            if not self._asking:
                self._limits.close()


_ONE_PRODUCT = _OneProduct()


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
    """A picture of any type as (height, width, 3) float32 in [0, 1]."""
    return np.ascontiguousarray(codes(picture))
