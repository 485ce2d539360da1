"""Exact ground truth: scenes of textured surfaces, ray-traced through a thin lens by Mitsuba 3.

Surfaces emit the picture they carry and nothing is lit, so the sharp frame is the photograph itself
and every difference between the sharp and the blurred frame is the lens.
Needs the extra `raytrace`; Mitsuba is imported when the first `Tracer` is made.
"""

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange, ThinLens, aperture_radius, lens_for_blur
from anybokeh.synth.raytraced.surface_pictures import bleed_colours, from_code, load_picture, plain
from anybokeh.synth.raytraced.surfaces import Surface, ball, card, floor, merge, ribbons, tube
from anybokeh.synth.raytraced.tracer import Quality, Tracer
from anybokeh.synth.raytraced.truth import Truth, View, render_view, write_clip

__all__ = [
    "Camera",
    "DepthRange",
    "Quality",
    "Surface",
    "ThinLens",
    "Tracer",
    "Truth",
    "View",
    "aperture_radius",
    "ball",
    "bleed_colours",
    "card",
    "floor",
    "from_code",
    "lens_for_blur",
    "load_picture",
    "merge",
    "plain",
    "render_view",
    "ribbons",
    "tube",
    "write_clip",
]
