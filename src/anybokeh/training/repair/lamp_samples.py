"""Samples for the network of lamps: clipped spots, and whether they shine."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.optics.light import decode, encode
from anybokeh.repair.evidence import GRID_WIDTH
from anybokeh.repair.lamps import find_spots
from anybokeh.synth.camera_noise import degrade, draw_camera

LIGHT = 1.3
"""Linear light from which a pixel counts as a lamp's."""
MOST = 40
"""Spots of one picture."""
SMALLEST = 2
"""Pixels of a spot."""


def lamp_samples(crops: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Samples of one clip of the pool: its own clipped spots, and those of lamps put into its pictures.

    Args:
        crops: as `make_clip` makes them.
        rng: decides everything.

    Returns:
        inputs: (samples, LAMP_INPUTS) float32.
        lamp: (samples,) float32, 1 for lamps, 0 for white surfaces.
        stops: (samples, 3) float32, log2 of linear light, 0 where it is not brighter than white.
        area: (samples,) float32, pixels.
    """
    scale = int(crops["width"]) / GRID_WIDTH
    parts: dict[str, list[np.ndarray]] = {name: [] for name in ("inputs", "lamp", "stops", "area")}
    for frames, bright in zip(crops["frames"], crops["light"], strict=True):
        frame = np.ascontiguousarray(frames[1].transpose(1, 2, 0)).astype(np.float32) / 255
        light = np.exp2(bright.astype(np.float32).transpose(1, 2, 0)) - 1
        pictures = [(frame, light)]
        if rng.random() < 0.6:
            pictures.append(_with_lamps(frame, light, scale, rng))
        for picture, truth in pictures:
            spots = find_spots(picture, scale)
            if spots is None:
                continue
            y, x, of, count = spots.y, spots.x, spots.of, len(spots.inputs)
            area = np.bincount(of, minlength=count).astype(np.float32)
            stops = np.log2(np.clip(truth[y, x], 1, 128))
            means = [np.bincount(of, stops[:, channel], count) / area for channel in range(3)]
            shining = np.bincount(of, truth[y, x].max(1) > LIGHT, count) / area
            kept = np.nonzero(area >= SMALLEST)[0]
            kept = rng.permutation(kept)[:MOST]
            parts["inputs"].append(spots.inputs[kept])
            parts["lamp"].append((shining[kept] > 0.5).astype(np.float32))
            parts["stops"].append(np.stack(means, 1)[kept].astype(np.float32))
            parts["area"].append(area[kept])
    if not parts["area"]:
        return {}
    return {name: np.concatenate(values) for name, values in parts.items()}


def _with_lamps(
    frame: np.ndarray, light: np.ndarray, scale: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The picture with lamps of our own, most of the time made a night; and its linear light."""
    night = rng.random() < 0.75
    dim = np.exp(rng.uniform(np.log(0.03), np.log(0.6))) if night else 1.0
    light = np.where(light > 1, light, decode(frame, "srgb") * np.float32(dim)).astype(np.float32)
    height, width = light.shape[:2]
    colours = np.stack([np.ones(3), rng.uniform(0.5, 1, 3), rng.uniform(0.2, 1, 3)], 1)
    for _ in range(rng.integers(1, 25) if night else rng.integers(1, 8)):
        radius = np.exp(rng.uniform(np.log(0.6), np.log(6))) * scale * (1 if rng.random() < 0.9 else 3)
        brightness = np.exp(rng.uniform(np.log(1.5), np.log(80)))
        place = rng.uniform(0, height), rng.uniform(0, width)
        light = _lit(light, place, radius, colours[rng.integers(3)] * brightness, rng)
    if rng.random() < 0.2:
        light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.4, 1.0) * scale)
    seen = encode(np.minimum(light, 1).transpose(2, 0, 1)[None], "srgb").astype(np.float32)
    if rng.random() < 0.5:
        seen = degrade(seen, draw_camera(rng), rng)
    picture = np.rint(seen[0].transpose(1, 2, 0) * 255).astype(np.float32) / 255
    return np.ascontiguousarray(picture), light


def _lit(
    light: np.ndarray, place: tuple[float, float], radius: float, colour: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One lamp, round or long, with an edge of one pixel."""
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    down, across = y - place[0], x - place[1]
    if rng.random() < 0.25:
        turn, length = rng.uniform(0, np.pi), rng.uniform(1, 3)
        along = (across * np.cos(turn) + down * np.sin(turn)) / length
        beside = (down * np.cos(turn) - across * np.sin(turn)) * length**0.3
        down, across = along, beside
    cover = np.clip(radius + 0.5 - np.hypot(down, across), 0, 1)[..., None]
    return (light * (1 - cover) + cover * colour).astype(np.float32)
