"""Packets of a video as plain values, which can lie on a disk until the whole is put together."""

from __future__ import annotations

import bisect
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

import av
from av.packet import PacketSideData, PktSideDataT

# what belongs to the picture; the rest is statistics of the encoder
_KEPT_SIDE_DATA = ("matroska_block_additional",)


@dataclass(frozen=True)
class PacketEntry:
    """What stands beside a packet's bytes.

    Attributes:
        pts: when it is shown, in ticks.
        duration: in ticks, 0 where unknown.
        size: bytes of the packet itself.
        key: whether decoding can begin with it.
        side: kind and size of each piece of side data; their bytes follow those of the packet.
    """

    pts: int
    duration: int
    size: int
    key: bool
    side: tuple[tuple[str, int], ...] = ()

    @property
    def stored(self) -> int:
        """Bytes of the packet and its side data."""
        return self.size + sum(size for _, size in self.side)


def take_apart(packet: av.Packet) -> tuple[PacketEntry, list[bytes]]:
    """A packet as values and pieces of bytes."""
    side = [piece for piece in packet.iter_sidedata() if piece.data_type in _KEPT_SIDE_DATA]
    pieces = [bytes(packet), *(bytes(piece) for piece in side)]
    kinds = tuple((piece.data_type, len(data)) for piece, data in zip(side, pieces[1:], strict=True))
    assert packet.pts is not None
    entry = PacketEntry(packet.pts, packet.duration or 0, len(pieces[0]), packet.is_keyframe, kinds)
    return entry, pieces


def put_together(entry: PacketEntry, data: bytes, stream: av.VideoStream, tick: Fraction) -> av.Packet:
    """The packet of an entry and its stored bytes, its time stamps still counting from its segment."""
    packet = av.Packet(data[: entry.size])
    packet.stream, packet.time_base = stream, tick
    packet.pts, packet.duration, packet.is_keyframe = entry.pts, entry.duration, entry.key
    begin = entry.size
    for kind, size in entry.side:
        piece = PacketSideData(get_args(PktSideDataT).index(kind), size)  # type: ignore[call-arg]
        piece.update(data[begin : begin + size])
        piece.to_packet(packet)
        begin += size
    return packet


def delay_of(times: list[int]) -> int:
    """Frames by which decoding must run ahead of showing, for times of display in the order of decoding."""
    shown = sorted(times)
    return max((place - bisect.bisect_left(shown, time) for place, time in enumerate(times)), default=0)


class DecodingTimes:
    """When each packet of a clip is decoded: at the times of display, a number of frames before.

    Counted in frames and not in seconds: a frame that is held for long would put all others off by as much.
    """

    def __init__(self, delay: int, step: int) -> None:
        """delay: frames. step: ticks between the packets that come before the first time of display."""
        self._due: deque[int] = deque()
        self._delay, self._step = delay, step

    def of(self, shown: list[int]) -> list[int]:
        """Decoding times in ticks of the next packets, of their ascending times of display."""
        if shown and not self._due:
            self._due.extend(shown[0] - before * self._step for before in range(self._delay, 0, -1))
        self._due.extend(shown)
        return [self._due.popleft() for _ in shown]
