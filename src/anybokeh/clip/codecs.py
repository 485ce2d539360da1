"""Which encoder, pixel format and settings a clip is written with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from anybokeh.clip import colour, hdr
from anybokeh.clip.info import ClipInfo
from anybokeh.clip.sequences import KINDS
from anybokeh.errors import InputError

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
CONTAINERS[".mxf"] = "mxf"
_MXF_RATES = {Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)}
_MXF_RATES |= {rate * Fraction(1000, 1001) for rate in _MXF_RATES if rate % 25}
_INSTEAD = {
    ".gif": "GIFs have 256 colours, which are chosen when the whole clip is known: render to .mp4, then"
    " ffmpeg -i clip.mp4 -filter_complex 'split[a][b];[a]palettegen[p];[b][p]paletteuse' clip.gif",
    ".webp": "an animated WebP is encoded as a whole: render to .webm, or to .mp4 and then ffmpeg -i clip.mp4"
    " -loop 0 clip.webp",
    ".apng": "animated PNGs are not written: give a folder for PNG images",
}
"""What to do for types that cannot be written segment by segment."""
_IMAGES = (*KINDS.values(), "webp")
IMAGE_CODECS = ("png", "tiff", "exr")


@dataclass(frozen=True)
class VideoCodec:
    """One row of the table.

    encoder: ffmpeg's name. containers: suffixes. depths: bits a component, ascending. chroma: the
    subsamplings it stores. options: fixed settings. crf: the visually lossless default, the best and the
    worst value.
    odd: whether 4:2:0 and 4:2:2 take odd sizes. alpha: pixel formats with alpha by depth. opaque: containers
    that lose the alpha. least: smallest width and height.
    """

    encoder: str
    containers: tuple[str, ...]
    depths: tuple[int, ...]
    chroma: tuple[str, ...]
    options: dict[str, str]
    crf: tuple[int, int, int] | None
    odd: bool = False
    alpha: dict[int, str] | None = None
    opaque: tuple[str, ...] = ()
    least: int = 1


_THREADS = "6"
"""Of encoders whose result depends on it, so that it is the same on every machine."""
_FRAME_THREADS = "3"
"""The same of x265, whose threads are counted otherwise."""
_ALL = (".mp4", ".m4v", ".mov", ".mkv")
CODECS = {
    "h264": VideoCodec(
        "libx264",
        _ALL,
        (8, 10),
        ("420", "422", "444"),
        {"preset": "superfast", "threads": _THREADS},
        (10, 0, 51),
    ),
    "hevc": VideoCodec(
        "libx265",
        _ALL,
        (8, 10, 12),
        ("420", "422", "444"),
        {"preset": "ultrafast"},
        (10, 0, 51),
        least=16,
    ),
    "prores": VideoCodec(
        "prores_ks",
        (".mov", ".mkv", ".mxf"),
        (10,),
        ("422", "444"),
        {"vendor": "apl0"},
        None,
        odd=True,
        alpha={10: "yuva444p10le"},
    ),
    "ffv1": VideoCodec(
        "ffv1",
        (".mkv",),
        (8, 16),
        ("rgb",),
        {"level": "3", "slices": "4", "slicecrc": "1"},
        None,
        odd=True,
        alpha={8: "bgra", 16: "gbrap16le"},
    ),
    "vp9": VideoCodec(
        "libvpx-vp9",
        (".webm", ".mkv", ".mp4"),
        (8,),
        ("420", "422", "444"),
        {"deadline": "realtime", "cpu-used": "7", "row-mt": "1", "b": "0"},
        (10, 0, 63),
        odd=True,
        alpha={8: "yuva420p"},
        opaque=(".mp4",),
    ),
    "av1": VideoCodec(
        "libsvtav1", (".mp4", ".mkv", ".webm"), (8, 10), ("420",), {"preset": "10"}, (10, 1, 63)
    ),
}


@dataclass(frozen=True)
class Encoding:
    """How a video file is encoded; `notes` are one-line remarks for the user."""

    name: str
    encoder: str
    container: str
    pixel_format: str
    options: dict[str, str]
    stores_alpha: bool
    notes: tuple[str, ...] = ()

    @property
    def stores_rgb(self) -> bool:
        """Whether values are stored as RGB, without a YUV matrix."""
        return av.VideoFormat(self.pixel_format).is_rgb


def choose(path: Path, info: ClipInfo, codec: str | None, crf: float | None) -> Encoding:
    """Settings for a video file at `path`; raises InputError for what cannot be written."""
    suffix = path.suffix.lower()
    name = codec or _default(suffix, info)
    row = _row(path, name)
    if crf is not None and row.crf is None:
        raise InputError(f"crf {crf}: {name} has no quality setting; leave --crf out or choose --codec h264")
    if crf is not None and row.crf is not None and not row.crf[1] <= crf <= row.crf[2]:
        raise InputError(f"crf {crf}: expected {row.crf[1]} (best) to {row.crf[2]} for {name}")
    if suffix == ".mxf" and (info.variable_rate or info.rate not in _MXF_RATES):
        rate = "a changing rate" if info.variable_rate else f"{float(info.rate):g} frames a second"
        raise InputError(f"{path}: MXF files cannot hold {rate}; use .mov")
    wanted = 16 if info.bit_depth > 16 else info.bit_depth
    depth = next((d for d in row.depths if d >= wanted), row.depths[-1])
    notes = []
    if depth < 10 and info.transfer in ("pq", "hlg"):
        raise InputError(f"{name}: stores {depth} bits, too few for HDR; use --codec hevc, prores or av1")
    if info.bit_depth == 32:
        notes.append("linear light is stored as sRGB, and what is brighter than white is clipped")
    elif depth < wanted:
        notes.append(f"{name} stores {depth} bits of the source's {info.bit_depth}")
    if min(info.width, info.height) < row.least:
        raise InputError(
            f"{info.width}x{info.height}: too small for {name}, which takes {row.least} pixels or more"
            " each way; use --codec h264 or ffv1"
        )
    alpha = info.has_alpha and row.alpha is not None and suffix not in row.opaque
    if info.has_alpha and not alpha:
        where = f" in {suffix}" if row.alpha is not None else ""
        notes.append(f"{name}{where} cannot carry the alpha channel; use --codec prores or ffv1 to keep it")
    if alpha and row.alpha is not None:
        pixel_format = row.alpha[depth]
    else:
        pixel_format = _pixel_format(row, info, depth, notes)
    if info.profile is not None and colour.must_be_converted(info):
        notes.append(
            "videos cannot carry the ICC profile: colours are converted to sRGB, what is beyond it is clipped"
        )
    options = dict(row.options)
    if row.crf is not None:
        options["crf"] = f"{crf if crf is not None else row.crf[0]:g}"
    if name == "prores":
        options["profile"] = "4444" if "444" in pixel_format else "hq"
    if name == "av1":
        # its library prints its settings by itself; only errors remain
        os.environ.setdefault("SVT_LOG", "1")
    if name == "hevc":
        levels = hdr.x265_params(info.light_levels) if info.light_levels else []
        # x265's cutree writes past its buffers where pictures are up to 48 pixels wide
        narrow = ["cutree=0"] if info.width < 64 else []
        options["x265-params"] = ":".join(
            ["log-level=none", f"frame-threads={_FRAME_THREADS}", *narrow, *levels]
        )
    elif info.light_levels is not None:
        notes.append(f"mastering display and content light levels are not carried by {name}")
    return Encoding(name, row.encoder, CONTAINERS[suffix], pixel_format, options, alpha, tuple(notes))


def _default(suffix: str, info: ClipInfo) -> str:
    if suffix == ".mxf":
        return "prores"
    if suffix == ".webm":
        return "av1" if info.bit_depth > 8 and "av1" in available() else "vp9"
    if info.bit_depth > 8:
        return "prores" if suffix == ".mov" else "hevc"
    return "h264"


def _row(path: Path, name: str) -> VideoCodec:
    suffix = path.suffix.lower()
    if suffix in _INSTEAD:
        raise InputError(f"{path}: {_INSTEAD[suffix]}")
    if suffix not in CONTAINERS:
        raise InputError(
            f"{path}: unknown file type {suffix or '(none)'}; expected {', '.join(CONTAINERS)} or a folder"
        )
    if name in IMAGE_CODECS:
        raise InputError(f"codec {name}: writes images; give a folder as output instead of {path.name}")
    if name not in available():
        raise InputError(f"codec {name}: not available; choose one of {', '.join(available())}")
    row = CODECS[name]
    if suffix not in row.containers:
        fitting = [n for n in available() if suffix in CODECS[n].containers]
        raise InputError(
            f"codec {name}: {suffix} files cannot hold it; use {' or '.join(row.containers)},"
            f" or one of {', '.join(fitting)}"
        )
    return row


def available() -> tuple[str, ...]:
    """Names of the codecs that this build of ffmpeg can write."""
    return tuple(name for name, row in CODECS.items() if row.encoder in av.codecs_available)


def _pixel_format(row: VideoCodec, info: ClipInfo, depth: int, notes: list[str]) -> str:
    if row.chroma == ("rgb",):
        return "bgr0" if depth == 8 else "gbrp16le"
    chroma = max(_chroma(info), row.chroma[0])
    if chroma not in row.chroma:
        chroma = row.chroma[-1]
    if not row.odd:
        fitting = "444" if info.width % 2 else "422" if info.height % 2 else "420"
        if fitting > chroma and fitting not in row.chroma:
            raise InputError(
                f"{info.width}x{info.height}: {row.encoder} takes only even sizes; use --codec h264 or ffv1"
            )
        if fitting > chroma:
            chroma = fitting
            notes.append(f"{info.width}x{info.height} is odd: colour is stored as 4:{chroma[1]}:{chroma[2]}")
    return f"yuv{chroma}p" + ("" if depth == 8 else f"{depth}le")


def _chroma(info: ClipInfo) -> str:
    """The smallest of 420, 422 and 444 that keeps the source's colour resolution."""
    if info.pixel_format in _IMAGES:
        return "420"
    stored = av.VideoFormat(info.pixel_format, 16, 16)
    if stored.is_rgb or len(stored.components) < 3:
        return "420"
    if stored.chroma_width(16) == 16:
        return "444"
    return "422" if stored.chroma_height(16) == 16 else "420"


def tags_to_write(info: ClipInfo, encoding: Encoding) -> colour.ColourTags:
    """The source's tags; RGB and images become tagged YUV, and RGB codecs lose the matrix."""
    tags = info.colour
    if info.pixel_format in _IMAGES:
        tags = colour.SRGB_TAGS
        if info.colour.primaries != colour.UNSPECIFIED:
            # those of an ICC profile, which a video can name
            matrix = 9 if info.colour.primaries == 9 else 1
            tags = colour.ColourTags(info.colour.primaries, tags.transfer, matrix, tags.range)
    if encoding.stores_rgb:
        return colour.ColourTags(tags.primaries, tags.transfer, colour.MATRIX_RGB, colour.FULL)
    if tags.matrix == colour.MATRIX_RGB:
        primaries = tags.primaries
        return colour.ColourTags(primaries, tags.transfer, 9 if primaries == 9 else 1, colour.LIMITED)
    return tags
