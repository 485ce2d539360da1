"""Score fine outlines: hair, fur, fences and glasses that move over a photograph, either of them in focus.

    anybokeh synth fetch LIBRARY
    python benchmarks/outlines.py [--library LIBRARY] [--split choosing] [--size 1920x1080] [--compare SOURCE]

Truth is the exact lens on two planes with soft coverage. Three cut-outs each of hair, fur, wire fences and
glasses are drawn from seeds. With a library there are twelve animals and plants as well, cut out of
photographs, and backgrounds are photographs; without one, backgrounds are made up. What is chosen by the
split `choosing` is judged by `test`. Each clip is rendered twice, with focus on the cut-out and on the
background; the frame in the middle counts.

Figures are PSNR in dB within 8 pixels of outlines, in a picture 1024 wide: of exact disparity, of `network`
disparity as it came, and of that mended, which is steadied, repaired and with hidden surfaces found. Steps
are what the result changes along outlines beyond what the truth does, root mean square, in levels of 255 a
pixel. --compare runs the sources in another folder as well, such as the `src` of another checkout that can
draw these cut-outs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from anybokeh import prepare
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.optics.light import encode
from anybokeh.render import LayeredRenderer
from anybokeh.shot import Scene, Shot
from anybokeh.synth.damage import damage
from anybokeh.synth.fine_outlines import KINDS, fine_cut_out
from anybokeh.synth.layers import Plane
from anybokeh.synth.library import Library, read_cutout
from anybokeh.synth.paper import similarity
from anybokeh.synth.projection import Texture, project, solid, texture_of
from anybokeh.synth.textures import landscape, texture
from anybokeh.synth.two_planes import two_planes

NEAR, FAR, BLUR = 0.8, 0.3, 40.0
BAND, ALONG = 8.0, 2.0
"""Pixels from outlines up to which PSNR and steps count, in a picture 1024 wide."""
LEAST = 0.02
"""Coverage from which a pixel shows the cut-out."""
PHOTOGRAPHED = {
    "choosing": (
        "bear", "bison", "koala", "lavender", "dog", "wombat",
        "yak", "peacock", "squirrel", "goat", "mantis", "horse",
    ),
    "test": (
        "birch", "crowned_crane", "european-bear", "gnu-baby-stand", "helmeted_guineafowl", "holm_oak",
        "lion-2", "otter", "pink_flamingo", "thyme", "tiger_sumatran", "tree336",
    ),
}  # fmt: skip
FOCUSES = "cut-out", "background"
COLUMNS = ("exact", "network", "mended", "steps exact", "steps network", "steps mended")


@dataclass(frozen=True)
class Clip:
    """One cut-out over a background.

    Attributes:
        name: of the cut-out.
        frames: (frames, 3, height, width) float32, encoded.
        coverage: (frames, height, width) float32, of the cut-out.
        truth: (2, 3, height, width) float32, encoded, of the frame in the middle by `FOCUSES`.
    """

    name: str
    frames: np.ndarray
    coverage: np.ndarray
    truth: np.ndarray

    @property
    def disparity(self) -> np.ndarray:
        """(frames, height, width) exact, of what covers half of a pixel."""
        return np.where(self.coverage > 0.5, NEAR, FAR).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--split", choices=list(PHOTOGRAPHED), default="test")
    parser.add_argument("--size", default="1024x576")
    parser.add_argument("--frames", type=int, default=5, help="of a clip")
    parser.add_argument("--each", type=int, default=3, help="drawn cut-outs of a kind")
    parser.add_argument("--photographed", type=int, default=12, help="photographed cut-outs")
    parser.add_argument("--compare", type=Path, metavar="SOURCE")
    parser.add_argument("--rows", type=Path, help="write the rows to this file as JSON")
    options = parser.parse_args()
    rows: dict[str, np.ndarray] = {}
    for clip in clips(options):
        # a column a way of disparity, for each of two measures
        found = np.array([[score(clip, place, scene) for scene in scenes(clip)] for place in (0, 1)])
        for focus, values in zip(FOCUSES, found, strict=True):
            rows[f"{clip.name}, {focus}"] = values.T.ravel()
            print(
                f"{clip.name:22} {focus:10} " + " ".join(f"{one:7.2f}" for one in values.T.ravel()),
                flush=True,
            )
    if options.rows:
        options.rows.write_text(json.dumps({name: list(row) for name, row in rows.items()}))
    table("these sources", rows)
    if options.compare:
        other = elsewhere(options.compare)
        table(str(options.compare), other)
        table("difference", {name: row - other[name] for name, row in rows.items()})


def clips(options: argparse.Namespace) -> Iterator[Clip]:
    """The clips of a split, each by a seed of its own."""
    width, height = (int(one) for one in options.size.split("x"))
    split = "test" if options.split == "test" else "train"
    library = None if options.library is None else Library(options.library, split)

    def clip(name: str, rng: np.random.Generator, cut_out: np.ndarray) -> Clip:
        return filmed(name, rng, texture_of(cut_out), backdrop(rng, library), (width, height), options.frames)

    seed = list(PHOTOGRAPHED).index(options.split)
    for kind in KINDS:
        for number in range(options.each):
            rng = np.random.default_rng((16, seed, list(KINDS).index(kind), number))
            yield clip(f"{kind} {number}", rng, fine_cut_out(kind, rng, texture(rng, (512, 512))))
    if library is not None:
        for number, name in enumerate(PHOTOGRAPHED[options.split][: options.photographed]):
            file = next((library.folder / "cutouts").rglob(f"{name}.png"))
            yield clip(name, np.random.default_rng((17, seed, number)), read_cutout(file))


def backdrop(rng: np.random.Generator, library: Library | None) -> Texture:
    """A photograph, or a landscape that is made up; nothing in it is brighter than white."""
    if library is not None:
        return library.background(rng).pictures[0]
    return texture_of(solid(np.minimum(landscape(rng, (1280, 720)), 1)))


def filmed(
    name: str, rng: np.random.Generator, cut_out: Texture, behind: Texture, size: tuple[int, int], frames: int
) -> Clip:
    """A cut-out that moves and turns over a background that moves less."""
    width, height = size
    radius = BLUR * (NEAR - FAR) * width / 1024
    around = int(np.ceil(radius)) + 1
    time = np.arange(frames) - frames // 2
    tall = height * min(0.9, 0.8 * width / height / cut_out.aspect)
    speed = rng.uniform(2, 6) * width / 1024 * np.array([rng.choice((-1, 1)), 0.2])
    centre = (width / 2, height / 2) + time[:, None] * speed
    extent = np.tile((tall * cut_out.aspect, tall), (frames, 1))
    to_frame = similarity(centre, extent, rng.uniform(-5, 5) + 0.3 * time)
    wide = 1.2 * max(width, height * behind.aspect)
    centre = (width / 2, height / 2) + time[:, None] * speed * 0.2
    extent = np.tile((wide, wide / behind.aspect), (frames, 1))
    behind_to_frame = similarity(centre, extent, np.zeros(frames))
    pictures, coverage, truth = [], [], np.zeros(0)
    for frame in range(frames):
        front = np.zeros((height + 2 * around, width + 2 * around, 4), np.float32)
        layer = project(cut_out, to_frame[frame], Plane(NEAR), size, around)
        left, top = layer.corner[0] + around, layer.corner[1] + around
        front[top : top + len(layer.picture), left : left + layer.picture.shape[1]] = layer.picture
        far = project(behind, behind_to_frame[frame], Plane(FAR), size, around, endless=True).picture[..., :3]
        inside = slice(around, around + height), slice(around, around + width)
        pictures.append(code(two_planes(front, far, 0, front_in_focus=True)[inside]))
        coverage.append(front[inside][..., 3])
        if frame == frames // 2:
            both = (two_planes(front, far, radius, front_in_focus=one)[inside] for one in (True, False))
            truth = np.stack([code(one) for one in both])
    return Clip(name, np.stack(pictures), np.stack(coverage), truth)


def code(light: np.ndarray) -> np.ndarray:
    """Linear light (height, width, 3) as an encoded frame (3, height, width) float32."""
    return np.ascontiguousarray(encode(light, "srgb").transpose(2, 0, 1), np.float32)


def scenes(clip: Clip) -> Iterator[Scene]:
    """The scene of the frame in the middle: exact, `network` as it came, and that mended."""
    middle = slice(len(clip.frames) // 2, len(clip.frames) // 2 + 1)
    given = damage(clip.disparity, seed=zlib.crc32(clip.name.encode()))
    yield Scene(clip.disparity[middle])
    yield Scene(given[middle])
    scene = prepare(clip.frames, given, NEAR, BLUR).scene
    radiance = None if scene.radiance is None else scene.radiance[middle]
    yield Scene(scene.disparity[middle], radiance, None if scene.hidden is None else scene.hidden[middle])


def score(clip: Clip, place: int, scene: Scene) -> tuple[float, float]:
    """PSNR near outlines and steps of the frame in the middle, focus by its place in `FOCUSES`."""
    middle = slice(len(clip.frames) // 2, len(clip.frames) // 2 + 1)
    shot = Shot(clip.frames[middle], scene, (NEAR, FAR)[place], BLUR)
    result, truth = np.asarray(LayeredRenderer().render(shot)), clip.truth[place : place + 1]
    coverage = clip.coverage[middle][0]
    near = near_outlines(coverage, BAND)[None]
    return psnr(result, truth, near), steps(result[0], truth[0], coverage)


def near_outlines(coverage: np.ndarray, reach: float) -> np.ndarray:
    """(height, width) bool: how far outlines are, in pixels of a picture 1024 wide."""
    mixed = (coverage > LEAST) & (coverage < 1 - LEAST)
    solid_part = (coverage >= 0.5).astype(np.uint8)
    mixed |= cv2.morphologyEx(solid_part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    distance = cv2.distanceTransform((~mixed).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance <= reach * coverage.shape[1] / 1024


def steps(result: np.ndarray, truth: np.ndarray, coverage: np.ndarray) -> float:
    """How much more a result changes along outlines than the truth, in levels of 255 a pixel.

    Energies are compared as means of 5x5 pixels, so that texture which is a pixel off does not count.
    """
    smooth = cv2.GaussianBlur(coverage, (0, 0), 1.0)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    slope = np.hypot(across, down)
    along_x, along_y = -down / np.maximum(slope, 1e-6), across / np.maximum(slope, 1e-6)

    def energy(picture: np.ndarray) -> np.ndarray:
        grey = cv2.cvtColor(np.ascontiguousarray(picture.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY)
        right, low = (cv2.Sobel(grey, cv2.CV_32F, *way, scale=255 / 8) for way in ((1, 0), (0, 1)))
        change = right * along_x + low * along_y
        return cv2.blur(change**2, (5, 5))

    where = near_outlines(coverage, ALONG) & (slope > 0.02)
    more = np.maximum(energy(result) - energy(truth), 0)[where]
    return float(np.sqrt(more.mean())) if more.size else float("nan")


def table(title: str, rows: dict[str, np.ndarray]) -> None:
    """Print means over the clips."""
    print(f"\n| {title}, focus on | {' | '.join(COLUMNS)} |\n|---{'|---' * len(COLUMNS)}|")
    for focus in (*FOCUSES, ""):
        mean = np.nanmean([row for name, row in rows.items() if name.endswith(focus)], axis=0)
        print(f"| {focus or 'both'} | {' | '.join(f'{value:.2f}' for value in mean)} |")


def elsewhere(source: Path) -> dict[str, np.ndarray]:
    """The rows of other sources, by clip and focus."""
    at = sys.argv.index("--compare")
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        arguments = [*sys.argv[:at], *sys.argv[at + 2 :], "--rows", str(rows)]
        environment = {**os.environ, "PYTHONPATH": str(source.resolve())}
        subprocess.run([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)
        return {name: np.array(row) for name, row in json.loads(rows.read_text()).items()}


if __name__ == "__main__":
    main()
