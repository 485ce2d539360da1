"""Sound, subtitles, chapters and data, copied from the source without encoding them again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from anybokeh.clip import timecode, video

_CONTAINER_TAGS = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
_STREAM_TAGS = {"encoder", "duration", "timecode", "rotate", "vendor_id"}


class StreamCopy:
    """Everything of the source but the main video, written into an output beside the new video.

    start, end: seconds on the source's own clock between which packets are taken (by the time at which
    they begin), None for all; zero: the source time that becomes the output's time 0.
    """

    def __init__(
        self,
        source: Path,
        output: OutputContainer,
        zero: Fraction,
        start: Fraction | None,
        end: Fraction | None,
    ) -> None:
        self.notes: list[str] = []
        self._zero, self._start, self._end = zero, start, end
        self._output = output
        self._exit = ExitStack()
        self._container = self._exit.enter_context(video.opened(source))
        self._targets: dict[int, Stream] = {}
        self._main = video.pick_index(self._container)
        for stream in self._container.streams:
            if stream.index == self._main:
                stream.discard = av.stream.Discard.all
            else:
                self._add(stream)
        self._packets = self._shifted()
        self._next: tuple[Fraction, Packet] | None = None

    def _add(self, stream: Stream) -> None:
        if stream.name == "tmcd" or stream.metadata.get("timecode") or _is_timecode(stream):
            return  # the timecode travels as a tag of the video, from which the track is made anew
        if not _fits(stream, self._output.format.name):
            kind = f"{stream.type} stream {stream.index} ({stream.name or 'unknown'})"
            self.notes.append(f"{kind} cannot be carried by {self._output.format.name} and is left out")
            stream.discard = av.stream.Discard.all
            return
        target = _template(self._output, stream)
        self._targets[stream.index] = target

    def copy_header(self, video_stream: Stream, first_index: int) -> None:
        """Carry over tags, chapters and the timecode; the output's header must not be written yet."""
        source = self._container
        main = source.streams[self._main]
        self._output.metadata.update(_kept(source.metadata, _CONTAINER_TAGS | {"timecode"}))
        video_stream.metadata.update(_kept(main.metadata, _STREAM_TAGS))
        code = main.metadata.get("timecode") or source.metadata.get("timecode")
        code = code or next(
            (s.metadata["timecode"] for s in source.streams if "timecode" in s.metadata), None
        )
        rate = getattr(main, "average_rate", None)
        if code and rate:
            moved = timecode.advance(code, first_index, rate)
            if moved is None:
                self.notes.append(f"timecode {code} cannot be read and is left out")
            else:
                video_stream.metadata["timecode"] = moved
        chapters = self._chapters()
        if chapters:
            self._output.set_chapters(chapters)

    def _chapters(self) -> list[Any]:
        chapters = []
        for chapter in self._container.chapters():
            base = Fraction(chapter["time_base"] or 1)
            begin, end = chapter["start"] * base, chapter["end"] * base
            if self._end is not None:
                end = min(end, self._end)
            if self._start is not None:
                begin = max(begin, self._start)
            if end > begin:
                moved = {"start": round((begin - self._zero) / base), "end": round((end - self._zero) / base)}
                chapters.append({**chapter, **moved})
        return chapters

    def _shifted(self) -> Iterator[tuple[Fraction, Packet]]:
        """Packets to write, with the output time at which they are due."""
        if not self._targets:
            return
        if self._start is not None and self._start > 0:
            # a little earlier: streams are not interleaved exactly
            self._container.seek(max(0, int((self._start - 2) * av.time_base)))
        for packet in self._container.demux():
            target = self._targets.get(packet.stream_index)
            stamp = packet.pts if packet.pts is not None else packet.dts
            if target is None or stamp is None or packet.size == 0:
                continue
            base = Fraction(packet.time_base)
            time = stamp * base
            if self._start is not None and time < self._start:
                continue
            if self._end is not None and time >= self._end:
                continue
            shift = round(self._zero / base)
            if packet.pts is not None:
                packet.pts -= shift
            if packet.dts is not None:
                packet.dts -= shift
            packet.stream = target
            yield time - self._zero, packet

    def write_until(self, time: Fraction | None) -> None:
        """Write the packets due up to that output time; None for all that are left."""
        while True:
            if self._next is None:
                self._next = next(self._packets, None)
            if self._next is None or (time is not None and self._next[0] > time):
                return
            self._output.mux(self._next[1])
            self._next = None

    def close(self) -> None:
        """Close the source."""
        self._exit.close()


def source_clock(path: Path) -> tuple[Fraction, Fraction]:
    """The source's earliest time and its first video frame's time, on its own clock, in seconds."""
    with video.opened(path) as container:
        start = container.start_time
    source = video.probe(path)
    first = (source.first_pts or 0) * source.tick
    return (Fraction(start, av.time_base) if start is not None else first), first


def _kept(tags: dict[str, str], dropped: set[str]) -> dict[str, str]:
    return {
        key: value
        for key, value in tags.items()
        if key.lower() not in dropped and not key.startswith(("_STATISTICS", "BPS", "NUMBER_OF_", "DURATION"))
    }


def _is_timecode(stream: Stream) -> bool:
    return stream.type == "data" and "timecode" in stream.metadata


def _template(output: OutputContainer, stream: Stream) -> Stream:
    target = output.add_stream_from_template(stream, opaque=True)
    target.metadata = _kept(stream.metadata, _STREAM_TAGS)
    target.disposition = stream.disposition
    return target


def _fits(stream: Stream, container: str) -> bool:
    """Whether a header with this stream can be written: the only test that all muxers answer truly."""
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            _template(trial, stream)
            trial.start_encoding()
    except (av.FFmpegError, ValueError, OSError):
        return False
    return True
