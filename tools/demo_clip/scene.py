"""An astronaut in a field at dusk, before a launch pad, under strings of bulbs; and how it is filmed."""

from __future__ import annotations

from functools import cache

import numpy as np

from anybokeh.synth.raytraced import Camera, DepthRange, Surface, card, plain, tube
from demo_clip.astronaut import cut_out_astronaut
from demo_clip.backdrop import dusk_sky, wood_edge
from demo_clip.field import Foxtail, Patch, foxtails, grass, ground, wind
from demo_clip.lights import bulb_string

FRAMES = 48
RATE = 24
SIZE = (1024, 576)
DEPTHS = DepthRange(1.0, 45.0)
FIELD_OF_VIEW = 36.0
SKY_DISTANCE = 40.0
SUBJECT_Z = -2.6
NEAR_BULB_Z = -1.2
BLUR = 40.0
# (seconds, what is in focus); the focus goes smoothly from one key to the next.
FOCUS_KEYS = (
    (0.0, "subject"),
    (0.5, "subject"),
    (0.95, "bulb"),
    (1.3, "bulb"),
    (1.8, "subject"),
    (2.0, "subject"),
)

FAR_GRASS = Patch(
    5200, (-9, 9), (-22, -5.5), 0.0, 0.42, 0.02, 5, (0.006, 0.010, 0.004), (0.075, 0.078, 0.026)
)
MID_GRASS = Patch(420, (-1.9, 1.9), (-5, -3), 0.25, 0.42, 0.008, 9, (0.006, 0.011, 0.003), (0.10, 0.11, 0.03))
NEAR_GRASS = Patch(
    150, (-0.62, 0.55), (-1.75, -1.15), 0.5, 0.30, 0.006, 12, (0.010, 0.016, 0.004), (0.16, 0.17, 0.045)
)
FOXTAILS = [
    Foxtail((-0.40, 0.48, -1.28), 0.44),
    Foxtail((-0.31, 0.48, -1.45), 0.36),
    Foxtail((0.37, 0.48, -1.32), 0.30),
    Foxtail((0.44, 0.48, -1.55), 0.40),
    Foxtail((0.22, 0.48, -1.22), 0.17),
]


def surfaces(seconds: float) -> list[Surface]:
    """Everything in front of the camera at a time."""
    rng = np.random.default_rng(7)
    return [
        *_backdrop(),
        ground(),
        *grass(FAR_GRASS, rng, seconds),
        *grass(MID_GRASS, rng, seconds),
        *_strings(seconds),
        _astronaut(seconds),
        *_fence(),
        *grass(NEAR_GRASS, rng, seconds),
        *foxtails(rng, seconds, FOXTAILS),
    ]


def camera(seconds: float) -> Camera:
    """A dolly to the right and a little closer."""
    way = seconds / (FRAMES / RATE)
    x = -0.09 + 0.18 * way
    return Camera((x, 0.80, 0.06 - 0.12 * way), (0.35 * x + 0.02, 1.07, SUBJECT_Z), FIELD_OF_VIEW)


def keyframes() -> list[dict[str, float | str]]:
    """The focus pull as keyframes of a track file."""
    depth = {"subject": -SUBJECT_Z, "bulb": -NEAR_BULB_Z}
    return [
        {
            "time": seconds,
            "focus": round(float(DEPTHS.disparity(depth[name] + camera(seconds).position[2])), 4),
            "blur": BLUR,
            "ease": "smooth",
        }
        for seconds, name in FOCUS_KEYS
    ]


@cache
def _backdrop() -> tuple[Surface, ...]:
    sky = dusk_sky()
    width = 40.0
    height = width * sky.shape[0] / sky.shape[1]
    horizon = 0.8
    wood = wood_edge(np.random.default_rng(3))
    return (
        card(sky, (3.4, horizon + height / 2, -SKY_DISTANCE), width),
        card(plain(0.006, 0.007, 0.009), (0, horizon - 2.0, -SKY_DISTANCE - 0.5), 60, 6),
        card(wood, (0, 0.75, -34), 44, 2.6),
    )


def _astronaut(seconds: float) -> Surface:
    sway = float(wind(seconds, 0.6, 0.006))
    centre = (-0.16 + sway, 1.02 + 0.002 * float(np.sin(3 * seconds)), SUBJECT_Z)
    return card(_portrait(), centre, 0.86, yaw=5 * np.sin(1.6 * seconds - 0.8), roll=60 * sway, subject=True)


@cache
def _portrait() -> np.ndarray:
    """Graded for dusk: less exposed than in the studio, and falling off towards the ground."""
    picture = cut_out_astronaut()
    falloff = np.interp(np.arange(len(picture)), [0, 220, 512], [0.66, 0.66, 0.42])
    picture[..., :3] *= falloff[:, None, None] * np.array([1.0, 0.96, 1.0])
    return picture


def _strings(seconds: float) -> list[Surface]:
    swing = float(wind(seconds, 1.0, 0.02))
    near = bulb_string(
        (0.46, 1.07, -0.92), (-0.10, 1.58, -2.45), sag=0.13, at=np.array([0.13, 0.27, 0.41, 0.55, 0.69]),
        bulb=0.0135, radiance=1.7, cable=0.0018, swing=swing,
    )  # fmt: skip
    middle = bulb_string(
        (-2.6, 2.25, -4.4), (3.8, 1.95, -7.0), sag=0.42, at=np.linspace(0.03, 0.97, 15),
        bulb=0.030, radiance=5, cable=0.006, swing=2 * swing,
    )  # fmt: skip
    far = bulb_string(
        (-7, 2.3, -15), (8, 2.7, -12), sag=0.55, at=np.linspace(0.02, 0.98, 21),
        bulb=0.045, radiance=7, cable=0.009, swing=2 * swing,
    )  # fmt: skip
    return [*near, *middle, *far]


def _fence() -> list[Surface]:
    steel = np.concatenate([np.linspace(0.02, 0.22, 8), np.linspace(0.22, 0.02, 8)])[None, :, None]
    picture = np.concatenate([steel * np.array([0.9, 0.95, 1.05]), np.ones_like(steel)], axis=-1)
    x = np.linspace(-1.4, 1.4, 50)
    return [
        tube(np.stack([x, y + 0.012 * x**2, np.full_like(x, -1.38)], axis=-1), 0.0019, picture, sides=8)
        for y in (0.70, 0.79)
    ]
