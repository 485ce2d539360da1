"""What a video file holds, from its header and its first frame."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from anybokeh.clip import colour, hdr, siting
from anybokeh.clip import truncation as whole
from anybokeh.clip.clock import is_counted
from anybokeh.clip.container import decode, opened, pick_index, pick_stream
from anybokeh.clip.dolby_vision import dolby_vision, left_out
from anybokeh.clip.field_order import FRAMES, is_progressive
from anybokeh.clip.info import ClipInfo, ColourTags
from anybokeh.clip.joined_files import unread_parts
from anybokeh.clip.listing import is_untimed
from anybokeh.clip.orientation import Orientation, orientation_of
from anybokeh.clip.stereo import stereo_note
from anybokeh.errors import InputError
from anybokeh.runtime.limits import check_frames, check_pixels
from anybokeh.settings import Deinterlace, OnDamage

_PROBED_PACKETS = 64
_FIELD_ORDERS_INTERLACED = (2, 3, 4, 5)


@dataclass(frozen=True)
class VideoSource:
    """A probed video file: what users are shown of it, and what decoding needs.

    never_deinterlaced: its frames are left as they are, whatever their flags say.
    untimed: the packets carry no display times, as in AVI; frames follow at the nominal rate.
    counted: whatever times some of them carry all the same.
    """

    info: ClipInfo
    stream_index: int
    stored_size: tuple[int, int]
    orientation: Orientation
    matrix: int
    full_range: bool
    first_pts: int | None
    tick: Fraction
    left_sited: bool = False
    untimed: bool = False
    counted: bool = False
    decoder: str | None = None
    never_deinterlaced: bool = False


def probe(path: Path, on_damage: OnDamage = "fail", deinterlace: Deinterlace = "auto") -> VideoSource:
    """Look at the container and decode the first frame.

    deinterlace: `auto` what is flagged as interlaced and looks so, `on` everything, `off` nothing.

    Raises InputError unless the file holds a video of which a frame can be decoded.
    """
    with opened(path) as container:
        stream = pick_stream(container)
        if stream is None:
            has = "only sound" if container.streams.audio else "no video"
            raise InputError(f"{path}: holds {has}; expected a video with pictures")
        if stream.codec_context is None:
            raise InputError(f"{path}: its video codec is unknown here; convert it to H.264 or ProRes first")
        _check_whole(path)
        check_pixels(path, stream.codec_context.width, stream.codec_context.height)
        times = _first_times(container, stream)
    with opened(path) as container:
        stream = container.streams[pick_index(container)]
        assert isinstance(stream, VideoStream)
        decoder = _special_decoder(stream)
        decoded = decode(path, container, stream, decoder)
        first = next(decoded, None)
        if first is None:
            raise InputError(f"{path}: no frame of its video can be decoded; the file may be damaged")
        flagged = first.interlaced_frame or stream.codec_context.field_order in _FIELD_ORDERS_INTERLACED
        progressive = flagged and deinterlace == "auto" and _looks_progressive(first, decoded)
        interlaced = deinterlace == "on" or (flagged and deinterlace == "auto" and not progressive)
        source = _describe(path, container, stream, first, times, interlaced, decoder)
        if progressive:
            note = "flagged as interlaced, but its frames are progressive: not deinterlaced"
            source = replace(source, info=replace(source.info, notes=(*source.info.notes, note)))
        source = replace(source, never_deinterlaced=progressive or deinterlace == "off")
        return replace(source, info=replace(source.info, on_damage=on_damage, deinterlace=deinterlace))


def _looks_progressive(first: VideoFrame, decoded: Iterator[VideoFrame]) -> bool:
    try:
        return is_progressive(itertools.chain([first], itertools.islice(decoded, FRAMES - 1)))
    except InputError:
        return False  # reading says where it is damaged


def _check_whole(path: Path) -> None:
    least, size = whole.least_size(path), path.stat().st_size
    if least > size:
        raise InputError(f"{path}: cut short: {size} bytes of {least}; copy or download the file again")


def _first_times(container: InputContainer, stream: VideoStream) -> list[int | None]:
    """Time stamps of the first packets, in ticks."""
    times = []
    try:
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard:
                times.append(packet.dts if container.format.name == "avi" else packet.pts)
            if len(times) >= _PROBED_PACKETS:
                break
    except FFmpegError:
        pass  # decoding will say what is wrong
    return times


def _is_uneven(container: InputContainer, times: list[int | None], stream: VideoStream) -> bool:
    """Whether the first frames are unevenly spaced, or any of them where an index lists all."""
    known = sorted(t for t in times if t is not None)
    # the last ones may still be reordered with frames that were not read
    if _varies(known[: -8 if len(times) == _PROBED_PACKETS else None]):
        return True
    listed = len(stream.index_entries) == stream.frames or container.format.name == "avi"
    return listed and _varies(sorted(entry.timestamp for entry in stream.index_entries))


def _varies(stamps: list[int]) -> bool:
    spacing = [b - a for a, b in itertools.pairwise(stamps)]
    return bool(spacing) and max(spacing) - min(spacing) > 2


def _special_decoder(stream: VideoStream) -> str | None:
    """ffmpeg's own VP8 and VP9 decoders drop the alpha plane; libvpx keeps it."""
    if stream.metadata.get("alpha_mode", stream.metadata.get("ALPHA_MODE")) != "1":
        return None
    return {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)


