"""A picture of a track over time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from anybokeh.focus.track import FocusTrack
from anybokeh.focus.whole import write_whole

_WIDTH, _PANEL = 1200, 240
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 96, 32, 40, 64, 44
_INK, _GRID, _PAPER = (60, 60, 60), (225, 225, 225), (255, 255, 255)
# Blue, orange, green of the Okabe-Ito palette, which colour-blind readers tell apart; BGR.
_COLOURS = {"focus": (178, 114, 0), "blur": (0, 94, 213), "range": (115, 158, 0)}
_TITLES = {
    "focus": "focus (disparity, 1 nearest)",
    "blur": "blur (K, pixels of a 1024-pixel-wide picture)",
    "range": "focus range (disparity, half-width)",
}
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def plot_track(path: str | Path, track: FocusTrack, times: np.ndarray) -> None:
    """Write a PNG with focus, blur and range over time, one panel each.

    times: (frames,) seconds. Raises InputError when the file cannot be written.
    """
    _, png = cv2.imencode(".png", draw_track(track, times))
    write_whole(Path(path), png.tobytes())


def draw_track(track: FocusTrack, times: np.ndarray) -> np.ndarray:
    """The plot as (height, 1200, 3) uint8 BGR."""
    height = _TOP + 3 * _PANEL + 2 * _GAP + _BOTTOM
    picture = np.full((height, _WIDTH, 3), _PAPER, np.uint8)
    times = np.asarray(times, np.float64)
    for row, name in enumerate(_TITLES):
        values = np.asarray(getattr(track, name), np.float64)
        top = _TOP + row * (_PANEL + _GAP)
        _draw_panel(picture, top, name, times, values, with_times=row == 2)
    return picture


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
    if name == "focus":
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
