"""Rendered frames of a part of a clip, with their alpha.

Alpha is blurred with its surface: colours are multiplied by it in linear light before they are blurred, alpha
is blurred alike, and colours are divided by the blurred one. Frames without any transparency take the
renderer's result as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from anybokeh.clip import Frame
from anybokeh.clip.pixels import to_pixels
from anybokeh.optics import light
from anybokeh.optics.lens import Lens
from anybokeh.render import Renderer
from anybokeh.render.highlights import highlight_gain
from anybokeh.shot import Scene, Shot

_DIMMED = np.float32(1 / 64)
"""Alpha goes through renderers as grey so dark that no rule for highlights touches it, and so do colours
whose highlights are known; a power of two changes no digit."""
_LEAST = np.float32(1 / 65535)
"""Alpha below this leaves no colour to tell."""


class Part(NamedTuple):
    """Frames to render, and the shot of them.

    alpha: (frames, height, width) of all frames of the shot, also those that only give context, in [0, 1], or
    None.
    """

    frames: list[Frame]
    shot: Shot
    alpha: np.ndarray | None = None


def part_of(frames: list[Frame], shot: Shot, segment: list[Frame]) -> Part:
    """Frames, and a shot of the whole segment; its alpha counts only where something is transparent."""
    if all(frame.alpha is None or _is_opaque(frame.alpha) for frame in segment):
        return Part(frames, shot)
    return Part(frames, shot, np.stack([_as_float(frame) for frame in segment]))


def _is_opaque(alpha: np.ndarray) -> bool:
    return bool((alpha == _opaque(alpha)).all())


def _opaque(alpha: np.ndarray) -> float:
    return 1.0 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max


def _as_float(frame: Frame) -> np.ndarray:
    """(height, width) float32."""
    if frame.alpha is None:
        return np.ones(frame.pixels.shape[:2], np.float32)
    return frame.alpha.astype(np.float32) / np.float32(_opaque(frame.alpha))


def rendered_frames(renderer: Renderer, part: Part, lens: Lens | None = None) -> Iterator[Frame]:
    """The frames of a part as the renderer makes them.

    lens: the renderer's, whose rule for highlights goes by colours as they are before they are multiplied by
    alpha; None leaves it to the renderer.
    """
    if part.alpha is None:
        for original, result in zip(part.frames, np.asarray(renderer.render(part.shot)), strict=True):
            yield replace(original, pixels=to_pixels(result, original.pixels.dtype))
        return
    shot, dimmed = _multiplied(part.shot, part.alpha, part.frames[0].pixels.dtype, lens)
    colours = np.asarray(renderer.render(shot)) / dimmed
    alphas = np.asarray(renderer.render(_as_grey(part.shot, part.alpha)))[:, 0] / _DIMMED
    kept = slice(part.shot.before, len(part.shot) - part.shot.after)
    before = zip(shot.frames[kept] / dimmed, part.alpha[kept], strict=True)
    for original, colour, alpha, (colour_before, alpha_before) in zip(
        part.frames, colours, alphas, before, strict=True
    ):
        untouched = (colour == colour_before).all(axis=0) & (alpha == alpha_before)
        yield _divided(original, colour, alpha, untouched, part.shot.transfer)


def _multiplied(shot: Shot, alpha: np.ndarray, dtype: np.dtype, lens: Lens | None) -> tuple[Shot, np.float32]:
    """Linear light times alpha, which floats are already, and a factor that it was multiplied by."""
    if dtype == np.float32:
        return shot, np.float32(1)
    linear = light.decode(shot.frames, shot.transfer).astype(np.float32) * alpha[:, None]
    if lens is None or lens.highlight_strength == 0:
        # what is known to be hidden is encoded and has no alpha
        scene = Scene(shot.disparity, shot.scene.radiance)
        return replace(shot, frames=linear, scene=scene, transfer="linear"), np.float32(1)
    # transparent white is not brighter than the threshold any more, and so the gain is found before
    gains = [highlight_gain(shot, index, lens) for index in range(len(shot))]
    radiance = np.stack([np.broadcast_to(gain, shot.frames.shape[1:]) for gain in gains if gain is not None])
    scene = Scene(shot.disparity, radiance)
    return replace(shot, frames=linear * _DIMMED, scene=scene, transfer="linear"), _DIMMED


def _as_grey(shot: Shot, alpha: np.ndarray) -> Shot:
    grey = np.repeat(alpha[:, None] * _DIMMED, 3, axis=1)
    return replace(shot, frames=grey, scene=Scene(shot.disparity), transfer="linear")


def _divided(
    original: Frame, colour: np.ndarray, alpha: np.ndarray, untouched: np.ndarray, transfer: str
) -> Frame:
    """A frame of multiplied linear light (3, height, width) and alpha (height, width).

    Pixels that the renderer left alone are those of the original.
    """
    before = original.pixels
    if before.dtype == np.float32:
        if original.alpha is None:
            return replace(original, pixels=to_pixels(colour, before.dtype))
        return replace(original, pixels=to_pixels(colour, before.dtype), alpha=alpha.astype(np.float32))
    straight = colour / np.maximum(alpha, _LEAST)
    pixels = to_pixels(light.encode(straight, transfer).astype(np.float32), before.dtype)
    keep = untouched | (alpha < _LEAST)
    pixels[keep] = before[keep]
    if original.alpha is None:
        return replace(original, pixels=pixels)
    codes = np.clip(alpha, 0, 1) * np.iinfo(before.dtype).max + 0.5
    return replace(original, pixels=pixels, alpha=codes.astype(before.dtype))
