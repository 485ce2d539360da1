"""Video outputs in segments: each encoded by itself, all joined without encoding again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import av

from anybokeh.clip.codecs import Encoding
from anybokeh.clip.encoder import FrameEncoder, PacketFile, tick_of
from anybokeh.clip.info import ClipInfo, Frame
from anybokeh.clip.packets import DecodingTimes, PacketEntry, delay_of, put_together, take_apart
from anybokeh.segments.segment import Segment
from anybokeh.segments.segment_file import Damaged, SegmentFileWriter, read, read_index


class VideoSegmentWriter:
    """Encodes the frames of one segment, so that decoding can begin with it."""

    def __init__(self, path: Path, info: ClipInfo, encoding: Encoding) -> None:
        self._file = SegmentFileWriter(path)
        self._entries: list[PacketEntry] = []
        self._first: Frame | None = None
        self._frames = 0
        self._repeated: list[int] = []
        try:
            self._encoder = FrameEncoder(info, encoding)
        except BaseException:
            self._file.discard()
            raise

    def write(self, frame: Frame) -> None:
        """Encode one frame."""
        self._first = self._first or frame
        self._frames += 1
        if frame.repeats:
            self._repeated.append(frame.index)
        self._store(self._encoder.encode(frame))

    def _store(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            entry, pieces = take_apart(packet)
            self._entries.append(entry)
            for piece in pieces:
                self._file.add(piece)

    def finish(self, number: int) -> Segment:
        """Finish the segment's file."""
        self._store(self._encoder.flush())
        assert self._first is not None
        content: dict[str, Any] = {
            "delay": delay_of([entry.pts for entry in self._entries]),
            "packets": [astuple(entry) for entry in self._entries],
        }
        if self._repeated:
            content["repeated"] = self._repeated
        segment = Segment(number, self._first.index, self._first.time, self._frames, content)
        self._file.finish(segment.as_json())
        return segment

    def discard(self) -> None:
        """Leave nothing."""
        self._file.discard()


def join(
    files: Sequence[tuple[Path, Segment]],
    path: Path,
    info: ClipInfo,
    encoding: Encoding,
    source: Path | None,
    start: float | None,
    end: float | None,
) -> tuple[str, ...]:
    """Write the packets of all segments in their order, with what is copied from the source; returns notes.

    Decoding times are set anew: they trail the sorted times of display by one number of frames for the whole
    clip.
    Raises Damaged where a segment is not what was written.
    """
    out = PacketFile(path, info, encoding, source, start, end)
    try:
        tick = tick_of(info)
        first = files[0][1]
        begin = out.begin(first.index, first.time)
        delay = max(segment.content["delay"] for _, segment in files)
        decoding = DecodingTimes(delay, max(1, round(1 / info.rate / tick)))
        for file, segment in files:
            entries = _entries(file)
            zero = round((segment.time - first.time + begin) / tick)
            due = decoding.of(sorted(zero + entry.pts for entry in entries))
            stored = read(file, [entry.stored for entry in entries])
            for when, entry, data in zip(due, entries, stored, strict=True):
                packet = put_together(entry, data, out.stream, tick)
                packet.pts, packet.dts = zero + entry.pts, when
                out.mux(packet)
        out.finish()
    except BaseException:
        out.discard()
        raise
    return tuple(out.notes)


def _entries(file: Path) -> list[PacketEntry]:
    try:
        packets: list[Any] = read_index(file)["content"]["packets"]
        return [
            PacketEntry(pts, duration, size, key, tuple((kind, length) for kind, length in side))
            for pts, duration, size, key, side in packets
        ]
    except (TypeError, ValueError, KeyError):
        raise Damaged(f"{file}: its index is of another version") from None
