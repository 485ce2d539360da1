"""A pool of crops with their truth, made ahead: one file a clip, read by the training at random."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from anybokeh.disparity.steadying import SteadySettings, steady_both
from anybokeh.errors import InputError
from anybokeh.optics.light import encode
from anybokeh.synth.camera_noise import degrade, draw_camera
from anybokeh.synth.damage import DamageSettings, damage
from anybokeh.synth.layered import composite
from anybokeh.synth.presets import make_stage
from anybokeh.synth.props import Props
from anybokeh.synth.stage import Stage
from anybokeh.training.depth_damage import damaged

CLIP = 7
"""Frames of a clip: three in the middle are used, the others let steadying work as it does within clips."""
MOST_GAIN = 64.0
LAMP = 0.3
"""Visible coverage from which a pixel is part of a lamp."""


@dataclass(frozen=True)
class PoolSettings:
    """What the crops are.

    Attributes:
        side: of the square crops in pixels, a multiple of 16.
        crops: of each clip.
        sizes: (width, height) of the clips, and how often each occurs.
        undamaged: share of clips whose disparity is exact.
        unsteadied: share of clips whose disparity is not steadied.
        recorded: share of clips with the noise and compression of a camera.
        dark: share of drawn clips kept if they hold neither lamps nor night.
        seed: decides everything.
    """

    side: int = 192
    crops: int = 6
    sizes: tuple[tuple[tuple[int, int], float], ...] = (
        ((512, 288), 0.55),
        ((768, 432), 0.3),
        ((1024, 576), 0.15),
    )
    undamaged: float = 0.2
    unsteadied: float = 0.25
    recorded: float = 0.7
    dark: float = 0.7
    seed: int = 0


def make_clip(props: Props, settings: PoolSettings, index: int) -> dict[str, np.ndarray]:
    """The crops of one clip.

    Args:
        props: where cut-outs and backgrounds come from.
        settings: what.
        index: of the clip; with the seed it decides everything.

    Returns:
        frames: (crops, 3, 3, side, side) uint8 sRGB, three consecutive frames.
        given: (crops, 3, side, side) float16, their disparity as it is given to the network, steadied.
        loose: of the same kind, as it was before its outlines were aligned.
        disparity: (crops, side, side) float16, that of the middle frame in truth.
        width: int32, of the clip in pixels, which lengths go by.
        light: (crops, 3, side, side) float16, log2(1 + linear light) of the middle frame before the camera.
            Only lamps are brighter than white: how bright a photograph's white was, nobody can tell.
    """
    rng = np.random.default_rng((settings.seed, index))
    chances = np.array([chance for _, chance in settings.sizes])
    size = settings.sizes[rng.choice(len(chances), p=chances / chances.sum())][0]
    stage = _stage(rng, props, settings, size)
    light, truth = (np.stack(values) for values in zip(*_views(stage), strict=True))
    frames = encode(np.minimum(light, 1), "srgb").astype(np.float32)
    if rng.random() < settings.recorded:
        frames = degrade(frames, draw_camera(rng), rng)
    frames = np.rint(frames * 255).astype(np.uint8)
    given, loose = _given(frames, truth, settings, rng)
    middle = CLIP // 2
    around = slice(middle - 1, middle + 2)
    names = "frames", "given", "loose", "disparity", "light"
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for top, left in _places(truth[middle], given[middle], light[middle], settings, rng):
        here = slice(top, top + settings.side), slice(left, left + settings.side)
        parts["frames"].append(frames[around, :, *here])
        parts["given"].append(given[around, *here].astype(np.float16))
        parts["loose"].append(loose[around, *here].astype(np.float16))
        parts["disparity"].append(truth[middle, *here].astype(np.float16))
        bright = np.log2(1 + np.clip(light[middle, :, *here], 0, MOST_GAIN))
        parts["light"].append(bright.astype(np.float16))
    whole = {name: np.stack(values) for name, values in parts.items()}
    return whole | {"width": np.array(size[0], np.int32)}


def fill_pool(folder: Path, props: Props, settings: PoolSettings, first: int, count: int) -> None:
    """Make `folder/000000.safetensors` and so on; clips that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(first, first + count):
        target = folder / f"{index:06d}.safetensors"
        if target.exists():
            continue
        save_whole(make_clip(props, settings, index), target)


