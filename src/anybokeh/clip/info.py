"""What is known of a clip before decoding it, and one decoded frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from anybokeh.clip.exr import ExrHeader
from anybokeh.optics.light import Transfer
from anybokeh.runtime.file_patterns import FilePattern
from anybokeh.settings import Deinterlace, OnDamage

FRAME_RATE = Fraction(24)
"""Of images that say nothing else."""


def exact_seconds(value: float | None) -> Fraction | None:
    """The simple fraction that a number of seconds means, so that float(frame.time) names that very frame."""
    return None if value is None else Fraction(value).limit_denominator(1_000_000)


def rate_of(value: float | Fraction | None) -> Fraction | None:
    """The exact rate that a number of frames a second means: 29.97 is 30000/1001."""
    if value is None or isinstance(value, Fraction):
        return value
    drop = round(value * 1001 / 1000)
    if abs(value - drop * 1000 / 1001) < 0.006 and abs(value - drop) > 0.01:
        return Fraction(drop * 1000, 1001)
    return Fraction(value).limit_denominator(1000)


@dataclass(frozen=True)
class ColourTags:
    """Code points of ITU-T H.273 as ffmpeg numbers them; 2 is unspecified, for the range 0.

    A range of 1 is limited (16 to 235 in 8 bits), 2 is full.
    """

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    range: int = 0


@dataclass(frozen=True)
class LightLevels:
    """Static HDR metadata: the mastering display (CIE 1931 xy, candela per square metre) and the content.

    `primaries` are red, green and blue; `content` is (MaxCLL, MaxFALL). What the source lacks is None.
    """

    primaries: tuple[tuple[Fraction, Fraction], ...] | None = None
    white: tuple[Fraction, Fraction] | None = None
    luminance: tuple[Fraction, Fraction] | None = None
    content: tuple[int, int] | None = None


@dataclass(frozen=True)
class ClipInfo:
    """A clip as it is handed out: upright, on the stored pixel grid.

    width, height: pixels of the frames, after rotation, not stretched by the pixel aspect.
    pixel_aspect: of the upright frame; the displayed width is width * pixel_aspect.
    frame_rate: average frames a second; None for image folders.
    variable_rate: whether frames are unevenly spaced, judged by the container's index where it lists all of
        them, else by the first ones.
    frame_count: of the whole source; see frame_count_exact; None where nothing tells.
    frame_count_exact: False when frame_count was estimated from duration and rate.
    duration: seconds, None for image folders.
    bit_depth: of one component: 8, 10, 12, 16; 32 for EXR floats.
    transfer: what linearises the frames' values.
    colour: the tags as they stand in the file.
    pixel_format: ffmpeg's name for the stored format, or the image type.
    time_base: the unit of the source's time stamps in seconds.
    first_time: of the first frame on the source's own clock, in seconds.
    rotation: degrees counter-clockwise by which the stored frames were turned upright.
    interlaced: the source is interlaced; the frames are deinterlaced.
    chromaticities: CIE 1931 x and y of red, green, blue and white that images name; None is Rec. 709.
    profile: ICC profile of the images, which says the same.
    times: seconds of all frames from the first, where the header tells them; else None.
    numbers: of the images of a sequence, ascending; None for videos and where names carry none.
    padding: digits of these numbers, 0 where they are not padded.
    naming: of the images that are written, where the user chose their names.
    on_damage: whether frames that cannot be decoded end the reading or repeat the one before.
    deinterlace: what was asked for.
    notes: one-line remarks worth telling the user.
    """

    path: Path
    width: int
    height: int
    pixel_aspect: Fraction = Fraction(1)
    frame_rate: Fraction | None = None
    variable_rate: bool = False
    frame_count: int | None = None
    frame_count_exact: bool = False
    duration: float | None = None
    bit_depth: int = 8
    transfer: Transfer = "bt709"
    colour: ColourTags = field(default_factory=ColourTags)
    light_levels: LightLevels | None = None
    pixel_format: str = "rgb24"
    time_base: Fraction | None = None
    first_time: Fraction = Fraction(0)
    rotation: int = 0
    has_alpha: bool = False
    interlaced: bool = False
    codec: str = ""
    audio_streams: int = 0
    subtitle_streams: int = 0
    chromaticities: tuple[float, ...] | None = None
    profile: bytes | None = field(default=None, repr=False)
    times: tuple[Fraction, ...] | None = None
    numbers: tuple[int, ...] | None = None
    padding: int = 0
    naming: FilePattern | None = None
    on_damage: OnDamage = "fail"
    deinterlace: Deinterlace = "auto"
    notes: tuple[str, ...] = ()

    @property
    def rate(self) -> Fraction:
        """Frames a second, of videos on average."""
        return self.frame_rate or (1 / self.time_base if self.time_base else FRAME_RATE)

    @property
    def displayed_width(self) -> float:
        """Width in square pixels."""
        return float(self.width * self.pixel_aspect)


@dataclass(frozen=True)
class Frame:
    """One frame.

    index: counted from the source's first frame, also when reading began later.
    time: seconds from the source's first frame, exact.
    duration: seconds, None where unknown.
    pixels: RGB, (height, width, 3), uint8, or uint16 over the full scale (65535 is white), or float32
        in linear light for EXR.
    alpha: (height, width) of the same type, or None. Integers are not multiplied by it, floats are, as EXR
        defines it.
    header: what an EXR image says of itself.
    repeats: could not be decoded and shows another frame.
    layers: what EXR holds beside the colour, (height, width) float32 by the names of channels.
    """

    index: int
    time: Fraction
    duration: Fraction | None
    pixels: np.ndarray
    alpha: np.ndarray | None = None
    repeats: bool = False
    header: ExrHeader | None = None
    layers: Mapping[str, np.ndarray] | None = None
