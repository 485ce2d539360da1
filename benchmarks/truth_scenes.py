"""Make ray-traced benchmark clips: sharp frames, exact disparity, true lens blur and masks.

    python benchmarks/truth_scenes.py OUT [--scenes portrait ground ...] [--frames 5] [--size 512x288]

Photographs come from packages and are never committed: Debian's tuxpaint-stamps-default, mate-backgrounds
and plasma-workspace-wallpapers, and scikit-image's public-domain samples.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import skimage
import skimage.data

from anybokeh.errors import InputError
from anybokeh.synth.raytraced import (
    Camera,
    DepthRange,
    Quality,
    Surface,
    Tracer,
    View,
    ball,
    card,
    floor,
    from_code,
    load_picture,
    merge,
    plain,
    render_view,
    ribbons,
    tube,
    write_clip,
)

STAMPS = Path("/usr/share/tuxpaint/stamps")
MATE = Path("/usr/share/backgrounds/mate/nature")
PLASMA = Path("/usr/share/wallpapers")


@dataclass(frozen=True)
class Moment:
    """The scene and the view at one moment."""

    surfaces: list[Surface]
    view: View


@dataclass(frozen=True)
class SceneKind:
    """A benchmark scene: its depth range, and its moment at t in [0, 1]."""

    depths: DepthRange
    moment: Callable[[float, np.random.Generator], Moment]


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenes", nargs="+", default=list(SCENES), choices=list(SCENES), metavar="NAME")
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument("--size", default="512x288", help="WIDTHxHEIGHT")
    parser.add_argument("--spp", type=int, default=2048, help="most rays a pixel")
    parser.add_argument("--noise", type=float, default=0.006, help="standard error to reach, in code values")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    try:
        for name in options.scenes:
            started = time.perf_counter()
            make(options.out / name, name, options.frames, (width, height), options)
            print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def make(folder: Path, name: str, frames: int, size: tuple[int, int], options: argparse.Namespace) -> None:
    """Render the scene `name` into `folder`."""
    kind = SCENES[name]
    sharp = Quality(least=128, most=512, noise=options.noise, seed=options.seed)
    blurred = Quality(least=256, most=options.spp, noise=options.noise, seed=options.seed + 1)
    # The same seed for every frame: what is drawn at random keeps still, what moves is a function of time.
    moments = [
        kind.moment(index / max(frames - 1, 1), np.random.default_rng(options.seed))
        for index in range(frames)
    ]
    truths = (
        render_view(Tracer(moment.surfaces), moment.view, size, kind.depths, sharp, blurred)
        for moment in moments
    )
    description = {
        "size": list(size),
        "transfer": "srgb",
        "frames": frames,
        "focus": [moment.view.focus for moment in moments],
        "blur": [moment.view.blur for moment in moments],
        "depths": asdict(kind.depths),
        "cameras": [asdict(moment.view.camera) for moment in moments],
        "made": {
            "by": "benchmarks/truth_scenes.py",
            "scene": name,
            "seed": options.seed,
            "rays": {"sharp": asdict(sharp), "blurred": asdict(blurred)},
        },
    }
    write_clip(folder, truths, description)


def portrait(t: float, rng: np.random.Generator) -> Moment:
    """A subject in focus between a photographic background and blurred flowers in front."""
    depths = PORTRAIT_DEPTHS
    surfaces = [
        card(photo(PLASMA / "FallenLeaf/contents/images/2560x1600.jpg"), (0.4, 0.3, -12), 13),
        card(stamp("plants/trees/holm_oak.png"), (2.6, -0.2, -8.5), 3.4),
        card(stamp("plants/thyme.png"), (-2.2, -1.0, -6), 2.2),
        card(
            stamp("animals/birds/crowned_crane.png"),
            (-0.05 + 0.1 * t, -0.1, -3),
            1.25,
            yaw=12 - 24 * t,
            subject=True,
        ),
        card(stamp("animals/birds/helmeted_guineafowl.png"), (0.75 - 0.08 * t, -0.3, -3.8), 0.8),
        card(stamp("plants/flowers/anemone_red.png"), (0.42 - 0.08 * t, -0.16, -1.3), 0.3, roll=10 * t),
        card(stamp("plants/flowers/daffodil.png"), (-0.47, 0.14 - 0.03 * t, -1.45), 0.28, yaw=-20),
        card(stamp("plants/lavender.png"), (-0.3 + 0.05 * t, -0.2, -1.25), 0.2, roll=-8),
    ]
    camera = Camera((0.15 * t - 0.075, 0, 0.1 * (1 - t)), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(depths.disparity(3.0 + 0.1 * (1 - t))), blur=32))


def ground(t: float, rng: np.random.Generator) -> Moment:
    """Gravel from near to far with things standing on it, focus in the middle."""
    gravel = from_code(
        np.clip(skimage.data.gravel()[..., None] * np.array([1.1, 1.0, 0.82]), 0, 255).astype(np.uint8)
    )
    surfaces = [
        card(photo(MATE / "Storm.jpg"), (0, 6, -30), 34),
        floor(gravel, (-16, 16), (-29.9, 0), 1.6),
        standing("animals/mammals/bovines/cow_white.png", (-3.4, -13), 2.6),
        standing("town/roadsigns/railroad_crossing.png", (2.9, -12), 1.5),
        standing("vehicles/emergency/firetruck.png", (0.6 + 1.2 * t, -16), 7),
        standing("animals/birds/peacock.png", (-0.2 + 0.15 * t, -4.6), 1.4, subject=True),
        standing("animals/birds/helmeted_guineafowl.png", (1.15, -3.4), 0.8),
        standing("town/monuments/inukshuk-photo.png", (-1.3, -3.0), 0.75, yaw=25),
        ball((0.45, 0.16, -2.45), 0.16, stamp_texture("food/fruit/orange_seville.png")),
        ball((-0.3 - 0.1 * t, 0.12, -2.2), 0.12, stamp_texture("food/fruit/kiwi.png")),
    ]
    camera = Camera((0.2 * t - 0.1, 1.0, 0.3 - 0.3 * t), (0.0, 0.45, -5))
    return Moment(surfaces, View(camera, focus=float(GROUND_DEPTHS.disparity(4.4)), blur=32))


def thin(t: float, rng: np.random.Generator) -> Moment:
    """Blurred wires and grass before a sharp subject, and sharp wires before a blurred background."""
    wires = [
        tube(np.array([[x - 0.7, -0.6, -1.2], [x + 0.5, 0.6, -1.25]]), 0.0022, plain(0.16, 0.17, 0.18))
        for x in np.arange(-1.0, 1.2, 0.16)
    ]
    sharp_wires = [
        tube(
            np.stack([x := np.linspace(-2.5, 2.5, 40), h + 0.03 * x**2, np.full(40, -3.02)], axis=-1),
            0.004,
            plain(0.03, 0.03, 0.035),
            subject=True,
        )
        for h in (0.3, 0.42, 0.5)
    ]
    surfaces = [
        card(photo(MATE / "Garden.jpg"), (0, 0.2, -11), 12),
        card(stamp("animals/mammals/cats/tiger_sumatran.png"), (0.1 * t, -0.15, -3), 1.6, subject=True),
        card(stamp("animals/insects/mantis.png"), (-0.6, 0.42, -3.01), 0.45, subject=True),
        merge(wires),
        merge(sharp_wires),
        grass(rng, 70, (-0.75, 0.75), (-1.7, -1.15), -0.48, 0.3, t),
        grass(rng, 60, (-1.6, 1.6), (-3.2, -2.9), -0.7, 0.35, t),
    ]
    camera = Camera((0.12 * t - 0.06, 0, 0), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(THIN_DEPTHS.disparity(3.0)), blur=28))


def night(t: float, rng: np.random.Generator) -> Moment:
    """Lamps of all brightnesses far behind a subject in focus."""
    lamps = []
    for _ in range(46):
        place = (rng.uniform(-5, 5), rng.uniform(-1.6, 2.2), rng.uniform(-15, -9))
        tint = np.array(
            [(1.0, 0.6, 0.25), (1.0, 0.85, 0.6), (0.6, 0.8, 1.0), (1.0, 0.25, 0.15)][rng.integers(4)]
        )
        lamps.append(
            ball(place, rng.uniform(0.02, 0.05), plain(*(tint * 10 ** rng.uniform(0.3, 1.9))), steps=10)
        )
    surfaces = [
        card(load_picture(DATA / "rocket.jpg", gain=0.7), (0, 0.6, -16), 17),
        *lamps,
        card(stamp("seasonal/christmas/Christmas_Tree_photo.png", 0.6), (1.9, -0.4, -6), 2.0),
        card(
            stamp("people/fireman240a.png", 0.35),
            (-0.35 + 0.15 * t, -0.1, -3),
            0.75,
            yaw=10 * t,
            subject=True,
        ),
        card(stamp("seasonal/candle.png"), (0.5, -0.25, -1.7), 0.16),
        tube(
            np.array([[-1, 0.12, -1.5], [0, 0.02, -1.5], [1.0, 0.16, -1.5]]),
            0.006,
            plain(0.004, 0.004, 0.006),
        ),
    ]
    camera = Camera((0.16 * t - 0.08, 0, 0), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(NIGHT_DEPTHS.disparity(3.0)), blur=32))


def pull(t: float, rng: np.random.Generator) -> Moment:
    """The focus travels over fruit, an animal and a far wood."""
    depths = PULL_DEPTHS
    surfaces = [
        card(photo(PLASMA / "Path/contents/images/2560x1600.jpg"), (0, 0, -16), 15),
        card(stamp("plants/trees/tree336.png"), (-2.0, 0.0, -8), 2.4),
        card(stamp("animals/mammals/bears/european-bear.png"), (1.9, -0.9, -8), 2.0),
        card(stamp("animals/mammals/bovines/gnu-baby.png"), (0.1 - 0.1 * t, -0.12, -3.4), 1.15, subject=True),
        card(stamp("food/fruit/Cherry_Stella.png"), (-0.28, -0.1, -1.4), 0.3, yaw=15 * t),
        card(stamp("food/fruit/Strawberry2.png"), (0.4 + 0.03 * t, -0.14, -1.55), 0.2, yaw=-30),
    ]
    camera = Camera((0.1 * t, 0.02 * t, 0), (0, 0, -4))
    near, far = depths.disparity(1.4), depths.disparity(9.0)
    ease = t * t * (3 - 2 * t)
    return Moment(surfaces, View(camera, focus=float(near + (far - near) * ease), blur=24 + 8 * t))


def photo(path: Path) -> np.ndarray:
    return load_picture(path, longest=1600)


def stamp(name: str, gain: float = 1.0) -> np.ndarray:
    return load_picture(STAMPS / name, longest=800, gain=gain)


def stamp_texture(name: str) -> np.ndarray:
    """The opaque middle of a cut-out, to wrap around a ball."""
    picture = stamp(name)
    height, width = picture.shape[:2]
    middle = picture[height // 4 : -height // 4, width // 4 : -width // 4].copy()
    middle[..., 3] = 1
    return np.concatenate([middle, middle[:, ::-1]] * 2, axis=1)


def standing(
    name: str, place: tuple[float, float], width: float, yaw: float = 0.0, subject: bool = False
) -> Surface:
    """A cut-out whose lowest solid row stands on the ground at (x, z)."""
    picture = stamp(name)
    solid_rows = np.flatnonzero((picture[..., 3] > 0.5).any(axis=1))
    picture = picture[: solid_rows[-1] + 1]
    height = width * picture.shape[0] / picture.shape[1]
    return card(picture, (place[0], height / 2, place[1]), width, yaw=yaw, subject=subject)


def grass(
    rng: np.random.Generator,
    count: int,
    xs: tuple[float, float],
    zs: tuple[float, float],
    y: float,
    height: float,
    t: float,
) -> Surface:
    """Blades that sway a little with t."""
    ramp = np.linspace([0.30, 0.36, 0.10, 1], [0.03, 0.06, 0.01, 1], 32, dtype=np.float32)[::-1, None]
    along = np.linspace(0, 1, 12)
    draw = rng.uniform(size=(count, 6))
    roots = np.stack([_between(draw[:, 0], xs), np.full(count, y), _between(draw[:, 1], zs)], axis=-1)
    tall = height * _between(draw[:, 2], (0.5, 1.1))
    bend = _between(draw[:, 3], (-0.2, 0.2)) + 0.05 * np.sin(6 * draw[:, 4] + 2 * t)
    offsets = np.stack([bend[:, None] * along**2, tall[:, None] * along, np.zeros((count, 12))], axis=-1)
    sides = np.stack([np.ones(count), np.zeros(count), _between(draw[:, 5], (-0.6, 0.6))], axis=-1)
    widths = np.tile(0.012 * (1 - along**2) + 0.0005, (count, 1))
    return ribbons(roots[:, None] + offsets, widths, sides, ramp)


def _between(share: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    return ends[0] + (ends[1] - ends[0]) * share


DATA = Path(skimage.__file__).parent / "data"
PORTRAIT_DEPTHS = DepthRange(1.1, 14)
GROUND_DEPTHS = DepthRange(1.7, 40)
THIN_DEPTHS = DepthRange(1.1, 13)
NIGHT_DEPTHS = DepthRange(1.3, 20)
PULL_DEPTHS = DepthRange(1.2, 20)
SCENES = {
    "portrait": SceneKind(PORTRAIT_DEPTHS, portrait),
    "ground": SceneKind(GROUND_DEPTHS, ground),
    "thin": SceneKind(THIN_DEPTHS, thin),
    "night": SceneKind(NIGHT_DEPTHS, night),
    "pull": SceneKind(PULL_DEPTHS, pull),
}

if __name__ == "__main__":
    sys.exit(main())
