"""Scenes like footage: a moving camera, things that move in depth, ground, foliage, lamps, hair, fences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.synth.grading import Grade, draw_grade, graded
from anybokeh.synth.layers import MAX_SLOPE
from anybokeh.synth.motion import drift, eased, sway, there_and_back
from anybokeh.synth.projection import solid, texture_of
from anybokeh.synth.props import Prop, Props, shape
from anybokeh.synth.sample import RATE
from anybokeh.synth.stage import Actor, Floor, Setting, Stage
from anybokeh.synth.world import (
    CameraPath,
    Card,
    Depths,
    facing_card,
    floor_homographies,
    floor_planes,
    turned,
)

MOST_OBJECTS = 6
LARGEST_BLUR = 48.0
_SHAPES = {"hair": 3, "leaves": 4, "grass": 3, "fence": 2, "ring": 1, "lamps": 2, "blob": 1}
_FOREGROUND = 0.2
"""Share of the picture that the card of one thing before the subject covers."""
_WIDE = ("fence", "grass", "lamps")


@dataclass(frozen=True)
class _Part:
    """A prop and its card."""

    prop: Prop
    card: Card


def covered_stage(rng: np.random.Generator, props: Props, size: tuple[int, int], frames: int) -> Stage:
    """As `natural_stage`, with blurred things before the subject, which is in focus.

    They cover about a fifth of the picture. Arguments as there.
    """
    return natural_stage(rng, props, size, frames, covered=True)


def natural_stage(
    rng: np.random.Generator, props: Props, size: tuple[int, int], frames: int, *, covered: bool = False
) -> Stage:
    """Draw a scene that looks like footage.

    One to six objects between a backdrop and the camera, in one third of the scenes on level ground. The
    camera is carried by hand, dollies or pans; objects move, turn and come nearer. Focus stays on one of
    them, is pulled to another one, sweeps, or lies on the backdrop.

    Args:
        rng: decides everything.
        props: where cut-outs and backgrounds come from.
        size: (width, height) in pixels.
        frames: length.
        covered: put things before the subject, see `covered_stage`.
    """
    distance = 3.0
    camera = _camera(rng, size, frames, distance)
    ground = None
    if rng.random() < 0.33 and not covered:
        # so that the subject's feet are in the lower part of the frame or just below it
        ground = distance * rng.uniform(0.25, 0.55) * size[1] / camera.focal
    grade = draw_grade(rng)
    count = int(rng.integers(1, MOST_OBJECTS + 1))
    parts = [_subject(rng, props, camera, distance, ground)]
    parts += [_other(rng, props, camera, distance, ground, grade.night) for _ in range(count - 1)]
    if covered:
        parts = [parts[0], *(_foreground(rng, props, camera, distance, side) for side in (0.2, 0.8))]
    backdrop = _backdrop(rng, props, camera, distance, ground)
    parts = _untangled([_slanted(rng, part, ground) for part in parts], parts)
    depths = _depths(rng, [part.card for part in parts], backdrop.card, camera, ground)
    actors = tuple(_actor(part, camera, depths, grade) for part in parts)
    behind = _actor(_behind(rng, backdrop, parts, camera, ground), camera, depths, grade)
    floor = None
    if ground is not None:
        surface = props.background(rng) if rng.random() < 0.3 else None
        floor = _floor(rng, props, surface, camera, ground, behind, depths, grade)
    focus, how = (actors[0].nearness, "subject") if covered else _focus(rng, actors, behind, frames)
    slant = floor is not None or not all(plane.faces_camera for a in (*actors, behind) for plane in a.planes)
    blur = _blur(rng, frames, [plane for a in (*actors, behind) for plane in a.planes], floor, size)
    sharp_range = rng.uniform(0.01, 0.05) if not slant and rng.random() < 0.3 else 0.0
    metadata = {
        "preset": "covered" if covered else "natural",
        "props": props.name,
        "objects": [part.prop.name for part in parts],
        "background": backdrop.prop.name,
        "ground": ground is not None,
        "night": grade.night,
        "focus": how,
    }
    setting = Setting(size, np.clip(focus, 0, 1), blur, np.full(frames, sharp_range))
    return Stage(setting, actors, behind, floor, subject=0, metadata=metadata)


def _camera(rng: np.random.Generator, size: tuple[int, int], frames: int, distance: float) -> CameraPath:
    focal = size[0] / 2 / np.tan(np.radians(rng.uniform(30, 65)) / 2)
    shake = distance * np.exp(rng.uniform(np.log(0.002), np.log(0.02)))
    speed = distance * (rng.choice([0.0, 0.1, 0.3]) * rng.random(3))
    position = np.stack(
        [sway(rng, frames, shake, 2.5, RATE) + drift(rng, frames, speed[axis], RATE) for axis in range(3)], 1
    )
    position[:, 1] *= 0.4
    turn = np.radians(rng.choice([0.0, 2.0, 12.0]))
    yaw = np.radians(sway(rng, frames, 0.3, 2, RATE)) + drift(rng, frames, turn, RATE)
    pitch = np.radians(sway(rng, frames, 0.2, 2, RATE)) - np.radians(rng.uniform(-2, 5))
    return CameraPath(size, float(focal), position, yaw, pitch)


def _place(
    rng: np.random.Generator,
    camera: CameraPath,
    z: float,
    at: tuple[float, float],
    extent: tuple[float, float],
    speed: float,
    ground: float | None,
) -> np.ndarray:
    """A path through a place of the frame, in shares of its width and height, in the middle of the clip."""
    frames = len(camera.yaw)
    width, height = camera.size
    x = (at[0] - 0.5) * width / camera.focal * z
    y = (at[1] - 0.5) * height / camera.focal * z if ground is None else ground - extent[1] / 2
    frame_width = width / camera.focal * z
    path = np.tile([x, y, z], (frames, 1))
    path[:, 0] += drift(rng, frames, speed * frame_width, RATE) + sway(rng, frames, 0.01 * z, 1.5, RATE)
    path[:, 2] += drift(rng, frames, 0.1 * z * speed, RATE)
    if ground is None:
        path[:, 1] += sway(rng, frames, 0.01 * z, 1.2, RATE)
    return path


def _subject(
    rng: np.random.Generator, props: Props, camera: CameraPath, distance: float, ground: float | None
) -> _Part:
    prop = shape(rng, props, "hair") if rng.random() < 0.15 else props.cutout(rng)
    tall = rng.uniform(0.45, 0.95) * camera.size[1] / camera.focal * distance
    wide = min(tall * prop.aspect, 0.9 * camera.size[0] / camera.focal * distance)
    extent = wide, wide / prop.aspect
    at = rng.uniform(0.3, 0.7), rng.uniform(0.45, 0.65)
    path = _place(rng, camera, distance, at, extent, rng.choice([0.0, 0.15, 0.4]), ground)
    roll = _roll(rng, len(path), 2 if ground is None else 1, 6 if ground is None else 1)
    return _Part(prop, facing_card(camera, _standing(path, extent, roll, ground), extent, roll))


def _foreground(
    rng: np.random.Generator, props: Props, camera: CameraPath, distance: float, side: float
) -> _Part:
    """Something before the subject that covers about a tenth of the picture, on the left or on the right."""
    prop = props.cutout(rng)
    z = distance * rng.uniform(0.35, 0.6)
    width, height = camera.size
    # cut-outs fill about half of their card
    area = _FOREGROUND * width * height
    tall = min(float(np.sqrt(area / prop.aspect)), 1.2 * height) / camera.focal * z
    extent = tall * prop.aspect, tall
    at = side + rng.uniform(-0.05, 0.05), rng.uniform(0.4, 0.7)
    path = _place(rng, camera, z, at, extent, rng.choice([0.0, 0.1, 0.3]), None)
    roll = _roll(rng, len(path), 2, 10)
    return _Part(prop, facing_card(camera, _standing(path, extent, roll, None), extent, roll))


def _other(
    rng: np.random.Generator,
    props: Props,
    camera: CameraPath,
    distance: float,
    ground: float | None,
    night: bool,
) -> _Part:
    kind = "cutout"
    if night and rng.random() < 0.4:
        kind = "lamps"
    elif rng.random() < 0.45:
        kind = str(rng.choice(list(_SHAPES), p=np.array(list(_SHAPES.values())) / sum(_SHAPES.values())))
    prop = props.cutout(rng) if kind == "cutout" else shape(rng, props, kind)
    z = distance * float(np.exp(rng.uniform(np.log(0.35), np.log(3.5))))
    frame = camera.size[0] / camera.focal * z, camera.size[1] / camera.focal * z
    if kind in _WIDE:
        wide = rng.uniform(0.7, 1.6) * frame[0]
    else:
        tall = distance * rng.uniform(0.3, 0.9) * camera.size[1] / camera.focal
        wide = min(tall, 1.3 * frame[1]) * prop.aspect
    extent = wide, wide / prop.aspect
    low = {"grass": 0.95, "lamps": 0.25}.get(kind, rng.uniform(0.2, 0.9))
    stands = ground if kind not in ("leaves", "lamps") else None
    at = rng.uniform(0, 1), low
    path = _place(rng, camera, z, at, extent, rng.choice([0.0, 0.1, 0.3, 0.8]), stands)
    if ground is not None and stands is None:
        path[:, 1] = np.minimum(path[:, 1], ground - 0.55 * np.hypot(*extent))
    upright = kind in _WIDE or ground is not None
    roll = _roll(rng, len(path), 1 if upright else 2, 1 if upright else 25)
    return _Part(prop, facing_card(camera, _standing(path, extent, roll, stands), extent, roll))


def _standing(
    path: np.ndarray, extent: tuple[float, float], roll: np.ndarray, ground: float | None
) -> np.ndarray:
    """The path lifted so that the card's lowest corner touches the ground, if there is one to stand on."""
    if ground is None:
        return path
    lifted = path.copy()
    lifted[:, 1] = ground - (np.abs(np.cos(roll)) * extent[1] + np.abs(np.sin(roll)) * extent[0]) / 2
    return lifted


