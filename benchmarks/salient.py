"""How well and how fast a clip's subject and disparity are found without a depth network.

    python benchmarks/salient.py CLIP MASKS [DISPARITY]

MASKS and DISPARITY are folders or videos with one map a frame. Prints the subject's intersection over union,
the share of random pairs (one pixel of the subject, one of the rest) whose order is that of the given
disparity, and frames a second from the file to disparity at full size.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

import cv2
import numpy as np

from anybokeh.clip import open_clip
from anybokeh.clip.times import source_times
from anybokeh.disparity import open_disparity
from anybokeh.disparity.choose import find_disparity
from anybokeh.disparity.salient import SalientDisparity
from anybokeh.filters.guided_filter import enlarge
from anybokeh.focus.mask import open_masks

_PAIRS = 4000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("masks")
    parser.add_argument("disparity", nargs="?")
    options = parser.parse_args()
    masks = open_masks(options.masks)
    given = None if options.disparity is None else open_disparity(options.disparity)
    rng = np.random.default_rng(0)
    overlaps, orders = [], []
    with tempfile.TemporaryDirectory() as cache, open_clip(options.clip) as clip:
        os.environ["ANYBOKEH_CACHE"] = cache
        started, worked = time.perf_counter(), time.process_time()
        found = find_disparity("salient", clip.info, source_times(clip.info)).disparity
        maps = [found.read(frame.index, frame.pixels) for frame in clip]
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
        assert isinstance(found, SalientDisparity)
        for frame, estimate in zip(clip, maps, strict=True):
            truth = cv2.resize(masks.read(frame.index).astype(np.uint8), estimate.shape[::-1]) > 0
            share = enlarge(found.subject.share(frame.index), frame.pixels) > 0.4
            overlaps.append((share & truth).sum() / max((share | truth).sum(), 1))
            if given is not None:
                real = cv2.resize(given.read(frame.index), estimate.shape[::-1])
                inside, outside = (rng.choice(np.flatnonzero(part), _PAIRS) for part in (truth, ~truth))
                expected = np.sign(real.flat[inside] - real.flat[outside])
                order = np.sign(estimate.flat[inside] - estimate.flat[outside])
                orders.append((expected == order)[expected != 0].mean())
        found.subject.close()
    print(f"subject, intersection over union: {np.mean(overlaps):.3f} (worst frame {np.min(overlaps):.3f})")
    if orders:
        print(f"order of pairs: {np.mean(orders):.3f}")
    print(
        f"{len(maps) / seconds:.1f} frames a second, {cpu / len(maps) * 1000:.0f} ms of processor time each"
    )


if __name__ == "__main__":
    main()
