"""Rendered frames of a part of a clip, with their alpha.

Alpha is blurred with its surface: colours are multiplied by it in linear light before they are blurred, alpha
is blurred alike, and colours are divided by the blurred one. Frames without any transparency take the
renderer's result as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import NamedTuple

import numpy as np

from anybokeh.clip import Frame
from anybokeh.clip.pixels import to_frames, to_pixels
from anybokeh.finish import Finish
from anybokeh.finish.protection import Protection
from anybokeh.job.analysis import Analysis
from anybokeh.optics import light
from anybokeh.optics.lens import Lens
from anybokeh.render import ReachingRenderer, Renderer
from anybokeh.render.breathing import breathe, magnification
from anybokeh.render.highlights import highlight_gain
from anybokeh.runtime.stages import stage
from anybokeh.settings import RenderSettings
from anybokeh.shot import Behind, Shot

_DIMMED = np.float32(1 / 64)
"""Alpha goes through renderers as grey so dark that no rule for highlights touches it, and so do colours
whose highlights are known; a power of two changes no digit."""
_LEAST = np.float32(1 / 65535)
"""Alpha below this leaves no colour to tell."""


class Part(NamedTuple):
    """Frames to render, and the shot of them.

    Attributes:
        frames: what of them is rendered.
        shot: of them and their context.
        alpha: (frames, height, width) of all frames of the shot, in [0, 1], or None.
        protection: what stays as it came.
        wholes: the frames as they were decoded, where something does.
    """

    frames: list[Frame]
    shot: Shot
    alpha: np.ndarray | None = None
    protection: Protection = Protection()
    wholes: Sequence[Frame] = ()


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


def finish_of(analysis: Analysis, settings: RenderSettings) -> Finish:
    """How the frames of a clip are finished."""
    return Finish(analysis.grain, dither=settings.dither, depth=analysis.info.bit_depth)


def rendered_frames(
    renderer: Renderer,
    part: Part,
    lens: Lens | None = None,
    finish: Finish | None = None,
    *,
    coverage: bool = False,
) -> Iterator[Frame]:
    """The frames of a part as the renderer makes them.

    Args:
        renderer: of the part.
        part: the frames.
        lens: the renderer's, whose rule for highlights goes by colours as they are before they are multiplied
            by alpha; None leaves it to the renderer.
        finish: from light to stored values; None rounds.
        coverage: whether frames get the layer `coverage.A`, how much of each pixel what is nearer than the
            focal plane covers once it is blurred.
    """
    rendered = _rendered(renderer, part, lens, finish or Finish(), coverage)
    if not part.protection:
        yield from rendered
        return
    for whole, one in zip(part.wholes, rendered, strict=True):
        yield part.protection.restored(whole, one)


def _rendered(
    renderer: Renderer, part: Part, lens: Lens | None, finish: Finish, coverage: bool
) -> Iterator[Frame]:
    kept = slice(part.shot.before, len(part.shot) - part.shot.after)
    if part.alpha is None:
        results, layers = _with_coverage(renderer, part.shot, lens, coverage)
        whole = zip(part.frames, part.shot.focus[kept], results, layers, strict=True)
        for original, focus, result, layer in whole:
            with stage("finish"):
                pixels = finish(_breathed(original, lens, focus), result)
            yield replace(original, pixels=pixels, layers=layer)
        return
    shot, dimmed = _multiplied(part.shot, part.alpha, part.frames[0].pixels.dtype, lens)
    colours, layers = _with_coverage(renderer, shot, lens, coverage)
    colours = colours / dimmed
    alphas = np.asarray(renderer.render(_as_grey(part.shot, part.alpha)))[:, 0] / _DIMMED
    before = zip(shot.frames[kept] / dimmed, part.alpha[kept], strict=True)
    originals = map(_breathed, part.frames, repeat(lens), part.shot.focus[kept])
    for original, colour, alpha, layer, (colour_before, alpha_before) in zip(
        originals, colours, alphas, layers, before, strict=True
    ):
        untouched = (colour == colour_before).all(axis=0) & (alpha == alpha_before)
        with stage("finish"):
            divided = _divided(original, colour, alpha, untouched, part.shot.transfer, finish)
        yield replace(divided, layers=layer)


def _with_coverage(
    renderer: Renderer, shot: Shot, lens: Lens | None, wanted: bool
) -> tuple[np.ndarray, list[dict[str, np.ndarray] | None]]:
    """A rendered shot (frames, 3, height, width), and for each frame the layer of its coverage if wanted."""
    if not wanted:
        results = np.asarray(renderer.render(shot))
        return results, [None] * len(results)
    if isinstance(renderer, ReachingRenderer):
        results, reach = renderer.render_with_reach(shot, reach=True)
    else:
        from anybokeh.render import LayeredRenderer

        results = np.asarray(renderer.render(shot))
        _, reach = LayeredRenderer(lens or Lens()).render_with_reach(shot, reach=True)
    assert reach is not None
    return results, [{"coverage.A": one} for one in reach]


def _breathed(frame: Frame, lens: Lens | None, focus: float) -> Frame:
    """A frame as large as the lens shows it, to compare what was rendered with."""
    if lens is None or magnification(lens, focus) == 1:
        return frame
    pixels = breathe(to_frames(frame.pixels), lens, focus)
    return replace(frame, pixels=to_pixels(pixels, frame.pixels.dtype))


def _multiplied(shot: Shot, alpha: np.ndarray, dtype: np.dtype, lens: Lens | None) -> tuple[Shot, np.float32]:
    """Linear light times alpha, which floats are already, and a factor that it was multiplied by."""
    if dtype == np.float32:
        return shot, np.float32(1)
    linear = light.decode(shot.frames, shot.transfer).astype(np.float32) * alpha[:, None]
    if lens is None or lens.highlight_strength == 0:
        scene = replace(shot.scene, hidden=_hidden(shot, lambda one: _light(one, shot.transfer)))
        return replace(shot, frames=linear, scene=scene, transfer="linear"), np.float32(1)
    # transparent white is not brighter than the threshold any more, and so the gain is found before
    gains = [highlight_gain(shot, index, lens) for index in range(len(shot))]
    radiance = np.stack([np.broadcast_to(gain, shot.frames.shape[1:]) for gain in gains if gain is not None])
    hidden = _hidden(shot, lambda one: _light(one, shot.transfer) * _DIMMED)
    scene = replace(shot.scene, radiance=radiance, hidden=hidden)
    return replace(shot, frames=linear * _DIMMED, scene=scene, transfer="linear"), _DIMMED


def _as_grey(shot: Shot, alpha: np.ndarray) -> Shot:
    grey = np.repeat(alpha[:, None] * _DIMMED, 3, axis=1)
    hidden = _hidden(shot, lambda one: np.repeat(_alpha(one) * _DIMMED, 3, axis=1), lit=False)
    return replace(
        shot,
        frames=grey,
        scene=replace(shot.scene, radiance=None, hidden=hidden, highlights=None),
        transfer="linear",
    )


def _hidden(
    shot: Shot, colour: Callable[[Behind], np.ndarray], *, lit: bool = True
) -> tuple[Behind | None, ...] | None:
    """What is known to be hidden, in other colours, with the light of lamps or without."""
    if shot.scene.hidden is None:
        return None
    return tuple(
        None if one is None else replace(one, colour=colour(one), gain=one.gain if lit else None)
        for one in shot.scene.hidden
    )


def _light(behind: Behind, transfer: str) -> np.ndarray:
    """(samples, 3) linear light times alpha."""
    return light.decode(behind.colour, transfer).astype(np.float32) * _alpha(behind)


def _alpha(behind: Behind) -> np.ndarray:
    """(samples, 1) float32."""
    return np.ones_like(behind.colour[:, :1]) if behind.alpha is None else behind.alpha[:, None]


def _divided(
    original: Frame,
    colour: np.ndarray,
    alpha: np.ndarray,
    untouched: np.ndarray,
    transfer: str,
    finish: Finish,
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
    pixels = finish(original, light.encode(straight, transfer).astype(np.float32))
    keep = untouched | (alpha < _LEAST)
    pixels[keep] = before[keep]
    if original.alpha is None:
        return replace(original, pixels=pixels)
    codes = np.clip(alpha, 0, 1) * np.iinfo(before.dtype).max + 0.5
    return replace(original, pixels=pixels, alpha=codes.astype(before.dtype))
