"""How well subjects are found in made-up clips whose masks are exact.

    python benchmarks/subject_clips.py [--library FOLDER] [--split test] [--count 20] [--sheet FILE] [--tiny]

People-like figures and things stand, sway or walk before still and moving backgrounds, filmed by cameras that
stand still, tremble or pan. Prints the intersection over union of every clip, of consecutive masks carried
along the flow, the mean confidence, and the means; --tiny makes two short clips. FOLDER is a library of
`anybokeh synth fetch`; without, everything is made up on the spot.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from anybokeh.optics.light import encode
from anybokeh.subject.follow import Sighting, follow_subject
from anybokeh.subject.motion import along
from anybokeh.subject.saliency import Saliency, load_saliency
from anybokeh.subject.views import view
from anybokeh.synth import shapes
from anybokeh.synth.library import open_library
from anybokeh.synth.motion import drift, sway
from anybokeh.synth.projection import texture_of
from anybokeh.synth.props import Prop, Props, trimmed
from anybokeh.synth.sample import RATE
from anybokeh.synth.stage import Actor, Setting, Stage, film
from anybokeh.synth.world import CameraPath, Depths, facing_card

_SIZE = 512, 288
_WAYS = "stands", "sways", "walks"
_BEHIND = "still", "passers", "leaves"
_CAMERAS = "tripod", "hand", "pan"
_BACKDROPS, _PLANTS = 5, 9
_DEPTH, _FAR, _FARTHEST = 3.0, 7.0, 12.0


@dataclass(frozen=True)
class Clip:
    """A made-up clip.

    Attributes:
        name: what it shows.
        frames: (frames, height, width, 3) uint8.
        masks: (frames, height, width) bool, of the subject.
    """

    name: str
    frames: np.ndarray
    masks: np.ndarray


def make_clip(seed: int, props: Props, saliency: Saliency, count: int) -> Clip:
    """One clip of `count` frames; the first seeds go through people and things, ways and cameras in turn."""
    rng = np.random.default_rng((71, seed))
    way, behind = _WAYS[seed % 3], _BEHIND[seed // 2 % 3]
    filmed = _CAMERAS[(seed // 3 + seed) % 3]
    is_figure = seed % 2 == 0
    camera = _camera(rng, filmed, count)
    prop = figure(rng, props, count, walks=way == "walks") if is_figure else props.cutout(rng)
    depths = Depths(1.5, 50.0)
    subject = _actor(rng, prop, camera, depths, _DEPTH, way, tall=float(rng.uniform(0.5, 0.85)))
    backdrop = _backdrop(rng, props, saliency)
    others = []
    if behind == "passers":
        others = [
            _actor(rng, figure(rng, props, count, walks=True), camera, depths, _FAR, "walks", 0.25)
            for _ in range(2)
        ]
    elif behind == "leaves":
        others = [
            _actor(rng, _plant(rng, backdrop), camera, depths, _FAR, "sways", 0.3, float(x))
            for x in np.linspace(-0.5, 0.5, _PLANTS)
        ]
    wide = 1.6 * max(1.0, backdrop.aspect * _SIZE[1] / _SIZE[0]) * _SIZE[0] / camera.focal * _FARTHEST
    centre = np.tile([0.0, 0.0, _FARTHEST], (count, 1))
    card = facing_card(camera, centre, (wide, wide / backdrop.aspect), np.zeros(count))
    wall = Actor(backdrop, card.homographies(camera), card.planes(camera, depths), np.zeros(count))
    nothing = np.zeros(count)
    stage = Stage(Setting(_SIZE, nothing, nothing, nothing), (subject, *others), wall, subject=0)
    sample = film(stage, str(seed))
    assert sample.masks is not None
    frames = np.rint(sample.frames.transpose(0, 2, 3, 1).clip(0, 1) * 255).astype(np.uint8)
    what = "figure" if is_figure else prop.name.split("/")[-1].split(".")[0]
    return Clip(f"{what} {way}, {behind}, {filmed}", frames, sample.masks[0] > 0.5)


def _backdrop(rng: np.random.Generator, props: Props, saliency: Saliency) -> Prop:
    """Of some backdrops the one in which least stands out: many photographs have a subject of their own."""

    def stands_out(prop: Prop) -> float:
        light = cv2.resize(prop.pictures[0].levels[0][..., :3], _SIZE, interpolation=cv2.INTER_AREA)
        return float(saliency(np.rint(encode(light, "srgb").clip(0, 1) * 255).astype(np.uint8)).mean())

    return min((props.background(rng) for _ in range(_BACKDROPS)), key=stands_out)


def _plant(rng: np.random.Generator, backdrop: Prop) -> Prop:
    """A plant in the backdrop's own colours: it moves and does not stand out."""
    surface = cv2.resize(backdrop.pictures[0].levels[0][..., :3], (shapes.SIDE, shapes.SIDE))
    return Prop("leaves", (texture_of(trimmed(shapes.cut_out(rng, surface * 0.8, "leaves"))),))