def clips_of(pool: Path) -> list[Path]:
    """The files of a pool in order.

    Raises:
        InputError: there is none.
    """
    clips = sorted(pool.glob("*.safetensors"))
    if not clips:
        raise InputError(f"{pool}: holds no pool; make one first")
    return clips


def save_whole(arrays: dict[str, np.ndarray], target: Path) -> None:
    """Write arrays by name as safetensors, whole or not at all."""
    from safetensors.numpy import save_file

    temporary = target.with_suffix(f".{os.getpid()}.unfinished")
    save_file(arrays, temporary)
    temporary.replace(target)


def _stage(rng: np.random.Generator, props: Props, settings: PoolSettings, size: tuple[int, int]) -> Stage:
    while True:
        stage = make_stage("natural", rng, props, size, CLIP)
        shining = stage.metadata["night"] or "lamps" in stage.metadata["objects"]
        if shining or rng.random() < settings.dark:
            # without blur, layers need not reach beyond the frame
            return replace(stage, setting=replace(stage.setting, blur=np.zeros(CLIP)))


def _views(stage: Stage) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Linear light (3, height, width) and disparity (height, width) of every frame."""
    lamps = [number for number, actor in enumerate(stage.actors) if actor.prop.name == "lamps"]
    for frame in range(len(stage)):
        layers, places = stage.layers(frame)
        light, disparity, masks = composite(layers, stage.setting.size)
        shining = sum((masks[places[number]] for number in lamps), np.zeros_like(disparity))
        yield np.where(shining > LAMP, light, np.minimum(light, 1)), disparity


def _given(
    frames: np.ndarray, truth: np.ndarray, settings: PoolSettings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Disparity (frames, height, width) with its outlines aligned, and without."""
    given = truth
    if rng.random() >= settings.undamaged:
        if rng.random() < 0.5:
            given = damage(truth, drawn_damage(rng), int(rng.integers(1 << 31)))
        else:
            luma = np.stack([cv2.cvtColor(frame.transpose(1, 2, 0), cv2.COLOR_RGB2GRAY) for frame in frames])
            given = damaged(truth, luma.astype(np.float32) / 255, rng)
    elif rng.random() < 0.5:
        given = np.rint(truth * 255).astype(np.float32) / 255
    if rng.random() < settings.unsteadied:
        return given, given
    return steady_both(frames.astype(np.float32) / 255, given, SteadySettings())


def drawn_damage(rng: np.random.Generator) -> DamageSettings:
    """Damage of `synth.damage` from hardly any to half as much again as a network's."""
    strength = rng.uniform(0.3, 1.5)
    return DamageSettings(
        blur=rng.uniform(0, 2.5) * strength,
        shift=rng.uniform(0, 6) * strength,
        bias=rng.uniform(0, 5) * strength,
        detail=round(1024 / (1 + rng.uniform(0, 1.8) * strength)),
        bulge=rng.uniform(0, 0.025) * strength,
        flicker=rng.uniform(0, 0.012) * strength,
        bits=8 if rng.random() < 0.8 else 16,
    )


def _places(
    truth: np.ndarray, given: np.ndarray, light: np.ndarray, settings: PoolSettings, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Corners of crops: the best of three drawn places each, most by what is wrong or clipped there."""
    height, width = truth.shape
    worth = np.abs(truth - given) + 0.02 * np.abs(cv2.Laplacian(truth, cv2.CV_32F))
    worth = worth + 0.3 * (light.max(0) > 1.5)
    total = cv2.integral(worth)
    side = settings.side
    places = []
    for _ in range(settings.crops):
        tops = rng.integers(0, height - side + 1, 3)
        lefts = rng.integers(0, width - side + 1, 3)
        sums = (
            total[tops + side, lefts + side]
            - total[tops, lefts + side]
            - total[tops + side, lefts]
            + total[tops, lefts]
        )
        best = int(np.argmax(sums))
        places.append((int(tops[best]), int(lefts[best])))
    return places
