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

from anybokeh.clip.info import ClipInfo, ColourTags, Transfer
from anybokeh.clip.siting import LeftSited, is_subsampled
from anybokeh.optics import light, primaries

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

# weights of red and blue in luma, by swscale's number
_LUMA = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}


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
    """Bits of a component, rounded up to 8, 10, 12 or 16; floats count as 16."""
    bits = max(component.bits for component in av.VideoFormat(pixel_format).components)
    return next((depth for depth in (8, 10, 12) if bits <= depth), 16)


def has_alpha(pixel_format: str) -> bool:
    """Whether the format has an alpha component (palettes count only if they are RGBA lists)."""
    return any(component.is_alpha for component in av.VideoFormat(pixel_format).components)


class ToRgb:
    """Converts decoded frames to RGB arrays."""

    def __init__(self, matrix: int, full_range: bool, left_sited: bool = False) -> None:
        """left_sited: the frames do not say where their chroma lies and mean left."""
        self._matrix = matrix
        self._full = full_range
        self._site = LeftSited() if left_sited else None
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """Return RGB (height, width, 3), uint8 or uint16, and alpha (height, width) or None."""
        if self._site is not None:
            frame = self._site(frame)
        name = frame.format.name
        alpha = has_alpha(name)
        if bit_depth(name) == 8:
            pixels = self._reformat(frame, "rgba" if alpha else "rgb24", FULL).to_ndarray()
        elif name.startswith("gbr"):
            pixels = _widened(frame)
        elif frame.format.is_rgb:
            pixels = self._reformat(frame, "rgba64le" if alpha else "rgb48le", FULL).to_ndarray()
        else:
            return self._deep(frame, alpha)
        rgb = np.ascontiguousarray(pixels[..., :3])
        return rgb, np.ascontiguousarray(pixels[..., 3]) if alpha else None

    def _deep(self, frame: VideoFrame, alpha: bool) -> tuple[np.ndarray, np.ndarray | None]:
        """swscale only interpolates chroma here: its deep matrix puts white at 99.6 %."""
        import cv2

        bits = frame.format.components[0].bits
        target = "yuva444p16le" if alpha else "yuv444p16le"
        codes = self._reformat(frame, target, FULL if self._full else LIMITED).to_ndarray(channel_last=True)
        to_yuv = yuv_affine(self._matrix, self._full, bits)
        to_rgb = np.linalg.inv(to_yuv)
        rgb = cv2.transform(np.ascontiguousarray(codes[..., :3]), to_rgb[:3])
        if not alpha:
            return rgb, None
        peak = ((1 << bits) - 1) << (16 - bits)
        opacity = np.minimum(codes[..., 3].astype(np.uint32) * 65535 // peak, 65535)
        return rgb, opacity.astype(np.uint16)

    def _reformat(self, frame: VideoFrame, target: str, value_range: int) -> VideoFrame:
        return self._reformatter.reformat(
            frame,
            format=target,
            interpolation=SCALING,
            src_colorspace=self._matrix,
            dst_colorspace=self._matrix,
            src_color_range=FULL if self._full else LIMITED,
            dst_color_range=value_range,
            threads=1,
        )


def yuv_affine(matrix: int, full_range: bool, bits: int) -> np.ndarray:
    """4 x 4 matrix from full-scale 16-bit RGB to YUV code values of `bits`, shifted up to 16 bits."""
    kr, kb = _LUMA[matrix]
    luma = np.array([kr, 1 - kr - kb, kb])
    rows = np.stack([luma, (np.eye(3)[2] - luma) / (2 - 2 * kb), (np.eye(3)[0] - luma) / (2 - 2 * kr)])
    peak = ((1 << bits) - 1) << (16 - bits)
    scale = [peak, peak, peak] if full_range else [219 << 8, 224 << 8, 224 << 8]
    affine = np.eye(4)
    affine[:3, :3] = rows * np.array(scale)[:, None] / 65535
    affine[:3, 3] = [0 if full_range else 16 << 8, 128 << 8, 128 << 8]
    return affine


def _widened(frame: VideoFrame) -> np.ndarray:
    """Planar RGB of any depth over the full 16-bit scale, (height, width, 3 or 4)."""
    codes = frame.to_ndarray()
    if codes.dtype != np.uint16:
        return (np.clip(codes, 0, 1) * np.float32(65535) + np.float32(0.5)).astype(np.uint16)
    maximum = (1 << frame.format.components[0].bits) - 1
    if maximum == 65535:
        return codes
    return ((codes.astype(np.uint32) * 65535 + maximum // 2) // maximum).astype(np.uint16)


def _rounded(values: np.ndarray) -> np.ndarray:
    """Full-scale 16-bit values as 8 bits."""
    return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


class FromRgb:
    """Converts RGB arrays to frames of the stored format."""

    def __init__(self, pixel_format: str, matrix: int, full_range: bool) -> None:
        self._format = pixel_format
        self._matrix = matrix
        self._full = full_range
        self._site = LeftSited() if is_subsampled(pixel_format) else None
        self._reformatter = VideoReformatter()

    def __call__(self, pixels: np.ndarray, alpha: np.ndarray | None) -> VideoFrame:
        """pixels (height, width, 3) uint8 or uint16; alpha (height, width) of the same type or None."""
        deep = pixels.dtype == np.uint16
        if deep and not av.VideoFormat(self._format).is_rgb:
            return self._deep(pixels, alpha)
        if deep and bit_depth(self._format) == 8:
            # swscale would dither
            deep, pixels, alpha = False, _rounded(pixels), None if alpha is None else _rounded(alpha)
        if self._full and not av.VideoFormat(self._format).is_rgb:
            return self._full_range(pixels, alpha)
        if alpha is not None:
            pixels = np.dstack([pixels, alpha])
        layout = {(False, 3): "rgb24", (False, 4): "rgba", (True, 3): "rgb48le", (True, 4): "rgba64le"}
        source = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=layout[deep, pixels.shape[-1]])
        return self._reformat(source, FULL)

    def _full_range(self, pixels: np.ndarray, alpha: np.ndarray | None) -> VideoFrame:
        """8 bits: swscale's matrix cuts full-range chroma off where it should round it."""
        import cv2

        affine = yuv_affine(self._matrix, True, 8)[:3]
        deep = np.asarray(cv2.transform(pixels.astype(np.uint16) * 257, affine), np.uint16)
        codes = (np.minimum(deep, 0xFF00) + 128 >> 8).astype(np.uint8)
        name = "yuv444p" if alpha is None else "yuva444p"
        codes = codes if alpha is None else np.dstack([codes, alpha])
        return self._reformat(VideoFrame.from_ndarray(codes, format=name, channel_last=True), FULL)

    def _deep(self, pixels: np.ndarray, alpha: np.ndarray | None) -> VideoFrame:
        import cv2

        bits = av.VideoFormat(self._format).components[0].bits
        affine = yuv_affine(self._matrix, self._full, bits)[:3]
        codes = np.asarray(cv2.transform(np.ascontiguousarray(pixels), affine), np.uint16)
        name = "yuv444p16le"
        if alpha is not None:
            peak = ((1 << bits) - 1) << (16 - bits)
            codes = np.dstack([codes, (alpha.astype(np.uint32) * peak // 65535).astype(np.uint16)])
            name = "yuva444p16le"
        source = VideoFrame.from_ndarray(codes, format=name, channel_last=True)
        return self._reformat(source, FULL if self._full else LIMITED)

    def _reformat(self, source: VideoFrame, value_range: int) -> VideoFrame:
        if self._site is not None:
            source = self._site(source)
        return self._reformatter.reformat(
            source,
            format=self._format,
            interpolation=SCALING,
            src_colorspace=self._matrix,
            dst_colorspace=self._matrix,
            src_color_range=value_range,
            dst_color_range=FULL if self._full else LIMITED,
            threads=1,
        )


def linear_floats(
    pixels: np.ndarray, alpha: np.ndarray | None, transfer: Transfer
) -> tuple[np.ndarray, np.ndarray | None]:
    """Encoded integers as linear float32 multiplied by alpha, as EXR wants them; floats pass unchanged."""
    if pixels.dtype == np.float32:
        return pixels, alpha
    table = _linear_table(pixels.dtype.itemsize * 8, transfer)
    if alpha is None:
        return table[pixels], None
    alpha = alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)
    return table[pixels] * alpha[..., None], alpha


@functools.lru_cache(maxsize=2)
def _linear_table(bits: int, transfer: Transfer) -> np.ndarray:
    """Linear light for every code value; PQ in units of 100 candela per square metre."""
    linear = light.decode(np.linspace(0, 1, 1 << bits), transfer)
    return (100 * linear if transfer == "pq" else linear).astype(np.float32)


def encoded_integers(
    pixels: np.ndarray, alpha: np.ndarray | None, chromaticities: tuple[float, ...] | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Linear float32 as sRGB-encoded uint16 not multiplied by alpha; what is beyond [0, 1] is clipped.

    alpha: what the pixels are multiplied by; where it is 0 or less they stay. chromaticities: of the pixels.
    """
    if alpha is not None:
        pixels = pixels / np.where(alpha > 0, alpha, np.float32(1))[..., None]
    matrix = None if chromaticities is None else primaries.conversion(chromaticities)
    if matrix is not None:
        pixels = pixels @ matrix.T
    codes = (light.encode(pixels, "srgb") * 65535 + 0.5).astype(np.uint16)
    return codes, None if alpha is None else (np.clip(alpha, 0, 1) * 65535 + 0.5).astype(np.uint16)


def must_be_converted(info: ClipInfo) -> bool:
    """Whether a video cannot name what an image's values mean, so that they are to be sRGB in it."""
    named = info.colour.primaries != UNSPECIFIED or info.chromaticities is None
    return info.bit_depth < 32 and (not named or info.transfer in ("gamma18", "gamma22"))


def as_srgb(pixels: np.ndarray, info: ClipInfo) -> np.ndarray:
    """Integers of the clip's transfer and primaries as sRGB of the same type; primaries with a code stay."""
    linear = _linear_table(pixels.dtype.itemsize * 8, info.transfer)[pixels]
    unnamed = info.chromaticities is not None and info.colour.primaries == UNSPECIFIED
    matrix = primaries.conversion(info.chromaticities or ()) if unnamed else None
    if matrix is not None:
        linear = linear @ matrix.T
    return (light.encode(linear, "srgb") * np.iinfo(pixels.dtype).max + 0.5).astype(pixels.dtype)
