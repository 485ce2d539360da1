"""Sound, subtitles, chapters and data, copied from the source without encoding them again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard, Stream

from anybokeh.clip import timecode
from anybokeh.clip.clock import CopiedClock
from anybokeh.clip.container import codec_name, opened, pick_stream
from anybokeh.clip.listing import list_frames
from anybokeh.clip.tracks import track_contents

_CONTAINER_TAGS = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "timecode"}
_STREAM_TAGS = {"encoder", "duration", "timecode", "rotate", "vendor_id"}

_MXF_SOUND, _MXF_SOUND_RATE = ("pcm_s16le", "pcm_s24le"), 48000

# QuickTime files know these languages only by their bibliographic codes
_QUICKTIME_LANGUAGES = {"deu": "ger", "nld": "dut", "swe": "sve", "ell": "gre", "isl": "ice", "zho": "chi"}


class StreamCopy:
    """Everything of the source but the main video, written into an output beside the new video.

    notes: one line for each thing that the output's container cannot carry.
    """

    def __init__(self, source: Path, output: OutputContainer) -> None:
        self.notes: list[str] = []
        self._output = output
        self._exit = ExitStack()
        self._container = self._exit.enter_context(opened(source))
        start = self._container.start_time
        self.source_start = None if start is None else Fraction(start, av.time_base)
        self._zero = Fraction(0)
        self._start: Fraction | None = None
        self._end: Fraction | None = None
        self._next: tuple[Fraction, Packet] | None = None
        self._targets: dict[int, Stream] = {}
        self._last: dict[int, int] = {}
        self._main = pick_stream(self._container)
        self._contents = track_contents(source)
        for stream in self._container.streams:
            self._add(stream)
        self._clock = CopiedClock(self._joints(source))
        self._packets = self._shifted()

    def _joints(self, source: Path) -> tuple[tuple[int, Fraction], ...]:
        """Where the clock of the video begins anew; files with an index have one clock."""
        main = self._main
        if main is None or not self._targets or (main.frames and len(main.index_entries) == main.frames):
            return ()
        return list_frames(source, 0).joints

    def _add(self, stream: Stream) -> None:
        main = self._main is not None and stream.index == self._main.index
        # what the demuxer itself discards are chapter titles; chapters and timecode are written anew
        if not (main or stream.discard == Discard.all or is_timecode(stream)):
            if _fits(stream, self._output.format.name):
                self._targets[stream.index] = _template(self._output, stream)
                return
            what = self._contents.get(stream.id) or codec_name(stream) or "unknown"
            kind = f"{stream.type} stream {stream.index} ({what})"
            self.notes.append(f"{kind} is left out: {self._output.format.name} files cannot carry it")
        stream.discard = Discard.all

    def begin(
        self,
        video_stream: Stream,
        first_index: int,
        zero: Fraction,
        start: Fraction | None,
        end: Fraction | None,
    ) -> None:
        """Carry over tags, chapters and the timecode; the output's header must not be written yet.

        first_index: of the first frame to be written. zero: the time on the source's clock that becomes 0.
        start, end: times on the source's clock between which packets must begin to be copied, or None.
        """
        self._zero, self._start, self._end = zero, start, end
        source, main = self._container, self._main
        self._output.metadata.update(_kept(source.metadata, _CONTAINER_TAGS))
        if main is not None:
            video_stream.metadata.update(_kept(main.metadata, _STREAM_TAGS))
            video_stream.disposition = main.disposition
        every = [source.metadata, *(stream.metadata for stream in source.streams)]
        code = next((v for tags in every for k, v in tags.items() if k.lower() == "timecode"), None)
        rate = main.average_rate if main is not None else None
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
        if self._start is not None and self._start > 0 and not self._clock.runs_anew:
            # a little earlier: streams are not interleaved exactly
            self._container.seek(max(0, int((self._start - 2) * av.time_base)))
        for packet in self._container.demux():
            target = self._targets.get(packet.stream_index)
            stamp = packet.pts if packet.pts is not None else packet.dts
            if target is None or stamp is None or packet.size == 0:
                continue
            base = Fraction(packet.time_base)
            moved = self._clock.shift(packet)
            time = stamp * base + moved
            if self._start is not None and time < self._start:
                continue
            if self._end is not None and time >= self._end:
                continue
            shift = round((self._zero - moved) / base)
            if packet.pts is not None:
                packet.pts -= shift
            if packet.dts is not None:
                packet.dts = self._rising(packet.stream_index, packet.dts - shift)
                if packet.pts is not None:
                    packet.pts = max(packet.pts, packet.dts)
            packet.stream = target
            yield time - self._zero, packet

    def _rising(self, index: int, stamp: int) -> int:
        """Muxers refuse decoding times that stand still or run back, which sloppy recordings have."""
        previous = self._last.get(index)
        self._last[index] = stamp if previous is None else max(stamp, previous + 1)
        return self._last[index]

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


def _kept(tags: dict[str, str], dropped: set[str]) -> dict[str, str]:
    return {
        key: value
        for key, value in tags.items()
        if key.lower() not in dropped and not key.startswith(("_STATISTICS", "BPS", "NUMBER_OF_", "DURATION"))
    }


def is_timecode(stream: Stream) -> bool:
    """Whether a stream holds the timecode, which outputs get anew."""
    return stream.type == "data" and "timecode" in stream.metadata


def _template(output: OutputContainer, stream: Stream) -> Stream:
    target = output.add_stream_from_template(stream, opaque=True)
    target.metadata.clear()
    target.metadata.update(_kept(stream.metadata, _STREAM_TAGS))
    language = stream.metadata.get("language", "")
    if output.format.name == "mov" and language in _QUICKTIME_LANGUAGES:
        target.metadata["language"] = _QUICKTIME_LANGUAGES[language]
    target.disposition = stream.disposition
    return target


def _fits(stream: Stream, container: str) -> bool:
    """Whether a header with this stream can be written: the only test that muxers answer truly."""
    # of what FFmpeg does not know it writes a track without a description, which nothing can read
    if codec_name(stream) is None:
        return False
    if container == "mxf":
        # this one writes its header with the first packet of a video
        if not isinstance(stream, AudioStream):
            return False
        return stream.name in _MXF_SOUND and stream.rate == _MXF_SOUND_RATE
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            _template(trial, stream)
            trial.start_encoding()
    except (FFmpegError, ValueError, OSError):
        return False
    return True
