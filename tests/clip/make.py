"""Small clips made for the tests with PyAV, without anybokeh's own writer."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame


def picture(height: int, width: int, index: int = 0, seed: int = 0) -> np.ndarray:
    """A smooth, colourful picture that moves with the index: (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    noise = rng.random((height + 64, width + 64, 3)).astype(np.float32)
    field = cv2.GaussianBlur(noise, (0, 0), 5)
    field = (field - field.min()) / (field.max() - field.min())
    shift = 2 * index % 64
    return (field[shift : shift + height, shift : shift + width] * 255).astype(np.uint8)


def video(
    path: Path,
    pictures: list[np.ndarray],
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    times: list[int] | None = None,
    time_base: Fraction = Fraction(1, 12800),
    step: int = 512,
    options: dict[str, str] | None = None,
    tags: tuple[int, int, int, int] | None = None,
    rotation: int | None = None,
    mirror: bool = False,
    pixel_aspect: Fraction = Fraction(1),
    audio: tuple[str, ...] = (),
    metadata: dict[str, str] | None = None,
    stream_metadata: dict[str, str] | None = None,
    subtitles: list[tuple[float, float, str]] | None = None,
    chapters: list[tuple[float, float, str]] | None = None,
    beep: float | None = None,
    sound: str = "aac",
) -> Path:
    """Write uint8 or uint16 RGB pictures; `times` are time stamps in units of `time_base`.

    tags: primaries, transfer, matrix, range. audio: one language for each sine
    track by the codec `sound`; `beep` makes it silent but for 20 ms from that time.
    subtitles, chapters: begin, end, text.
    """
    height, width = pictures[0].shape[:2]
    primaries, transfer, matrix, value_range = tags or (2, 2, 2, 0)
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, 25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = time_base
        stream.codec_context.sample_aspect_ratio = pixel_aspect
        stream.codec_context.color_primaries = primaries
        stream.codec_context.color_trc = transfer
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = value_range
        stream.metadata.update(stream_metadata or {})
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirror)
        tracks = [container.add_stream(sound, 48000) for _ in audio]
        for track, language in zip(tracks, audio, strict=True):
            track.metadata["language"] = language
        kind = "subrip" if path.suffix == ".mkv" else "mov_text"
        words = container.add_mux_stream(kind) if subtitles else None
        if words is not None:
            words.metadata["language"] = "fra"
        if chapters:
            container.set_chapters(
                [
                    {
                        "id": i,
                        "start": round(a * 1000),
                        "end": round(b * 1000),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": title},
                    }
                    for i, (a, b, title) in enumerate(chapters)
                ]
            )
        for index, pixels in enumerate(pictures):
            frame = VideoFrame.from_ndarray(pixels, "rgb24" if pixels.dtype == np.uint8 else "rgb48le")
            frame = frame.reformat(
                format=pixel_format,
                src_color_range=2,
                dst_color_range=value_range or 1,
                dst_colorspace={9: 9, 1: 1}.get(matrix, 5),
            )
            frame.pts = times[index] if times else index * step
            frame.time_base = time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        seconds = len(pictures) * step * float(time_base)
        for number, track in enumerate(tracks):
            _sine(container, track, seconds, 220 * (number + 1), beep)
        for begin, end, text in subtitles or []:
            assert words is not None
            data = text.encode() if path.suffix == ".mkv" else len(text).to_bytes(2, "big") + text.encode()
            packet = av.Packet(data)
            packet.stream = words
            packet.time_base = Fraction(1, 1000)
            packet.pts = packet.dts = round(begin * 1000)
            packet.duration = round((end - begin) * 1000)
            container.mux(packet)
    return path


def _sine(
    container: av.container.OutputContainer,
    track: av.AudioStream,
    seconds: float,
    hertz: int,
    beep: float | None = None,
) -> None:
    clock = np.arange(int(seconds * 48000)) / 48000
    wave = (0.2 * np.sin(2 * np.pi * hertz * clock)).astype(np.float32)
    if beep is not None:
        wave *= (clock >= beep) & (clock < beep + 0.02)
    size = track.codec_context.frame_size or 1024
    for begin in range(0, len(wave), size):
        block = np.repeat(wave[None, begin : begin + size], 2, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, begin, Fraction(1, 48000)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))


def loudest(path: Path) -> float:
    """Seconds from the first video frame to where the first sound track becomes loud."""
    with av.open(str(path)) as container:
        origin = next(container.decode(video=0)).time
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.abs(frame.to_ndarray()[0]) > 0.05
            if loud.any():
                return frame.time + np.argmax(loud) / frame.sample_rate - origin
    raise AssertionError("silent")


def packets(path: Path, kind: str) -> list[list[bytes]]:
    """The packets of every stream of that kind."""
    with av.open(str(path)) as container:
        streams = [s for s in container.streams if s.type == kind]
        found: dict[int, list[bytes]] = {s.index: [] for s in streams}
        for packet in container.demux(streams) if streams else ():
            if packet.size:
                found[packet.stream_index].append(bytes(packet))
        return list(found.values())
