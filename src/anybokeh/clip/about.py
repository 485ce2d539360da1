"""All that is understood of a clip, to be shown."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream

from anybokeh.clip import codecs
from anybokeh.clip.container import codec_name, opened, pick_stream
from anybokeh.clip.dolby_vision import dolby_vision
from anybokeh.clip.info import ClipInfo
from anybokeh.clip.outputs import is_folder
from anybokeh.clip.streams import StreamCopy, is_timecode
from anybokeh.clip.times import source_times
from anybokeh.clip.tracks import track_contents
from anybokeh.errors import InputError

_GAP = 1.5
"""A frame that lasts so many times longer than usual is followed by a gap."""
_MOST_GAPS = 20

# code points of ITU-T H.273
_PRIMARIES = {1: "BT.709", 4: "BT.470 M", 5: "BT.601 PAL", 6: "BT.601 NTSC", 7: "SMPTE 240M", 9: "BT.2020"}
_PRIMARIES |= {11: "DCI-P3", 12: "Display P3"}
_TRANSFERS = {1: "BT.709", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601", 8: "linear", 13: "sRGB"}
_TRANSFERS |= {14: "BT.2020, 10 bits", 15: "BT.2020, 12 bits", 16: "PQ", 18: "HLG"}
_MATRICES = {0: "RGB", 1: "BT.709", 5: "BT.601 PAL", 6: "BT.601 NTSC", 7: "SMPTE 240M", 8: "YCgCo"}
_MATRICES |= {9: "BT.2020", 10: "BT.2020, constant luminance", 14: "ICtCp", 15: "IPT-PQ-C2"}
_RANGES = {1: "limited", 2: "full"}


def about(info: ClipInfo, output: Path) -> dict[str, Any]:
    """What was understood of a clip, as JSON knows it.

    Args:
        info: the clip.
        output: where a render would go, whose type decides what is lost.

    Returns:
        `file`, `video`, `colour`, `time`, `streams`, `chapters`, and `notes`: what a render does with it, and
        what its output would lose.

    Raises:
        InputError: the file cannot be read.
    """
    times = source_times(info)
    found: dict[str, Any] = {
        "file": {"path": str(info.path), "container": "images", "bytes": None},
        "video": _video(info),
        "colour": _colour(info),
        "time": _time(info, times),
        "streams": [],
        "chapters": 0,
        "notes": list(info.notes),
    }
    if info.path.is_file():
        found["file"]["bytes"] = info.path.stat().st_size
    if info.frame_rate is not None:
        vision = dolby_vision(info.path)
        found["colour"]["dolby_vision"] = None if vision is None else str(vision)
        with opened(info.path) as container:
            found["file"]["container"] = container.format.name
            found["streams"] = _streams(container, track_contents(info.path))
            found["chapters"] = len(container.chapters())
    found["notes"] += _lost(info, output)
    return found


def _video(info: ClipInfo) -> dict[str, Any]:
    return {
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "pixel_aspect": str(info.pixel_aspect),
        "displayed_width": round(info.displayed_width),
        "rotation": info.rotation,
        "pixel_format": info.pixel_format,
        "bits": info.bit_depth,
        "alpha": info.has_alpha,
        "interlaced": info.interlaced,
    }


def _colour(info: ClipInfo) -> dict[str, Any]:
    tags, levels = info.colour, info.light_levels
    return {
        "primaries": _name(_PRIMARIES, tags.primaries, 2),
        "transfer": _name(_TRANSFERS, tags.transfer, 2),
        "matrix": _name(_MATRICES, tags.matrix, 2),
        "range": _name(_RANGES, tags.range, 0),
        "linearised_as": info.transfer,
        "icc_profile": info.profile is not None,
        "light_levels": None if levels is None else json_of(asdict(levels)),
        "dolby_vision": None,
    }


def _name(names: dict[int, str], code: int, unspecified: int) -> str | None:
    return None if code == unspecified else names.get(code, f"code {code}")


def json_of(value: Any) -> Any:
    """Fractions and tuples as JSON knows them."""
    if isinstance(value, dict):
        return {name: json_of(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [json_of(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, str)) else float(value)


def _time(info: ClipInfo, times: np.ndarray) -> dict[str, Any]:
    lasting = np.diff(times)
    usual = float(np.median(lasting)) if len(lasting) else 1 / float(info.rate)
    gaps = np.flatnonzero(lasting > _GAP * usual)
    # of a changing rate every frame would be one
    steady = len(gaps) <= len(times) / 10
    return {
        "frames": len(times),
        "seconds": round(float(times[-1]) + usual, 6) if len(times) else 0.0,
        "rate": str(info.rate),
        "stamps": "variable" if info.variable_rate else "constant",
        "first": float(info.first_time),
        "gaps": len(gaps) if steady else 0,
        "gaps_at": [round(float(times[index]), 6) for index in gaps[:_MOST_GAPS]] if steady else [],
    }


def _streams(container: InputContainer, contents: dict[int, str]) -> list[dict[str, Any]]:
    main = pick_stream(container)
    return [
        {
            "index": stream.index,
            "kind": stream.type,
            "codec": codec_name(stream),
            "content": contents.get(stream.id),
            "language": stream.metadata.get("language"),
            "title": stream.metadata.get("title") or stream.metadata.get("handler_name"),
            "role": _role(stream, main is not None and stream.index == main.index),
        }
        for stream in container.streams
    ]


def _role(stream: Stream, main: bool) -> str:
    if main:
        return (
            "refocused, the second view is left out"
            if stream.disposition & Disposition.multilayer
            else "refocused"
        )
    if stream.discard == Discard.all:
        return "titles of chapters"
    if is_timecode(stream):
        return "timecode, written anew"
    if stream.disposition & Disposition.attached_pic:
        return "cover picture"
    return "copied where the output can carry it"


def _lost(info: ClipInfo, output: Path) -> list[str]:
    """What an output of this name cannot carry."""
    if is_folder(output):
        return [] if info.frame_rate is None else ["images carry no sound, subtitles and chapters"]
    try:
        notes = list(codecs.choose(output, info, None, None).notes)
    except InputError as error:
        return [str(error)]
    if info.frame_rate is None:
        return notes
    with av.open(io.BytesIO(), "w", format=codecs.CONTAINERS[output.suffix.lower()]) as trial:
        copy = StreamCopy(info.path, trial)
        copy.close()
    return notes + copy.notes
