"""Layers beside a refocused picture, for compositing: what the renderer was given, in the channels of EXR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from anybokeh.clip import ClipInfo, Frame
from anybokeh.clip.outputs import folder_codec, is_folder
from anybokeh.errors import InputError
from anybokeh.finish.bars import Inside
from anybokeh.job.rendered import Part
from anybokeh.optics import light
from anybokeh.optics.focal_surface import colour_focuses
from anybokeh.optics.lens import Lens
from anybokeh.render.breathing import breathe
from anybokeh.render.focusing import surface_of_frame
from anybokeh.settings import RenderSettings
from anybokeh.shot import Behind, Shot

_PQ = 100
"""What EXR holds of 1 in linear light of PQ, as of the picture."""


def check_layers(output: Path, info: ClipInfo, settings: RenderSettings) -> None:
    """Raise InputError where layers are wanted and the output cannot hold them."""
    if not settings.layers:
        return
    kind = settings.codec or folder_codec(info) if is_folder(output) else output.suffix.removeprefix(".")
    if kind != "exr":
        raise InputError(
            f"{output}: holds {kind}, which has no layers; expected --layers with --codec exr and a folder, "
            "or a name such as out/%04d.exr"
        )


def with_layers(frames: Iterator[Frame], part: Part, settings: RenderSettings) -> Iterator[Frame]:
    """Rendered frames of a part with their layers, if the settings want any.

    `depth.Z` is the disparity that was used, `coc.Y` the circle of confusion in pixels, positive before
    the focal plane, `coverage.A` how much of a pixel what is before the focal plane covers, and `hidden` what
    is known behind what is near: linear colour times how sure it is, `hidden.A`, and its disparity.

    Args:
        frames: as `rendered_frames` makes them with `coverage`.
        part: of which they are rendered.
        settings: of the render.
    """
    if not settings.layers:
        yield from frames
        return
    of_file = part.frames[0].pixels.dtype == np.float32
    for place, frame in enumerate(frames):
        index = part.shot.before + place
        layers = _layers(part.shot, index, settings.lens, premultiplied=of_file) | dict(frame.layers or {})
        yield replace(frame, layers=_placed(layers, frame, part.protection.inside))


def _layers(shot: Shot, index: int, lens: Lens, *, premultiplied: bool) -> dict[str, np.ndarray]:
    """Channels by name, (height, width) float32 each, as large as the lens shows them."""
    disparity = shot.disparity[index]
    # of green, where colours are focused apart
    surface = surface_of_frame(shot, index, lens, colour_focuses(lens)[0])
    channels = {"depth.Z": disparity, "coc.Y": surface.circle_of_confusion(disparity)}
    behind = None if shot.scene.hidden is None else shot.scene.hidden[index]
    channels |= _hidden(behind, disparity.shape, shot.transfer, premultiplied)
    focus = float(shot.focus[index])
    return {name: breathe(one[None], lens, focus)[0] for name, one in channels.items()}


def _hidden(
    behind: Behind | None, shape: tuple[int, int], transfer: str, premultiplied: bool
) -> dict[str, np.ndarray]:
    """The nearer of the surfaces behind each pixel; 0 where none is known."""
    drawn = np.zeros((5, *shape), np.float32)
    if behind is not None:
        # the nearer of two comes first, and so is drawn last
        rows = np.repeat(np.arange(shape[0]), np.diff(behind.begins))[::-1]
        alpha = np.float32(1) if behind.alpha is None else behind.alpha[:, None]
        sure = behind.confidence[:, None]
        colour = light.decode(behind.colour, transfer).astype(np.float32)
        colour = colour * np.float32(_PQ if transfer == "pq" else 1) * (1 if premultiplied else alpha) * sure
        if behind.gain is not None:
            colour = colour * behind.gain
        values = np.concatenate(
            [colour, np.broadcast_to(alpha * sure, sure.shape), behind.disparity[:, None]], 1
        )
        drawn[:, rows, behind.x[::-1]] = values[::-1].T
    names = ("hidden.R", "hidden.G", "hidden.B", "hidden.A", "hidden_depth.Z")
    return dict(zip(names, drawn, strict=True))


def _placed(layers: dict[str, np.ndarray], frame: Frame, inside: Inside | None) -> dict[str, np.ndarray]:
    """Layers of the whole picture: 0 where bars stay as they came."""
    if inside is None:
        return layers
    result = {}
    for name, one in layers.items():
        whole = np.zeros(frame.pixels.shape[:2], np.float32)
        whole[inside.slices] = one
        result[name] = whole
    return result
