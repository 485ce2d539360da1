"""The field: its ground, and grass from far blades to a few near stems with hairy heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import skimage.data

from anybokeh.synth.raytraced import Surface, floor, from_code, merge, ribbons, tube

TINTS = 3
BRISTLES = 110


@dataclass(frozen=True)
class Patch:
    """Where grass grows and how it looks.

    Attributes:
        count: blades.
        xs, zs: extent on the ground, scene units.
        ground: height of the roots.
        height, width: of a typical blade.
        points: of a blade's middle line.
        root, tip: linear colours at the ends of a blade.
    """

    count: int
    xs: tuple[float, float]
    zs: tuple[float, float]
    ground: float
    height: float
    width: float
    points: int
    root: tuple[float, float, float]
    tip: tuple[float, float, float]


@dataclass(frozen=True)
class Foxtail:
    """A stem with a head of bristles: its root, and how tall it is."""

    root: tuple[float, float, float]
    tall: float


def ground() -> Surface:
    """Short grass at dusk, from a grey photograph of grass."""
    grey = skimage.data.grass().astype(np.float32)
    grey = (grey - grey.min()) / np.ptp(grey)
    tint = np.array([0.30, 0.33, 0.22])
    return floor(from_code(grey[..., None] * tint + 0.02), (-24, 24), (-42, -2), 2.0)


def grass(patch: Patch, rng: np.random.Generator, seconds: float) -> list[Surface]:
    """The blades of a patch in a few tints, swaying in the wind."""
    return [_blades(patch, patch.count // TINTS, rng, seconds) for _ in range(TINTS)]


def foxtails(rng: np.random.Generator, seconds: float, plants: list[Foxtail]) -> list[Surface]:
    """Stems and bristles of the plants."""
    straw = _ramp((0.10, 0.09, 0.035), (0.42, 0.33, 0.15))
    bristle = _ramp((0.20, 0.15, 0.07), (0.75, 0.58, 0.33))
    along = np.linspace(0, 1, 14)
    stalks, heads = [], []
    for plant in plants:
        bend = rng.normal(0, 0.05) + wind(seconds, rng.uniform(0, 6), 0.035)
        offsets = np.stack([bend * along**2, plant.tall * along, 0 * along], axis=-1)
        spine = np.asarray(plant.root) + offsets
        stalks.append(tube(spine, np.linspace(0.0016, 0.0009, 14), straw, sides=6))
        at, turn = rng.uniform(0.76, 1, BRISTLES), rng.uniform(0, 2 * np.pi, BRISTLES)
        length = 0.034 * np.sqrt(1.06 - at) * rng.uniform(1.2, 2.2, BRISTLES)
        out = np.stack([0.75 * np.cos(turn), rng.uniform(0.5, 1.1, BRISTLES), 0.75 * np.sin(turn)], axis=-1)
        starts = np.stack([np.interp(at, along, spine[:, axis]) for axis in range(3)], axis=-1)
        ends = starts + out * length[:, None]
        widths = np.tile([0.0010, 0.0003], (BRISTLES, 1))
        heads.append(
            ribbons(np.stack([starts, ends], axis=1), widths, np.tile([1.0, 0, 0], (BRISTLES, 1)), bristle)
        )
    return [merge(stalks), merge(heads)]


def wind(seconds: float, phase: np.ndarray | float, strength: np.ndarray | float) -> np.ndarray:
    """How far a tip is blown sideways."""
    return strength * (np.sin(2.1 * seconds + phase) + 0.4 * np.sin(5.3 * seconds + 2 * np.asarray(phase)))


def _blades(patch: Patch, count: int, rng: np.random.Generator, seconds: float) -> Surface:
    along = np.linspace(0, 1, patch.points)
    x, z = rng.uniform(*patch.xs, count), rng.uniform(*patch.zs, count)
    tall = patch.height * rng.uniform(0.55, 1.15, count)
    lean, deep = 0.28 * tall * rng.normal(0, 1, (2, count))
    bend = lean + wind(seconds, 1.7 * x + rng.uniform(0, 1.5, count), 0.09 * tall)
    droop = 1 - 0.25 * along**3 * (np.abs(lean) / tall)[:, None]
    rise = patch.ground + tall[:, None] * along * droop
    spines = np.stack(
        [x[:, None] + bend[:, None] * along**2, rise, z[:, None] + deep[:, None] * along**2], axis=-1
    )
    widths = patch.width * rng.uniform(0.6, 1.2, (count, 1)) * (1 - along**2.2) + 1e-4
    sides = np.stack([np.ones(count), np.zeros(count), rng.uniform(-0.8, 0.8, count)], axis=-1)
    return ribbons(spines, widths, sides, _leaf(patch, rng))


def _leaf(patch: Patch, rng: np.random.Generator) -> np.ndarray:
    """Colours of a leaf, (48, 16, 4): from root to tip, one half in shade, a pale rib between."""
    hue = rng.uniform(0.75, 1.25) * np.array([rng.uniform(0.85, 1.2), 1, rng.uniform(0.8, 1.1)])
    along = np.linspace(0, 1, 48)[:, None, None] ** 1.3
    colour = (1 - along) * np.array(patch.root) + along * np.array(patch.tip)
    across = np.linspace(-1, 1, 16)[None, :, None]
    shade = np.where(across < 0, 0.62, 1.0) + 0.5 * np.exp(-((across / 0.14) ** 2))
    return _covered(colour * shade * hue)


def _ramp(first: tuple[float, float, float], last: tuple[float, float, float]) -> np.ndarray:
    """Colours from root to tip, darker on the side away from the light, (24, 12, 4)."""
    along = np.linspace(0, 1, 24)[:, None, None]
    around = 0.65 + 0.35 * np.cos(np.linspace(0, 2 * np.pi, 12))[None, :, None]
    return _covered(((1 - along) * np.array(first) + along * np.array(last)) * around)


def _covered(colour: np.ndarray) -> np.ndarray:
    return np.concatenate([colour, np.ones_like(colour[..., :1])], axis=-1).astype(np.float32)
