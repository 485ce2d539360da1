"""Colour tags, and conversion between stored pixel formats and RGB arrays.

Conversion is swscale's with accurate rounding and full chroma interpolation: without those flags its
fast paths lose 17 dB on a frame that is merely decoded and encoded again.
"""

from __future__ import annotations

import functools

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from anybokeh.clip.info import ColourTags, Transfer

SCALING = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)

LIMITED, FULL = int(ColorRange.MPEG), int(ColorRange.JPEG)
MATRIX_RGB, UNSPECIFIED = 0, 2
SRGB_TAGS = ColourTags(primaries=1, transfer=13, matrix=1, range=LIMITED)

_TRANSFERS: dict[int, Transfer] = {8: "linear", 13: "srgb", 16: "pq", 18: "hlg"}

# H.273 matrix coefficients to the nearest of swscale's
_SWS_MATRIX = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}


def transfer_of(tags: ColourTags) -> Transfer:
    """What linearises a video's values; everything that is not tagged otherwise counts as BT.709."""
    return _TRANSFERS.get(tags.transfer, "bt709")


def sws_matrix(tags: ColourTags, width: int, height: int) -> int:
    """swscale's number of the YUV matrix; untagged clips follow the players' rule, by size."""
    untagged = 1 if width >= 1280 or height > 576 else 5
    return _SWS_MATRIX.get(tags.matrix, untagged)


def matrix_is_known(tags: ColourTags) -> bool:
    """Whether the tagged matrix is one that can be converted exactly."""
    return tags.matrix in _SWS_MATRIX or tags.matrix in (MATRIX_RGB, UNSPECIFIED)


def bit_depth(pixel_format: str) -> int:
    """Bits of a component, rounded up to 8, 10, 12, 16 or 32."""
    bits = max(component.bits for component in av.VideoFormat(pixel_format).components)
    return next(depth for depth in (8, 10, 12, 16, 32) if bits <= depth)


def has_alpha(pixel_format: str) -> bool:
    """Whether the format has an alpha component (palettes count only if they are RGBA lists)."""
    return any(component.is_alpha for component in av.VideoFormat(pixel_format).components)


class ToRgb:
    """Converts decoded frames to RGB arrays."""

    def __init__(self, matrix: int, full_range: bool) -> None:
        self._matrix = matrix
        self._range = FULL if full_range else LIMITED
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """Return RGB (height, width, 3), uint8 or uint16, and alpha (height, width) or None."""
        name = frame.format.name
        if name.startswith("gbr") and bit_depth(name) > 8:
            return _planar_rgb(frame)
        deep, alpha = bit_depth(name) > 8, has_alpha(name)
        target = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
        converted = self._reformatter.reformat(
            frame,
            format=target,
            interpolation=SCALING,
            src_colorspace=self._matrix,
            dst_colorspace=self._matrix,
            src_color_range=self._range,
            dst_color_range=FULL,
            threads=1,
        )
        pixels = converted.to_ndarray()
        if not alpha:
            return np.ascontiguousarray(pixels), None
        return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])


def _planar_rgb(frame: VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Deep RGB needs no matrix, only widening to 16 bits, which swscale would do with less precision."""
    codes = frame.to_ndarray()
    maximum = (1 << frame.format.components[0].bits) - 1
    if codes.dtype != np.uint16:
        codes = np.clip(codes, 0, 1) * np.float32(65535) + np.float32(0.5)
    elif maximum != 65535:
        codes = (codes.astype(np.uint32) * 65535 + maximum // 2) // maximum
    codes = codes.astype(np.uint16)
    alpha = np.ascontiguousarray(codes[..., 3]) if codes.shape[-1] == 4 else None
    return np.ascontiguousarray(codes[..., :3]), alpha


class FromRgb:
    """Converts RGB arrays to frames of the stored format."""

    def __init__(self, pixel_format: str, matrix: int, full_range: bool) -> None:
        self._format = pixel_format
        self._matrix = matrix
        self._range = FULL if full_range else LIMITED
        self._reformatter = VideoReformatter()

    def __call__(self, pixels: np.ndarray, alpha: np.ndarray | None) -> VideoFrame:
        """pixels (height, width, 3) uint8 or uint16; alpha (height, width) of the same type or None."""
        deep = pixels.dtype == np.uint16
        if alpha is not None:
            pixels = np.dstack([pixels, alpha])
        layout = {(False, 3): "rgb24", (False, 4): "rgba", (True, 3): "rgb48le", (True, 4): "rgba64le"}
        source = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=layout[deep, pixels.shape[-1]])
        return self._reformatter.reformat(
            source,
            format=self._format,
            interpolation=SCALING,
            src_colorspace=self._matrix,
            dst_colorspace=self._matrix,
            src_color_range=FULL,
            dst_color_range=self._range,
            threads=1,
        )


def linear_floats(
    pixels: np.ndarray, alpha: np.ndarray | None, transfer: Transfer
) -> tuple[np.ndarray, np.ndarray | None]:
    """Encoded integers as linear float32, as EXR wants them; floats pass unchanged."""
    if pixels.dtype == np.float32:
        return pixels, alpha
    table = _linear_table(pixels.dtype.itemsize * 8, transfer)
    scale = np.float32(np.iinfo(pixels.dtype).max)
    return table[pixels], None if alpha is None else alpha.astype(np.float32) / scale


@functools.lru_cache(maxsize=2)
def _linear_table(bits: int, transfer: Transfer) -> np.ndarray:
    """Linear light for every code value; PQ in units of 100 candela per square metre."""
    v = np.linspace(0, 1, 1 << bits)
    if transfer == "linear":
        linear = v
    elif transfer == "pq":
        power = v ** (32 / 2523)
        linear = 100 * (np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305)
    elif transfer == "hlg":
        linear = np.where(v <= 0.5, v**2 / 3, (np.exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    elif transfer == "srgb":
        linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    else:
        linear = np.where(v < 0.081, v / 4.5, ((v + 0.099) / 1.099) ** (1 / 0.45))
    return linear.astype(np.float32)


def encoded_integers(pixels: np.ndarray, alpha: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Linear float32 as sRGB-encoded uint16; values beyond [0, 1] are clipped."""
    v = np.clip(pixels, 0, 1)
    encoded = np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)
    codes = (encoded * 65535 + 0.5).astype(np.uint16)
    return codes, None if alpha is None else (np.clip(alpha, 0, 1) * 65535 + 0.5).astype(np.uint16)