def _roll(rng: np.random.Generator, frames: int, swing: float, lean: float) -> np.ndarray:
    return np.radians(sway(rng, frames, swing, 1.5, RATE) + rng.uniform(-lean, lean))


def _slanted(rng: np.random.Generator, part: _Part, ground: float | None) -> _Part:
    """One in five is seen from an angle, where there is no ground to stand on."""
    angle, tilt = rng.uniform(-0.9, 0.9), rng.uniform(-0.4, 0.4)
    if ground is not None or rng.random() > 0.2:
        return part
    return _Part(part.prop, turned(part.card, angle, tilt))


def _untangled(parts: list[_Part], upright: list[_Part]) -> list[_Part]:
    """Slanted cards that could pass through another one stand upright again."""
    result = list(parts)
    for index, part in enumerate(parts):
        if part is upright[index]:
            continue
        low, high = part.card.inverse_depths()
        for other in result[:index] + result[index + 1 :]:
            least, most = other.card.inverse_depths()
            if ((low <= most) & (least <= high)).any() or not np.isfinite(high).all():
                result[index] = upright[index]
                break
    return result


def _backdrop(
    rng: np.random.Generator, props: Props, camera: CameraPath, distance: float, ground: float | None
) -> _Part:
    """A photograph or a made-up view behind everything; endless, so that only its scale matters."""
    prop = props.background(rng)
    z = distance * float(np.exp(rng.uniform(np.log(4.2), np.log(15))))
    frame = np.array(camera.size) / camera.focal * z
    wide = rng.uniform(1.1, 1.7) * max(frame[0], frame[1] * prop.aspect)
    centre = np.array([rng.normal(0, 0.1) * frame[0], rng.normal(0, 0.05) * frame[1], z])
    path = np.tile(centre, (len(camera.yaw), 1))
    return _Part(prop, facing_card(camera, path, (wide, wide / prop.aspect), np.zeros(len(path))))


