"""Benchmark scenes: photographic cut-outs, ground, wires and lamps with their exact truth.

Together they cover focus pulls, aperture ramps, foreground occlusion, highlights at night, thin structures
and a moving camera.
"""

from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.make import FULL, QUICK, RATE, make_scenes
from anybokeh.synth.raytraced.scenes.photographs import TEST_ITEMS, Pictures, find_picture
from anybokeh.synth.raytraced.scenes.registry import SCENES

__all__ = [
    "FULL",
    "QUICK",
    "RATE",
    "SCENES",
    "TEST_ITEMS",
    "Moment",
    "Pictures",
    "SceneKind",
    "find_picture",
    "make_scenes",
]
