"""Score what repair makes of lamps, on pictures whose truth is known in closed form.

    python benchmarks/lamps.py [--seeds 0 1 2] [--day]

A night is a dark ground with lamps of all colours, as a lens with glow and a camera that sharpens, grains
and compresses record it. All of it lies in one plane out of focus, so the truth is a blur by a disc.
Rows give the PSNR without lamps and with them, and how far the discs are off: in stops, and in chromaticity
(sum over the channels). `--day` gives how much brighter days without lamps become.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np

from anybokeh.optics.light import decode, encode
from anybokeh.repair import RepairSettings, repair
from anybokeh.synth.nights import DAYS, day, night

RADIUS = 12.8


def disc() -> np.ndarray:
    """Kernel of a lens, sums to 1."""
    reach, fine = int(np.ceil(RADIUS)) + 1, 8
    y, x = (np.mgrid[: (2 * reach + 1) * fine, : (2 * reach + 1) * fine] + 0.5) / fine - reach - 0.5
    kernel = cv2.resize(
        (np.hypot(y, x) <= RADIUS).astype(np.float64),
        None,
        fx=1 / fine,
        fy=1 / fine,
        interpolation=cv2.INTER_AREA,
    )
    return kernel / kernel.sum()


def blurred(light: np.ndarray) -> np.ndarray:
    """Out of focus and clipped, linear."""
    return np.clip(cv2.filter2D(light, -1, disc(), borderType=cv2.BORDER_REPLICATE), 0, 1)


def psnr(found: np.ndarray, truth: np.ndarray) -> float:
    """Of encoded pictures, in dB."""
    return -10 * np.log10(np.mean((encode(found, "srgb") - encode(truth, "srgb")) ** 2))


def errors(found: np.ndarray, truth: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(lamps, 2): of brightness in stops, and of chromaticity."""
    off = []
    for y, x in places:
        here = slice(max(y - 6, 0), y + 7), slice(max(x - 6, 0), x + 7)
        a, b = found[here].mean((0, 1)), truth[here].mean((0, 1))
        stops = np.log2((a.max() + 1e-3) / (b.max() + 1e-3))
        off.append((abs(stops), np.abs(a / (a.sum() + 1e-6) - b / (b.sum() + 1e-6)).sum()))
    return np.array(off)


def gains(frame: np.ndarray) -> np.ndarray | None:
    """What repair multiplies linear light by, (3, height, width), None if nothing."""
    flat = np.zeros((1, *frame.shape[:2]), np.float32)
    found = repair(frame.transpose(2, 0, 1)[None], flat, RepairSettings(disparity=False, highlights=True))
    return None if found.radiance is None else found.radiance[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(6)))
    parser.add_argument("--day", action="store_true")
    options = parser.parse_args()
    rows = []
    for seed in options.seeds:
        if options.day:
            for kind in DAYS:
                frame = encode(day(kind, seed), "srgb").astype(np.float32)
                gain = gains(frame)
                light = decode(frame, "srgb")
                plain = blurred(light)
                lit = plain if gain is None else blurred(light * gain.transpose(1, 2, 0))
                change = 255 * (encode(lit, "srgb") - encode(plain, "srgb"))
                print(
                    f"{seed} {kind:8} mean {change.mean():6.3f} levels, most {change.max():6.2f}", flush=True
                )
            continue
        scene = night(seed)
        light, truth = decode(scene.frame, "srgb"), blurred(scene.light)
        gain = gains(scene.frame)
        plain = blurred(light)
        lit = plain if gain is None else blurred(light * gain.transpose(1, 2, 0))
        rows.append((psnr(plain, truth), psnr(lit, truth), *errors(lit, truth, scene.places).mean(0)))
        print(f"{seed} " + " ".join(f"{value:6.2f}" for value in rows[-1]), flush=True)
    if rows:
        without, found, stops, colour = np.mean(rows, 0)
        print(f"gain {found - without:.2f} dB, off by {stops:.2f} stops, by {colour:.3f} in chromaticity")


if __name__ == "__main__":
    main()