def _behind(
    rng: np.random.Generator, backdrop: _Part, parts: list[_Part], camera: CameraPath, ground: float | None
) -> _Part:
    """Sometimes a wall seen from an angle, as far as it stays behind everything."""
    if ground is not None or rng.random() > 0.25:
        return backdrop
    angle = float(rng.uniform(0.2, 0.9) * rng.choice([-1, 1]))
    farthest = min(float(part.card.inverse_depths()[0].min()) for part in parts)
    x, y = 1.3 * np.array(camera.size) / 2
    for _ in range(8):
        wall = turned(backdrop.card, angle, 0.2 * angle)
        normal = np.cross(wall.right, wall.down)
        offset = (normal * wall.centre).sum(-1)
        corners = np.array(
            [[sx * x / camera.focal, sy * y / camera.focal, 1] for sx in (-1, 1) for sy in (-1, 1)]
        )
        inverse = normal @ corners.T / offset[:, None]
        if inverse.min() > 0 and inverse.max() < farthest:
            return _Part(backdrop.prop, wall)
        angle /= 2
    return backdrop


def _depths(
    rng: np.random.Generator, cards: list[Card], backdrop: Card, camera: CameraPath, ground: float | None
) -> Depths:
    """Disparity 1 for the nearest that is ever seen; 0 for infinity or something behind the backdrop."""
    nearest = max(float(card.inverse_depths()[1].max()) for card in cards)
    if ground is not None:
        planes = floor_planes(camera, ground, Depths(1.0, np.inf))
        x, y = np.array([0, camera.size[0]]), np.array([camera.size[1], camera.size[1]])
        nearest = max(nearest, *(float(plane.disparity(x, y).max()) for plane in planes))
    far = np.inf
    if rng.random() < 0.5:
        far = float(backdrop.centre[:, 2].max()) * rng.uniform(1.6, 4)
    return Depths(1 / (nearest * rng.uniform(1.01, 1.15)), far)


