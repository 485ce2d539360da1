"""Two exact renderers that share no code agree on a scene of planes that face the camera."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import encode
from anybokeh.synth.layered import margin, render_frame
from anybokeh.synth.layers import Plane, View
from anybokeh.synth.projection import project, solid, texture_of
from anybokeh.synth.raytraced import Camera, DepthRange, Quality, Tracer, card, lens_for_blur
from anybokeh.synth.raytraced.lens import focal_length_pixels

SIZE = 128, 72
ANGLE = 40.0


def picture(seed: int, width: int, height: int, cell: int) -> np.ndarray:
    """Smooth colours with straight coverage 1, (height, width, 4)."""
    grid = np.random.default_rng(seed).random((height // cell + 2, width // cell + 2, 3), dtype=np.float32)
    return solid(np.clip(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1))


def test_layered_and_ray_traced_truth_agree() -> None:
    depths = DepthRange(1.0, 20.0)
    pictures = [picture(1, 256, 256, 32), picture(2, 256, 256, 32), picture(3, 512, 512, 16)]
    rows, columns = np.mgrid[:256, :256]
    round_shape = np.clip(120.5 - np.hypot(rows - 127.5, columns - 127.5), 0, 1).astype(np.float32)
    pictures[0][..., 3] = round_shape
    places = [(-0.25, 0.1, 1.2, 0.7), (0.35, -0.1, 2.5, 1.4), (0.0, 0.0, 8.0, 9.0)]
    try:
        tracer = Tracer([card(p, (x, y, -z), w) for p, (x, y, z, w) in zip(pictures, places, strict=True)])
    except InputError as error:
        pytest.skip(str(error))
    focus, blur = float(depths.disparity(2.5)), 60.0
    camera = Camera((0, 0, 0), (0, 0, -1), ANGLE)
    lens = lens_for_blur(blur, focus, ANGLE, depths)
    traced = tracer.picture(camera, SIZE, lens, Quality(least=1024, most=1024))
    view = View(SIZE, focus, blur)
    planes = [Plane(float(depths.disparity(z))) for _, _, z, _ in places]
    around = margin(planes, view, Lens())
    focal = focal_length_pixels(ANGLE, SIZE[0])
    layers = []
    for p, plane, (x, y, z, w) in zip(pictures, planes, places, strict=True):
        side = w * focal / z
        left, top = SIZE[0] / 2 + x * focal / z - side / 2, SIZE[1] / 2 - y * focal / z - side / 2
        # pixel i is centred on i, where a picture's edge lies at -0.5
        to_frame = np.array([[side, 0, left - 0.5], [0, side, top - 0.5], [0, 0, 1]])
        premultiplied = np.concatenate([p[..., :3] * p[..., 3:], p[..., 3:]], -1)
        last = plane is planes[-1]
        layers.append(project(texture_of(premultiplied), to_frame, plane, SIZE, around, endless=last))
    layered = render_frame(layers, view).bokeh.transpose(1, 2, 0)
    error = encode(layered, "srgb") - encode(traced, "srgb")
    assert -10 * np.log10(np.mean(error**2)) > 50
