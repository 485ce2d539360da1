"""From pictures to refocused pictures in one call."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack
from anybokeh.job.analysis import analyse
from anybokeh.job.in_memory import prepare
from anybokeh.job.picture_kinds import pictures_of
from anybokeh.optics.lens import Lens
from anybokeh.render import load_renderer, notes_of
from anybokeh.settings import Device, RenderSettings

BLUR = 16.0
"""K where nothing is said: a portrait lens."""


def refocus(
    frames: Any,
    disparity: Any = None,
    focus: Any = "auto",
    blur: Any = None,
    *,
    range: Any = None,
    lens: Lens | None = None,
    renderer: str = "auto",
    device: Device = "auto",
    steady: bool = True,
    repair: bool = True,
    hidden: bool = True,
) -> Any:
    """Refocus pictures in memory.

    Examples:
        >>> anybokeh.refocus(images, focus=(320, 180), blur=24)

    Args:
        frames: consecutive frames of a clip, or one picture: PIL images of mode RGB, NumPy arrays or PyTorch
            tensors; (frames, height, width, 3) or (frames, 3, height, width), uint8, uint16, or floats in
            [0, 1], sRGB.
        disparity: (frames, height, width) or a list of such maps, 1 is nearest: floats in [0, 1], or
            integers, which are divided by their type's maximum. None estimates it by what is built in; a text
            is what `--disparity` takes, such as "auto", a depth network.
        focus: disparity of the focal plane, one number or (frames,); a tuple (x, y), a point in pixels of the
            first frame that is followed; a `FocusTrack`; or a text that `--focus` takes, such as "auto".
        blur: K, one number or (frames,), 16 where nothing is said; a track gives it itself.
        range: half-width in disparity that stays sharp, one number or (frames,); where nothing is said, 0 for
            numbers and a followed thing's own depth.
        lens: shape of the blur.
        renderer, device: see `anybokeh.render.load_renderer`.
        steady, repair, hidden: see `anybokeh.prepare`.

    Returns:
        The frames in the kind that they came in. What the user should know is a warning.

    Raises:
        InputError: shapes do not match, values lie outside their range, or the focus cannot be found.
    """
    values, back = pictures_of(frames)
    chosen = load_renderer(renderer, lens=lens, device=device)
    maps = None if disparity is None or isinstance(disparity, (str, Path)) else _maps(disparity, len(values))
    if maps is None or isinstance(focus, (str, tuple)):
        found = _found(values, str(disparity or "salient") if maps is None else maps, focus, device)
        maps, steady = found.disparity, steady and not found.steady
        if found.track is not None:
            focus, range = found.track.focus, found.track.range if range is None else range
    if not isinstance(focus, FocusTrack) and blur is None:
        blur = BLUR
    shot = prepare(values, maps, focus, blur, range=range, steady=steady, repair=repair, hidden=hidden)
    rendered = back(chosen.render(shot))
    for note in notes_of(chosen):
        warnings.warn(note, stacklevel=2)
    return rendered


@dataclass(frozen=True)
class _Found:
    """What the analysis of a clip tells: disparity (frames, height, width), whether steady, and the track."""

    disparity: np.ndarray
    steady: bool
    track: FocusTrack | None


def _found(frames: np.ndarray, disparity: str | np.ndarray, focus: Any, device: Device) -> _Found:
    """Analyse frames by way of a folder, as the analysis goes through a clip more than once."""
    spec = _spec(focus)
    with tempfile.TemporaryDirectory(prefix="anybokeh-", ignore_cleanup_errors=True) as folder:
        pictures = _write(frames, Path(folder, "frames"))
        if isinstance(disparity, np.ndarray):
            source = Path(folder, "disparity.npy")
            np.save(source, disparity)
        else:
            source = disparity
        # a number needs nothing to be found
        settings = RenderSettings(disparity=source, focus=0.5 if spec is None else spec, device=device)
        with open_clip(pictures) as clip:
            analysis = analyse(clip, settings)
            for note in analysis.notes:
                warnings.warn(note, stacklevel=4)
            with open_clip(pictures) as again:
                maps = np.stack([analysis.disparity.read(one.index, one.pixels) for one in again])
    return _Found(maps, not analysis.steady, None if spec is None else analysis.track)


def _spec(focus: Any) -> str | None:
    """A focus that must be found in the clip, as `--focus` takes it; None for numbers and tracks."""
    if isinstance(focus, str):
        return focus
    if not isinstance(focus, tuple):
        return None
    if len(focus) != 2 or not all(isinstance(one, (int, float, np.number)) for one in focus):
        raise InputError(
            f"focus is {focus!r}: expected a point (x, y) in pixels; one value a frame is a list"
        )
    return f"point:{float(focus[0])},{float(focus[1])}"


def _write(frames: np.ndarray, folder: Path) -> Path:
    """Frames as PNGs of 16 bits."""
    folder.mkdir()
    for index, frame in enumerate(frames):
        codes = np.rint(np.clip(frame[::-1], 0, 1) * 65535).astype(np.uint16).transpose(1, 2, 0)
        file = folder / f"{index:06}.png"
        if not cv2.imwrite(str(file), codes, [cv2.IMWRITE_PNG_COMPRESSION, 1]):
            raise InputError(f"{file}: cannot be written; set TMPDIR to a folder with more room")
    return folder


def _maps(disparity: Any, count: int) -> np.ndarray:
    """(frames, height, width) float32 of maps as Python has them."""
    if isinstance(disparity, (list, tuple)):
        disparity = np.stack([_array(one) for one in disparity])
    maps = _array(disparity)
    if maps.ndim == 2 and count == 1:
        maps = maps[None]
    if maps.dtype.kind in "iu":
        return maps.astype(np.float32) / np.float32(np.iinfo(maps.dtype).max)
    return maps.astype(np.float32)


def _array(values: Any) -> np.ndarray:
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