def _actor(part: _Part, camera: CameraPath, depths: Depths, grade: Grade) -> Actor:
    pictures = part.prop.pictures
    if part.prop.name != "lamps":
        pictures = tuple(graded(picture, grade) for picture in pictures)
    planes = part.card.planes(camera, depths)
    nearness = depths.disparity(1 / part.card.centre[:, 2])
    return Actor(Prop(part.prop.name, pictures), part.card.homographies(camera), planes, nearness)


def _floor(
    rng: np.random.Generator,
    props: Props,
    surface: Prop | None,
    camera: CameraPath,
    ground: float,
    backdrop: Actor,
    depths: Depths,
    grade: Grade,
) -> Floor:
    planes = floor_planes(camera, ground, depths)
    texture = surface.pictures[0] if surface else texture_of(solid(props.surface(rng)))
    levels = np.array([plane.level for plane in backdrop.planes])
    # the row where ground and backdrop are equally far
    horizon = np.array([(level - p.level) / p.dy for level, p in zip(levels, planes, strict=True)])
    tiles = floor_homographies(camera, ground, rng.uniform(0.5, 3))
    return Floor(graded(texture, grade), tiles, planes, horizon)


def _focus(
    rng: np.random.Generator, actors: tuple[Actor, ...], backdrop: Actor, frames: int
) -> tuple[np.ndarray, str]:
    subject = actors[0].nearness
    kind = str(rng.choice(["subject", "other", "pull", "sweep", "backdrop"], p=[0.5, 0.12, 0.2, 0.1, 0.08]))
    others = [*(actor.nearness for actor in actors[1:]), backdrop.nearness]
    other = others[rng.integers(len(others))]
    if kind == "subject":
        return subject, kind
    if kind == "other":
        return other, kind
    if kind == "pull":
        start = rng.uniform(0, 0.5)
        step = eased(frames, start, start + rng.uniform(0.25, 0.5))
        step = step if rng.random() < 0.5 else 1 - step
        return subject * (1 - step) + other * step, kind
    if kind == "sweep":
        low, high = backdrop.nearness.mean(), max(actor.nearness.max() for actor in actors)
        return low + (high - low) * there_and_back(frames), kind
    return backdrop.nearness, kind


def _blur(
    rng: np.random.Generator, frames: int, planes: list, floor: Floor | None, size: tuple[int, int]
) -> np.ndarray:
    """K from 4 to 64, now and then changing, small enough for the steepest plane."""
    start, end = np.exp(rng.uniform(np.log(4), np.log(LARGEST_BLUR), 2))
    blur = np.full(frames, start)
    if rng.random() < 0.2:
        blur = start + (end - start) * eased(frames, rng.uniform(0, 0.4), rng.uniform(0.6, 1))
    planes = planes + (list(floor.planes) if floor else [])
    steepest = max(float(np.hypot(plane.dx, plane.dy)) for plane in planes)
    most = 0.9 * MAX_SLOPE / max(steepest * size[0] / 1024, 1e-9)
    return np.minimum(blur, most)
