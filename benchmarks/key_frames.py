"""What it costs and saves that depth networks look at key frames alone.

    python benchmarks/key_frames.py [--seeds 3 4] [--clip CLIP MAPS] [--network FILE.onnx --timed CLIP]

A network is stood in for by maps that are known, of made-up clips and of a clip with given maps: they are
damaged as a network's are, with an error of its own in every frame and another scale and shift. Printed are
the mean error of disparity times 1000, the share of pixels that are off by more than 0.1, and flicker (mean
change of the error from frame to frame, times 1000; that of the worst frame): for a network that sees every
frame, and for key frames, both before and after steadying. With --network: seconds a frame of a real one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip import open_clip
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity import open_disparity, steadied
from anybokeh.disparity.carrying import KeyFramed
from anybokeh.disparity.onnx_network import load_onnx_network
from anybokeh.synth.damage import DAMAGES, damage
from anybokeh.synth.presets import make_sample

_WIDTH = 700
_JITTER = 0.03


class StandIn:
    """An `Estimator` that gives known maps."""

    name = identity = "stand-in"

    def __init__(self, pictures: list[np.ndarray], maps: np.ndarray) -> None:
        self.looked_at = 0
        self._maps = {id(picture): one for picture, one in zip(pictures, maps, strict=True)}

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for picture in pictures:
            self.looked_at += 1
            yield self._maps[id(picture)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", nargs="*", type=int, default=[3, 4])
    parser.add_argument("--frames", type=int, default=36)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--clip", nargs=2, metavar=("CLIP", "MAPS"))
    parser.add_argument("--network", type=Path)
    parser.add_argument("--timed", type=Path, metavar="CLIP")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    for seed in options.seeds:
        sample = make_sample("natural", seed, size=(width, height), frames=options.frames, degrade=True)
        pictures = [np.rint(255 * one.transpose(1, 2, 0)).astype(np.uint8) for one in sample.frames]
        judge(f"natural {seed}", pictures, sample.disparity)
    if options.clip:
        pictures = first_pictures(options.clip[0], options.frames)
        given = open_disparity(options.clip[1])
        exact = np.stack([given.read(index, one) for index, one in enumerate(pictures)])
        judge(options.clip[0], pictures, exact)
    if options.network:
        measure(options.network, first_pictures(options.timed, options.frames))


def first_pictures(clip: str | Path, count: int) -> list[np.ndarray]:
    with open_clip(clip) as opened:
        return [eight_bit(frame.pixels) for frame in islice(opened, count)]


def judge(name: str, pictures: list[np.ndarray], exact: np.ndarray) -> None:
    maps = as_a_network(exact)
    network = StandIn(pictures, maps)
    key_framed = np.stack(list(KeyFramed(network).estimate(iter(pictures))))
    print(f"{name}: {network.looked_at} key frames of {len(pictures)}")
    for kind, found in (("every frame", maps), ("key frames", key_framed)):
        low, high = (float(value) for value in np.percentile(found, (0.5, 99.5)))
        found = ((found - low) / (high - low)).clip(0, 1)
        size = exact.shape[2], exact.shape[1]
        found = np.stack([cv2.resize(one, size) for one in found])
        steady = [one for _, one in steadied(zip(pictures, pictures, found, strict=True))]
        for state, one in (("", found), (", steadied", np.stack(steady))):
            print(f"  {kind}{state}: {figures(one, exact)}", flush=True)


def as_a_network(exact: np.ndarray) -> np.ndarray:
    """(frames, h, w): lasting and passing errors of surfaces and outlines, and a scale for every frame."""
    lasting = replace(DAMAGES["network"], flicker=0, bits=0, detail=_WIDTH)
    passing = replace(lasting, seconds=0.02, shift=1, bias=0, bulge=0.006)
    maps = damage(exact, lasting, 0) + (damage(exact, passing, 1) - exact) / 2
    height, width = exact.shape[1:]
    size = _WIDTH, max(1, round(_WIDTH * height / width / 14)) * 14
    gains, offsets = _JITTER * np.random.default_rng(0).standard_normal((2, len(exact), 1, 1), np.float32)
    return (1 + gains) * np.stack(
        [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in maps]
    ) + offsets


def figures(found: np.ndarray, exact: np.ndarray) -> str:
    error = fitted(found, exact) - exact
    flicker = np.abs(np.diff(error, axis=0)).mean((1, 2))
    return (
        f"error {1000 * np.abs(error).mean():.1f}, off {100 * (np.abs(error) > 0.1).mean():.2f} %, "
        f"flicker {1000 * flicker.mean():.1f}, at worst {1000 * flicker.max():.1f}"
    )


def fitted(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """On the truth's scale, by one robust straight line for the clip."""
    values, truth = (one[:, ::4, ::4].reshape(-1).astype(np.float64) for one in (found, exact))
    columns = np.stack([values, np.ones_like(values)], axis=1)
    line, weights = np.zeros(2), np.ones(len(values))
    for _ in range(6):
        line = np.linalg.lstsq(columns * weights[:, None], truth * weights, rcond=None)[0]
        weights = np.sqrt(1 / np.maximum(np.abs(columns @ line - truth), 1e-3))
    return found * np.float32(line[0]) + np.float32(line[1])


def measure(file: Path, pictures: list[np.ndarray]) -> None:
    network = load_onnx_network(file)
    list(network.estimate(pictures[:1]))
    seconds = []
    for estimator, some in ((network, pictures[:3]), (KeyFramed(network), pictures)):
        started = time.perf_counter()
        list(estimator.estimate(iter(some)))
        seconds.append((time.perf_counter() - started) / len(some))
    every, keyed = seconds
    print(f"every frame {every:.2f} s a frame, key frames {keyed:.2f}: {every / keyed:.1f} times as fast")


if __name__ == "__main__":
    main()
