"""The frames of a video file by their packets, without decoding."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from anybokeh.clip.clock import Clock
from anybokeh.clip.container import only_stream, opened, pick_index


@dataclass(frozen=True)
class Listing:
    """Time stamps of the frames of a file, ascending, and those of key frames, in ticks of the video stream.

    joints: where its clock begins anew, see `Clock`. timed: False where nothing tells when frames are shown,
    and `times` only counts them.
    """

    times: tuple[int, ...]
    keys: tuple[int, ...]
    joints: tuple[tuple[int, Fraction], ...] = ()
    timed: bool = True


def is_untimed(container: InputContainer, times: list[int | None]) -> bool:
    """Whether packets with these time stamps say nothing of when frames are shown.

    AVI stores no display times, and those that are guessed for it are out of order with B-frames.
    """
    return container.format.name == "avi" or None in times[1:]


def list_frames(path: Path, first: int, end: int | None = None) -> Listing:
    """The frames of the main video from time `first` up to `end`, in ticks; packets are not decoded."""
    if end is not None:
        return _list(path, first, end)
    try:
        state = path.stat()
    except OSError:
        return _list(path, first, None)
    return _whole(path, first, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _whole(path: Path, first: int, size: int, changed: int) -> Listing:
    """Of a file as it is now: several parts of a render ask for it."""
    return _list(path, first, None)


def _list(path: Path, first: int, end: int | None) -> Listing:
    stamps: list[tuple[int | None, int | None, bool]] = []
    with opened(path) as container:
        stream = only_stream(container, pick_index(container))
        clock = Clock(container, stream)
        try:
            for packet in container.demux(stream):
                if not packet.size or packet.is_discard:
                    continue
                clock.set(packet)
                # decoding order never lags behind display order: nothing later can come before the end
                past = end is not None and packet.dts is not None and packet.dts >= end
                if past and not clock.joints:
                    break
                stamps.append(_stamp(packet))
        except FFmpegError:
            pass  # decoding will say what is wrong
        untimed = is_untimed(container, [pts for pts, _, _ in stamps])
        stored = container.format.name == "avi"
    if untimed:
        due = [dts for _, dts, _ in stamps if dts is not None]
        if stored and len(due) == len(stamps) and due == sorted(due):
            return Listing(tuple(dts - due[0] for dts in due), ())
        return Listing(tuple(range(len(stamps))), (), tuple(clock.joints), timed=False)
    shown = [(pts, key) for pts, _, key in stamps if pts is not None and pts >= first]
    times = sorted(pts for pts, _ in shown)
    return Listing(tuple(times), tuple(sorted(pts for pts, key in shown if key)), tuple(clock.joints))


def _stamp(packet: Packet) -> tuple[int | None, int | None, bool]:
    return packet.pts, packet.dts, packet.is_keyframe
