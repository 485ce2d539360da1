"""Small benchmarks: samples whose truth is that of a lens, and a real clip."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from anybokeh.optics.light import encode
from anybokeh.synth.maps import write_maps
from anybokeh.synth.sample import Sample, write_sample

HEIGHT, WIDTH, FRAMES = 48, 80, 3
FOCUS, BLUR = 0.75, 96.0


def sample(name: str, seed: int, frames: int = FRAMES) -> Sample:
    """A sharp subject that moves in front of a far wall; the wall is blurred by a disc of its radius."""
    rng = np.random.default_rng(seed)
    wall = 0.1 + 0.5 * cv2.GaussianBlur(rng.random((HEIGHT, WIDTH + 8, 3)), (0, 0), 1.5)
    subject = rng.random((20, 20, 3)) * 0.8
    radius = BLUR * (FOCUS - 0.25) * WIDTH / 1024
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    blurred = cv2.filter2D(wall, -1, disc / disc.sum(), borderType=cv2.BORDER_REPLICATE)
    pictures, truths, disparity, mask = [], [], [], []
    for index in range(frames):
        top, left = 14, 25 + 2 * index
        depth = np.full((HEIGHT, WIDTH), 0.25, np.float32)
        depth[top : top + 20, left : left + 20] = FOCUS
        for target, behind in ((pictures, wall), (truths, blurred)):
            light = behind[:, index : index + WIDTH].copy()
            light[top : top + 20, left : left + 20] = subject
            target.append(encode(light, "srgb").transpose(2, 0, 1).astype(np.float32))
        disparity.append(depth)
        mask.append((depth > 0.5).astype(np.float32))
    count = np.ones(frames, np.float32)
    return Sample(
        name,
        np.stack(pictures),
        np.stack(disparity),
        np.stack(truths),
        FOCUS * count,
        BLUR * count,
        0 * count,
        masks=np.stack(mask)[None],
        subject=0,
        clipped=np.ones_like(np.stack(mask)),
    )


def benchmark(folder: Path, count: int = 2) -> Path:
    """Samples named one, two, three."""
    folder.mkdir()
    for seed, name in enumerate(("one", "two", "three")[:count]):
        write_sample(folder / name, sample(name, seed), bits=16)
    return folder


def real_clip(folder: Path, mask: bool = True) -> Path:
    """A clip without truth."""
    clip = sample(folder.name, 9)
    write_maps(folder / "aif", clip.frames, 8)
    write_maps(folder / "disparity", clip.disparity, 16)
    if mask:
        write_maps(folder / "mask", clip.subject_mask, 8)  # type: ignore[arg-type]
    (folder / "scene.json").write_text(json.dumps({"focus": FOCUS, "blur": BLUR}))
    return folder


def predictions(folder: Path, bench: Path, offset: float = 0.0, bits: int = 8) -> Path:
    """Frames of another program: the truth, brighter by `offset`."""
    from anybokeh.synth.sample import read_sample, sample_folders

    for one in sample_folders(bench):
        write_maps(folder / one.name, np.clip(read_sample(one).bokeh + offset, 0, 1), bits)
    return folder
