"""Time stamps that only run forward, whatever a file counts.

Recordings that were joined by appending their bytes, and transmissions that were disturbed, begin to count
anew in the middle. There the next frame follows the last one after a frame's duration, as players show it.
"""

from __future__ import annotations

import bisect
from collections import deque
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

_DISCONTINUOUS = ("mpegts", "mpeg")
"""Formats of transmissions, whose clock may jump forward without anything being missing."""
_FARTHEST = 10
"""Seconds that their clock may go ahead between two frames; more is a jump."""
_BACK = Fraction(1, 10)
"""Seconds that a clock may go back by mere sloppiness."""


def is_counted(container: InputContainer) -> bool:
    """Whether frames without time stamps follow each other at the nominal rate.

    Program streams stamp a packet now and then, and what is guessed from those is out of order with B-frames.
    """
    return container.format.name == "mpeg"


class Clock:
    """Puts the packets of a video stream on one clock, in the order in which they lie in the file.

    joints: byte position from which each new count begins, and the seconds to add from there on, ascending.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.joints: list[tuple[int, Fraction]] = []
        self._tick = Fraction(stream.time_base or Fraction(1, av.time_base))
        rate = stream.average_rate or stream.guessed_rate or 25
        self._step = max(1, round(1 / (rate * self._tick)))
        self._jumps = container.format.name in _DISCONTINUOUS
        self._counts = is_counted(container)
        self._shift = 0
        self._last: int | None = None
        self._latest: int | None = None
        self._due: int | None = None
        self._position = 0

    def set(self, packet: Packet) -> None:
        """Move a packet's time stamps; those of packets without bytes stay."""
        if not packet.size:
            return
        self._position = packet.pos if packet.pos is not None and packet.pos >= 0 else self._position
        if packet.pts is not None and self._latest is not None and self._is_joint(packet):
            self._shift = self._latest + self._step - packet.pts
            self.joints.append((self._position, self._shift * self._tick))
            self._last = self._due = None
        packet.pts = None if packet.pts is None else packet.pts + self._shift
        packet.dts = None if packet.dts is None else packet.dts + self._shift
        if packet.dts is not None:
            self._last = packet.dts
        elif self._counts and self._last is not None:
            self._last += self._step
        self._count(packet)

    def _count(self, packet: Packet) -> None:
        """Note until when frames are shown: by their stamps, and by their number where some have none."""
        self._due = packet.pts if self._due is None else self._due + self._step
        told = packet.pts if packet.pts is not None or not self._counts else self._due
        if told is not None:
            self._latest = told if self._latest is None else max(self._latest, told)

    def _is_joint(self, packet: Packet) -> bool:
        assert packet.pts is not None and self._latest is not None
        back = _BACK / self._tick
        if self._jumps and packet.dts is not None and self._last is not None:
            ahead = packet.dts + self._shift - self._last
            return ahead < -back or ahead > _FARTHEST / self._tick
        # decoding times are not stored everywhere, but nothing that follows a key frame is shown before it
        return packet.is_keyframe and packet.pts + self._shift < self._latest - back


class CopiedClock:
    """Puts the packets of all streams on the clock of the video, whose joints are known."""

    def __init__(self, joints: tuple[tuple[int, Fraction], ...]) -> None:
        self._positions = [position for position, _ in joints]
        self._shifts = [Fraction(0), *(shift for _, shift in joints)]
        self._last: dict[int, int] = {}

    @property
    def runs_anew(self) -> bool:
        """Whether there are joints, so that times do not lead to places in the file."""
        return bool(self._positions)

    def shift(self, packet: Packet) -> Fraction:
        """Seconds to add to a packet's time stamps."""
        known = packet.pos is not None and packet.pos >= 0
        position = packet.pos if known else self._last.get(packet.stream_index, 0)
        assert position is not None
        self._last[packet.stream_index] = position
        return self._shifts[bisect.bisect_right(self._positions, position)]


class StoredOrder:
    """Times of display for a stream that stores only when packets are decoded, as AVI does.

    Frames leave a decoder in the order of display, one for each packet, and take the packets' times in turn.
    Where a packet was left out to hold the frame before it, the times show it.
    """

    def __init__(self) -> None:
        self._times: deque[int | None] = deque()

    def stored(self, packet: Packet) -> None:
        """The next packet, before it is decoded."""
        self._times.append(packet.dts)

    def failed(self) -> None:
        """It cannot be decoded and becomes no frame."""
        if self._times:
            self._times.pop()

    def next(self) -> int | None:
        """Time of the next frame in ticks; None where nothing tells."""
        return self._times.popleft() if self._times else None