def _camera(rng: np.random.Generator, filmed: str, count: int) -> CameraPath:
    position = np.zeros((count, 3))
    yaw, pitch = np.zeros(count), np.zeros(count)
    if filmed != "tripod":
        position = np.stack([sway(rng, count, 0.015, 2.5, RATE) for _ in range(3)], 1)
        yaw, pitch = (np.radians(sway(rng, count, 0.25, 2, RATE)) for _ in range(2))
    if filmed == "pan":
        position[:, 0] += drift(rng, count, 0.4, RATE)
        yaw = yaw + np.radians(drift(rng, count, 8, RATE))
    return CameraPath(_SIZE, 0.9 * _SIZE[0], position, yaw, pitch)


def _actor(
    rng: np.random.Generator,
    prop: Prop,
    camera: CameraPath,
    depths: Depths,
    z: float,
    way: str,
    tall: float,
    x: float | None = None,
) -> Actor:
    count = len(camera.yaw)
    frame = np.array(_SIZE) / camera.focal * z
    height = min(tall * frame[1], 0.7 * frame[0] / prop.aspect)
    x = float(rng.uniform(-0.2, 0.2)) if x is None else x
    path = np.tile([x * frame[0], 0.08 * frame[1], z], (count, 1))
    roll = np.zeros(count)
    if way == "sways":
        path[:, 0] += sway(rng, count, 0.02 * frame[0], 1.5, RATE)
        roll = np.radians(sway(rng, count, 4, 1.5, RATE))
    elif way == "walks":
        speed = rng.choice([-1, 1]) * rng.uniform(0.12, 0.3) * frame[0]
        path[:, 0] += speed * (np.arange(count) - count / 2) / RATE
        path[:, 1] += 0.008 * frame[1] * np.abs(np.sin(np.arange(count) / 3.5))
    card = facing_card(camera, path, (height * prop.aspect, height), roll)
    nearness = depths.disparity(1 / card.centre[:, 2])
    return Actor(prop, card.homographies(camera), card.planes(camera, depths), nearness)


def figure(rng: np.random.Generator, props: Props, count: int, *, walks: bool) -> Prop:
    """A person-like figure of clothed limbs; it strides, or stands and moves one arm."""
    surface = [np.asarray(props.surface(rng))[:400, :200] for _ in range(2)]
    tone = np.array([rng.uniform(0.15, 0.6)] * 3) * [1, 0.7, 0.55]
    hair = rng.uniform(0.01, 0.15) * np.array([1, 0.8, 0.6])
    clothes = [part * rng.uniform(0.2, 1, 3) * 0.6 + rng.uniform(0.02, 0.2, 3) for part in surface]
    gesture = sway(rng, count, 0.35, 1.2, RATE)
    pictures = []
    for index in range(count):
        step = 0.5 * np.sin(index / 3.5) if walks else 0.06
        arm = step if walks else 0.15 + gesture[index]
        pictures.append(texture_of(_posed(step, arm, tone, hair, clothes)))
    return Prop("figure", tuple(pictures))


