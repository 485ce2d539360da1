"""Damaged disparity: what networks that guess depth get wrong, and what the paper trains with.

A network's disparity is soft and displaced at outlines, comes at a low resolution, bulges slowly over
surfaces, changes scale a little from frame to frame, and is stored in 8 bits. Errors of outlines and surfaces
are made of noise that changes slowly over time, as a network's are; scale and shift flicker.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.coc import REFERENCE_WIDTH


@dataclass(frozen=True)
class DamageSettings:
    """How much is wrong. Lengths are pixels of a picture 1024 wide, disparities are parts of [0, 1].

    Attributes:
        blur: standard deviation of the softening.
        shift: outlines are displaced by up to about this much.
        bias: outlines move outwards (positive: near surfaces grow) or inwards by up to this much.
        detail: width in pixels of the picture that a network works at; 0 keeps all detail.
        bulge: standard deviation of slow errors on surfaces.
        flicker: standard deviation of scale and shift from frame to frame.
        bits: of the stored values; 0 does not round.
        band: half-width in disparity around the focus inside which outlines get noise; 0 for none.
        seconds: how long an error of outlines and surfaces lasts.
        chance: share of clips that are damaged at all.
    """

    blur: float = 0.0
    shift: float = 0.0
    bias: float = 0.0
    detail: int = 0
    bulge: float = 0.0
    flicker: float = 0.0
    bits: int = 0
    band: float = 0.0
    seconds: float = 1.0
    chance: float = 1.0

    def __post_init__(self) -> None:
        for name in ("blur", "shift", "bias", "detail", "bulge", "flicker", "bits", "band"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError(f"damage {name} is {value}: expected 0 or more")
        if not 0 <= self.chance <= 1 or not self.seconds > 0:
            raise InputError(
                f"damage chance is {self.chance} and seconds {self.seconds}: expected 0..1 and > 0"
            )


DAMAGES: dict[str, DamageSettings] = {
    "mild": DamageSettings(blur=0.8, shift=1.5, bias=1.0, detail=770, bulge=0.005, flicker=0.002, bits=8),
    "network": DamageSettings(blur=1.5, shift=3, bias=2.5, detail=518, bulge=0.012, flicker=0.006, bits=8),
    "strong": DamageSettings(blur=2.5, shift=6, bias=5, detail=384, bulge=0.03, flicker=0.015, bits=8),
    "paper": DamageSettings(shift=8, bias=6, band=0.1, seconds=0.01, chance=0.5),
}
"""Damages by name; `network` is like Depth Anything on video, `paper` what the second stage trains with."""


def parse_damage(name: str) -> DamageSettings:
    """The damage of a name; InputError if there is none."""
    if name not in DAMAGES:
        raise InputError(f"damage is {name!r}: expected one of {', '.join(DAMAGES)}")
    return DAMAGES[name]


def damage(
    disparity: np.ndarray,
    settings: DamageSettings | None = None,
    seed: int | tuple[int, ...] = 0,
    *,
    focus: np.ndarray | float | None = None,
    rate: float = 24.0,
) -> np.ndarray:
    """Damage the disparity of a clip.

    Args:
        disparity: (frames, height, width) float32 in [0, 1].
        settings: how much; `network` if None.
        seed: decides everything; equal seeds give equal bytes.
        focus: (frames,) or one value, needed by settings with a band.
        rate: frames a second.

    Returns:
        (frames, height, width) float32 in [0, 1].

    Raises:
        InputError: the shape is wrong, or the focus is missing.
    """
    settings = settings or DAMAGES["network"]
    if disparity.ndim != 3 or 0 in disparity.shape:
        raise InputError(f"disparity has shape {disparity.shape}: expected (frames, height, width)")
    if settings.band > 0 and focus is None:
        raise InputError("focus is missing: noise around the focal plane needs it")
    rng = np.random.default_rng(seed)
    frames, height, width = disparity.shape
    if rng.random() >= settings.chance:
        return disparity.astype(np.float32)
    scale = width / REFERENCE_WIDTH
    noise = _Noise(rng, frames, (height, width), settings.seconds * rate)
    result = disparity.astype(np.float32)
    if settings.bias:
        result = _grown(result, rng.uniform(-1, 1) * settings.bias * scale)
    if settings.shift:
        result = _displaced(result, noise, settings.shift * scale)
    if settings.band:
        levels = np.broadcast_to(np.asarray(focus, np.float32), frames)
        result = _frayed(result, disparity, levels, settings.band, noise)
    if settings.detail and settings.detail < REFERENCE_WIDTH:
        result = _coarse(result, settings.detail * scale)
    if settings.blur:
        result = np.stack([cv2.GaussianBlur(one, (0, 0), settings.blur * scale + 0.05) for one in result])
    if settings.bulge:
        result = result + settings.bulge * np.stack([noise.at(i, width / 4, 9) for i in range(frames)])
    if settings.flicker:
        gain = 1 + settings.flicker * rng.standard_normal(frames)
        offset = settings.flicker * rng.standard_normal(frames)
        result = (result - 0.5) * gain[:, None, None] + 0.5 + offset[:, None, None]
    if settings.bits:
        steps = 2**settings.bits - 1
        result = np.rint(np.clip(result, 0, 1) * steps) / steps
    return np.clip(result, 0, 1).astype(np.float32)


class _Noise:
    """Smooth noise in space and time with standard deviation of about 1."""

    def __init__(self, rng: np.random.Generator, frames: int, size: tuple[int, int], lasting: float) -> None:
        self._seed = int(rng.integers(1 << 62))
        self._size = size
        self._lasting = max(lasting, 1.0)
        self._phase = rng.random()

    def at(self, frame: int, cell: float, channel: int) -> np.ndarray:
        """(height, width) float32, with values `cell` pixels apart; channels are independent."""
        moment = frame / self._lasting + self._phase
        first = int(np.floor(moment))
        share = moment - first
        before, after = (self._grid(first + step, cell, channel) for step in (0, 1))
        turn = share * np.pi / 2
        mixed = np.float32(np.cos(turn)) * before + np.float32(np.sin(turn)) * after
        height, width = self._size
        fine = cv2.resize(mixed, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
        start = int(cell)
        return np.ascontiguousarray(fine[start : start + height, start : start + width]) * np.float32(1.4)

    def _grid(self, key: int, cell: float, channel: int) -> np.ndarray:
        rng = np.random.default_rng((self._seed, key, channel))
        shape = tuple(int(np.ceil(side / cell)) + 3 for side in self._size)
        return rng.standard_normal(shape, np.float32)


def _grown(disparity: np.ndarray, pixels: float) -> np.ndarray:
    """Near surfaces grow, or shrink where `pixels` is negative; parts of a pixel are blended."""
    operation = cv2.dilate if pixels > 0 else cv2.erode
    whole, part = int(abs(pixels)), abs(pixels) % 1
    discs = _disc(whole), _disc(whole + 1)
    grown = [(1 - part) * operation(one, discs[0]) + part * operation(one, discs[1]) for one in disparity]
    return np.stack(grown).astype(np.float32)


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _displaced(disparity: np.ndarray, noise: _Noise, pixels: float) -> np.ndarray:
    """Elastic deformation: coarse and fine displacements."""
    height, width = disparity.shape[1:]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    moved = []
    for index, one in enumerate(disparity):
        dx, dy = (
            0.35 * noise.at(index, width / 24, channel) + 0.25 * noise.at(index, width / 96, channel + 1)
            for channel in (0, 2)
        )
        moved.append(
            cv2.remap(
                one,
                x + np.float32(pixels) * dx,
                y + np.float32(pixels) * dy,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )
    return np.stack(moved)


def _frayed(
    moved: np.ndarray, exact: np.ndarray, focus: np.ndarray, band: float, noise: _Noise
) -> np.ndarray:
    """Noise where outlines have moved and disparity is near the focus (paper, training stage 2)."""
    result = moved.copy()
    width = moved.shape[2]
    for index, one in enumerate(result):
        changed = np.abs(moved[index] - exact[index]) > 0.01
        near = np.abs(one - focus[index]) < band
        chosen = changed & near
        fine = noise.at(index, max(width / 128, 2), 7) + 0.5 * noise.at(index, max(width / 256, 2), 8)
        one[chosen] += band * 0.5 * fine[chosen]
    return result


def _coarse(disparity: np.ndarray, columns: float) -> np.ndarray:
    """Down to a network's working size and up again."""
    height, width = disparity.shape[1:]
    small = max(2, round(columns)), max(2, round(columns * height / width))
    return np.stack([
        cv2.resize(cv2.resize(one, small, interpolation=cv2.INTER_AREA), (width, height)) for one in disparity
    ])  # fmt: skip
