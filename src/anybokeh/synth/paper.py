"""The paper's scenes: four cut-outs at depths of 1 to 5 before a photograph, all facing the camera."""

from __future__ import annotations

from typing import Any

import numpy as np

from anybokeh.synth.layers import Plane
from anybokeh.synth.motion import jitter, there_and_back
from anybokeh.synth.props import Prop, Props
from anybokeh.synth.stage import Actor, Setting, Stage

OBJECTS = 4
NEAR, FAR = 1.0, 5.0
BACKGROUND = 100.0, 200.0
"""Depths; disparity is one over depth."""
TRAINING_BLURS = (12.0, 16.0, 20.0, 24.0, 28.0)
TEST_BLURS = (4.0, 8.0, 16.0, 32.0)
JITTER = 40 / 1024
"""Largest displacement from frame to frame, in widths of the picture."""


def paper_stage(rng: np.random.Generator, props: Props, size: tuple[int, int], frames: int) -> Stage:
    """Draw a scene as the paper describes its training data (section 4, data).

    Args:
        rng: decides everything.
        props: where cut-outs and backgrounds come from.
        size: (width, height) in pixels.
        frames: length.
    """
    depths = rng.uniform(NEAR, FAR, OBJECTS)
    shake = rng.uniform(0, 1)
    actors = tuple(_actor(rng, props.cutout(rng), depth, shake, size, frames) for depth in depths)
    backdrop = _backdrop(rng, props.background(rng), shake, size, frames)
    subject = int(rng.integers(OBJECTS))
    focus, how_focused = _focus(rng, actors, subject, frames)
    blur, how_blurred = _blur(rng, frames)
    metadata = {
        "preset": "paper",
        "props": props.name,
        "objects": [actor.prop.name for actor in actors],
        "background": backdrop.prop.name,
        "focus": how_focused,
        "blur": how_blurred,
    }
    setting = Setting(size, focus, blur, np.zeros(frames))
    return Stage(setting, actors, backdrop, subject=subject, metadata=metadata)


def similarity(centre: np.ndarray, extent: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Homographies of upright rectangles turned about their middle.

    Args:
        centre: (frames, 2) pixels.
        extent: (frames, 2) width and height in pixels.
        roll: (frames,) degrees, clockwise on screen.
    """
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    result = np.zeros((len(roll), 3, 3))
    result[:, 0, 0], result[:, 0, 1] = c * extent[:, 0], -s * extent[:, 1]
    result[:, 1, 0], result[:, 1, 1] = s * extent[:, 0], c * extent[:, 1]
    result[:, :2, 2] = centre - (result[:, :2, 0] + result[:, :2, 1]) / 2
    result[:, 2, 2] = 1
    return result


def _actor(
    rng: np.random.Generator, prop: Prop, depth: float, shake: float, size: tuple[int, int], frames: int
) -> Actor:
    width, height = size
    tall = height * rng.uniform(0.35, 0.95) * (1 + 0.05 * shake * jitter(rng, frames, 1))
    extent = np.stack([tall * prop.aspect, tall], 1)
    extent *= min(1, 0.9 * width / extent[:, 0].max())
    centre = np.array([rng.uniform(0.1, 0.9) * width, rng.uniform(0.25, 0.85) * height])
    moves = np.stack([jitter(rng, frames, JITTER * width * shake) for _ in range(2)], 1)
    roll = rng.uniform(-20, 20) + shake * jitter(rng, frames, 5)
    nearness = 1 / np.clip(depth * (1 + shake * jitter(rng, frames, 0.05)), NEAR, FAR)
    planes = tuple(Plane(float(level)) for level in nearness)
    return Actor(prop, similarity(centre + moves, extent, roll), planes, nearness)


def _backdrop(
    rng: np.random.Generator, prop: Prop, shake: float, size: tuple[int, int], frames: int
) -> Actor:
    width, height = size
    scale = rng.uniform(1.0, 1.6) * max(width / prop.aspect, height)
    extent = np.tile([scale * prop.aspect, scale], (frames, 1))
    slack = np.maximum(extent[0] - size, 0) / 2
    centre = np.array(size) / 2 + rng.uniform(-1, 1, 2) * slack
    moves = np.stack([jitter(rng, frames, JITTER * width * shake * 0.25) for _ in range(2)], 1)
    level = 1 / rng.uniform(*BACKGROUND)
    to_frame = similarity(centre + moves, extent, np.zeros(frames))
    return Actor(prop, to_frame, (Plane(level),) * frames, np.full(frames, level))


def _focus(
    rng: np.random.Generator, actors: tuple[Actor, ...], subject: int, frames: int
) -> tuple[np.ndarray, str]:
    if rng.random() < 0.5:
        return actors[subject].nearness.copy(), "object"
    levels = [actor.nearness.mean() for actor in actors]
    return min(levels) + (max(levels) - min(levels)) * there_and_back(frames), "sweep"


def _blur(rng: np.random.Generator, frames: int) -> tuple[np.ndarray, Any]:
    kind = str(rng.choice(["fixed", "test", "ramp", "random"], p=[0.4, 0.2, 0.2, 0.2]))
    if kind == "fixed":
        return np.full(frames, rng.choice(TRAINING_BLURS)), kind
    if kind == "test":
        return np.full(frames, rng.choice(TEST_BLURS)), kind
    if kind == "ramp":
        start, end = rng.choice(TEST_BLURS, 2, replace=False)
        return np.linspace(start, end, frames), kind
    return rng.choice(TRAINING_BLURS, frames), kind
