"""A picture of a track over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from anybokeh.focus.track import FocusTrack
from anybokeh.runtime.whole_files import write_whole

_WIDTH, _PANEL = 1200, 240
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 96, 32, 40, 64, 44
_INK, _GRID, _PAPER = (60, 60, 60), (225, 225, 225), (255, 255, 255)
# Blue, purple, orange, green of the Okabe-Ito palette, which colour-blind readers tell apart; BGR.
_COLOURS = {
    "focus": (178, 114, 0),
    "confidence": (167, 121, 204),
    "blur": (0, 94, 213),
    "range": (115, 158, 0),
}
_TITLES = {
    "focus": "focus (disparity, 1 nearest)",
    "confidence": "confidence (1 sure, 0 held)",
    "blur": "blur (K, pixels of a 1024-pixel-wide picture)",
    "range": "focus range (disparity, half-width)",
}
_THUMBNAILS = 8
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A frame of the clip for the plot: its time in seconds, and (height, width, 3) uint8 RGB of any size."""

    time: float
    picture: np.ndarray


def plot_track(
    path: str | Path,
    track: FocusTrack,
    times: np.ndarray,
    *,
    confidence: np.ndarray | None = None,
    thumbnails: Sequence[Thumbnail] = (),
) -> None:
    """Write a PNG with focus, confidence, blur and range over time, one panel each, below frames of the clip.

    times: (frames,) seconds. confidence: (frames,) in [0, 1], NaN where nothing was followed; None leaves its
    panel out. Raises InputError when the file cannot be written.
    """
    _, png = cv2.imencode(".png", draw_track(track, times, confidence, thumbnails))
    write_whole(Path(path), png.tobytes())


def draw_track(
    track: FocusTrack,
    times: np.ndarray,
    confidence: np.ndarray | None = None,
    thumbnails: Sequence[Thumbnail] = (),
) -> np.ndarray:
    """The plot as (height, 1200, 3) uint8 BGR."""
    times = np.asarray(times, np.float64)
    rows = {name: np.asarray(getattr(track, name), np.float64) for name in ("focus", "blur", "range")}
    if confidence is not None and not np.isnan(confidence).all():
        known = np.nan_to_num(np.asarray(confidence, np.float64), nan=1.0)
        rows = {"focus": rows.pop("focus"), "confidence": known, **rows}
    strip = _strip(thumbnails, times)
    above = _TOP if strip is None else _GAP // 4 + len(strip) + _GAP
    height = above + len(rows) * _PANEL + (len(rows) - 1) * _GAP + _BOTTOM
    picture = np.full((height, _WIDTH, 3), _PAPER, np.uint8)
    if strip is not None:
        picture[_GAP // 4 : _GAP // 4 + len(strip)] = strip
    for row, (name, values) in enumerate(rows.items()):
        top = above + row * (_PANEL + _GAP)
        _draw_panel(picture, top, name, times, values, with_times=row == len(rows) - 1)
    return picture


def thumbnail_times(times: np.ndarray) -> list[float]:
    """Times (seconds) of the frames that a plot of these times has room for, evenly spread."""
    first, last = float(times[0]), float(times[-1])
    count = min(_THUMBNAILS, len(times))
    return [first + (last - first) * (place + 0.5) / count for place in range(count)]


def _strip(thumbnails: Sequence[Thumbnail], times: np.ndarray) -> np.ndarray | None:
    """(height, 1200, 3) BGR: the thumbnails side by side, each above its time."""
    if not thumbnails:
        return None
    width = (_WIDTH - _LEFT - _RIGHT) // _THUMBNAILS - 4
    pictures = []
    for thumbnail in thumbnails:
        rows, columns = thumbnail.picture.shape[:2]
        # upright pictures are made as high as square ones
        scale = min(width / columns, width / rows)
        size = max(1, round(columns * scale)), max(1, round(rows * scale))
        pictures.append(cv2.resize(thumbnail.picture, size, interpolation=cv2.INTER_AREA)[..., ::-1])
    strip = np.full((max(len(picture) for picture in pictures), _WIDTH, 3), _PAPER, np.uint8)
    first, last = float(times[0]), max(float(times[-1]), float(times[0]) + 1e-3)
    for thumbnail, picture in zip(thumbnails, pictures, strict=True):
        middle = _LEFT + (thumbnail.time - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        left = int(np.clip(round(middle - picture.shape[1] / 2), 0, _WIDTH - picture.shape[1]))
        strip[: len(picture), left : left + picture.shape[1]] = picture
    return strip


def _draw_panel(
    picture: np.ndarray, top: int, name: str, times: np.ndarray, values: np.ndarray, with_times: bool
) -> None:
    left, right, bottom = _LEFT, _WIDTH - _RIGHT, top + _PANEL
    low, high = _value_limits(values, name)
    first, last = float(times[0]), max(float(times[-1]), float(times[0]) + 1e-3)
    _write(picture, _TITLES[name], (left, top - 10), _INK, 0.55)
    for value in ticks(low, high, 5):
        y = round(bottom - (value - low) / (high - low) * _PANEL)
        cv2.line(picture, (left, y), (right, y), _GRID, 1)
        _write(picture, f"{value:.4g}", (left - 10, y + 5), _INK, 0.45, align=1)
    for value in ticks(first, last, 10):
        x = round(left + (value - first) / (last - first) * (right - left))
        cv2.line(picture, (x, top), (x, bottom), _GRID, 1)
        if with_times:
            _write(picture, f"{value:.4g}", (x, bottom + 22), _INK, 0.45, align=0.5)
    if with_times:
        _write(picture, "time (seconds)", ((left + right) // 2, bottom + 48), _INK, 0.5, align=0.5)
    cv2.rectangle(picture, (left, top), (right, bottom), _INK, 1)
    x = left + (times - first) / (last - first) * (right - left)
    y = bottom - (values - low) / (high - low) * _PANEL
    if len(x) == 1:
        x, y = np.array([left, right]), np.repeat(y, 2)
    # Four binary places for anti-aliased positions between pixels.
    points = np.round(np.stack([x, y], axis=1) * 16).astype(np.int32)
    cv2.polylines(picture, [points], False, _COLOURS[name], 2, cv2.LINE_AA, shift=4)


def _value_limits(values: np.ndarray, name: str) -> tuple[float, float]:
    if name in ("focus", "confidence"):
        return 0.0, 1.0
    return 0.0, max(float(values.max()) * 1.15, 0.1 if name == "range" else 1.0)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from low to high, at most about `most` of them, 1, 2 or 5 times a power of ten apart."""
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    start = int(np.ceil(low / step - 1e-9))
    return [round(index * step, 10) for index in range(start, int(np.floor(high / step + 1e-9)) + 1)]


def _write(
    picture: np.ndarray, text: str, at: tuple[int, int], colour: tuple, size: float, align: float = 0
) -> None:
    x, y = at
    x -= round(align * cv2.getTextSize(text, _FONT, size, 1)[0][0])
    cv2.putText(picture, text, (x, y), _FONT, size, colour, 1, cv2.LINE_AA)