def _posed(
    step: float, arm: float, tone: np.ndarray, hair: np.ndarray, clothes: list[np.ndarray]
) -> np.ndarray:
    height, width = 400, 200
    picture = np.zeros((height, width, 4), np.float32)
    shade = (0.6 + 0.5 * np.linspace(1, 0, width))[None, :, None]

    def limb(start: tuple[float, float], length: float, angle: float, thick: int, light: np.ndarray):
        end = start[0] + length * np.sin(angle), start[1] + length * np.cos(angle)
        cover = np.zeros((height, width), np.uint8)
        first, last = ([round(16 * value) for value in point] for point in (start, end))
        cv2.line(cover, first, last, 255, thick, cv2.LINE_AA, 4)
        paint(cover, light)
        return end

    def paint(cover: np.ndarray, light: np.ndarray) -> None:
        share = cv2.GaussianBlur(cover, (0, 0), 0.8)[..., None] / np.float32(255)
        picture[..., :3] = picture[..., :3] * (1 - share) + light * shade * share
        picture[..., 3:] = picture[..., 3:] * (1 - share) + share

    shirt, trousers = clothes
    for side in (-1, 1):
        knee = limb((100 + 14 * side, 215), 80, side * step + 0.04 * side, 30, trousers)
        foot = limb(knee, 75, side * step - 0.35 * abs(step), 24, trousers)
        limb(foot, 14, 1.3, 16, hair)
    elbow = limb((74, 105), 62, -arm - 0.1, 22, shirt)
    limb(elbow, 52, -arm + 0.15, 16, tone)
    body = np.zeros((height, width), np.uint8)
    cv2.fillPoly(body, [np.array([(70, 92), (130, 92), (134, 150), (126, 228), (74, 228), (66, 150)])], 255)
    paint(body, shirt)
    limb((100, 92), 18, np.pi, 20, tone)
    head = np.zeros((height, width), np.uint8)
    cv2.ellipse(head, (100, 46), (25, 32), 0, 0, 360, 255, -1)
    paint(head, tone)
    top = np.zeros((height, width), np.uint8)
    cv2.ellipse(top, (100, 38), (28, 30), 0, 160, 380, 255, -1)
    paint(top, hair)
    elbow = limb((126, 105), 62, arm if arm > 0 else -arm, 22, shirt)
    limb(elbow, 52, 2 * arm, 16, tone)
    return picture


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((first & second).sum() / max((first | second).sum(), 1))


def steadiness(sightings: list[Sighting]) -> float:
    """Mean intersection over union of consecutive masks, the first carried along the flow to the second."""
    pairs = [
        overlap(along(before.share, after.link.backward) > 0.5, after.share > 0.5)
        for before, after in pairwise(sightings)
        if after.link is not None
    ]
    return float(np.mean(pairs)) if pairs else 1.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--library")
    parser.add_argument("--split", default="all")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--sheet")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    count, frames = (2, 8) if options.tiny else (options.count, options.frames)
    props, saliency = open_library(options.library, options.split), load_saliency()
    rows, sheet = [], []
    for seed in range(options.first, options.first + count):
        clip = make_clip(seed, props, saliency, frames)
        views = [view(frame) for frame in clip.frames]
        sightings = list(follow_subject(iter(views), saliency))
        truth = [cv2.resize(mask.astype(np.float32), views[0].size) > 0.5 for mask in clip.masks]
        found = [
            overlap(one.share > 0.5, true) for one, true in zip(sightings, truth, strict=True) if true.any()
        ]
        confidence = np.mean([one.confidence for one in sightings])
        rows.append((np.mean(found), steadiness(sightings)))
        print(f"{seed:3d} {clip.name:45s} {rows[-1][0]:.3f} steady {rows[-1][1]:.3f} sure {confidence:.2f}")
        middle = len(sightings) // 2
        for index in (0, middle):
            dimmed = views[index].picture * (0.4 + 0.6 * (sightings[index].share[..., None] > 0.5))
            sheet.append(dimmed.astype(np.uint8)[..., ::-1])
    means, worst = np.mean(rows, axis=0), int(np.argmin([row[0] for row in rows])) + options.first
    print(f"mean {means[0]:.3f} steady {means[1]:.3f}; worst {worst}")
    if options.sheet:
        sheet += [np.zeros_like(sheet[0])] * (-len(sheet) % 6)
        lines = [np.hstack(sheet[start : start + 6]) for start in range(0, len(sheet), 6)]
        cv2.imwrite(options.sheet, np.vstack(lines))


if __name__ == "__main__":
    main()