def _describe(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    first: VideoFrame,
    times: list[int | None],
    interlaced: bool,
    decoder: str | None,
) -> VideoSource:
    context = stream.codec_context
    pixel_format = first.format.name
    tags = ColourTags(
        primaries=first.color_primaries,
        transfer=first.color_trc,
        matrix=first.colorspace,
        range=first.color_range,
    )
    orientation, exact = orientation_of(first)
    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if orientation.transpose:
        width, height, aspect = height, width, 1 / aspect
    tick = stream.time_base or first.time_base or Fraction(1, 90000)
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    duration = _duration(container, stream, tick)
    count, count_exact = _count(stream, rate, duration)
    check_frames(path, count or 0)
    full_range = tags.range == colour.FULL or pixel_format.startswith("yuvj")
    untimed = is_untimed(container, times)
    counted = untimed and is_counted(container)
    stamp = first.pts if first.pts is not None else first.dts
    first_pts = 0 if untimed else stamp
    unread = unread_parts(path)
    notes = [] if unread is None else [unread]
    if not exact:
        notes.append("the rotation tag is not a multiple of 90 degrees and is ignored")
    if interlaced:
        notes.append("interlaced source: deinterlaced (bwdif), one frame for each pair of fields")
    beside = set(hdr.side_data_kinds(first))
    vision = dolby_vision(path)
    if vision is not None or {"DOVI_METADATA", "DOVI_RPU_BUFFER"} & beside:
        notes.append(left_out(vision, colour.transfer_of(tags)))
    if "DYNAMIC_HDR_PLUS" in beside:
        notes.append("dynamic HDR metadata (HDR10+) describes the old frames and is left out")
    if stream.disposition & Disposition.multilayer:
        notes.append("spatial video: the second view is left out")
    stereo = stereo_note(first)
    if stereo is not None:
        notes.append(stereo)
    if not colour.matrix_is_known(tags):
        notes.append(f"colour matrix {tags.matrix} is not supported and is treated as BT.709 or BT.601")
    info = ClipInfo(
        path=path,
        width=width,
        height=height,
        pixel_aspect=aspect,
        frame_rate=rate,
        variable_rate=_is_uneven(container, times, stream),
        frame_count=count,
        frame_count_exact=count_exact,
        duration=duration,
        bit_depth=colour.bit_depth(pixel_format),
        transfer=colour.transfer_of(tags),
        colour=tags,
        light_levels=hdr.light_levels(first),
        pixel_format=pixel_format,
        time_base=tick,
        first_time=((stamp if counted else first_pts) or 0) * tick,
        rotation=orientation.degrees,
        has_alpha=colour.has_alpha(pixel_format),
        interlaced=interlaced,
        codec=context.codec.canonical_name,
        audio_streams=len(container.streams.audio),
        subtitle_streams=len(container.streams.subtitles),
        notes=tuple(notes),
    )
    return VideoSource(
        info=info,
        stream_index=stream.index,
        stored_size=(first.width, first.height),
        orientation=orientation,
        matrix=colour.sws_matrix(tags, first.width, first.height),
        full_range=full_range,
        first_pts=first_pts,
        tick=tick,
        untimed=untimed,
        counted=counted,
        left_sited=siting.must_be_set(first, context.codec.canonical_name),
        decoder=decoder,
    )


def _duration(container: InputContainer, stream: VideoStream, tick: Fraction) -> float | None:
    if stream.duration is not None:
        return float(stream.duration * tick)
    return container.duration / av.time_base if container.duration is not None else None


def _count(stream: VideoStream, rate: Fraction | None, duration: float | None) -> tuple[int | None, bool]:
    """The number of frames, and whether it is exact."""
    if stream.frames and len(stream.index_entries) == stream.frames:
        shown = sum(not entry.is_discard for entry in stream.index_entries)
        return shown, True
    if rate and duration:
        return max(1, round(duration * rate)), False
    return None, False
