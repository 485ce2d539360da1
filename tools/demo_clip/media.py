"""Encoding: H.264 for what one watches, lossless grey for what one measures, and a quiet sound."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

SOUND_RATE = 48000
SOUND_FRAME = 1024
BT709 = 1


def write_video(
    path: Path, frames: Sequence[np.ndarray], rate: int, *, crf: int, sound: np.ndarray | None = None
) -> None:
    """Write BGR frames (height, width, 3) uint16 as H.264, with AAC sound (channels, samples) if given."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        options = {"crf": str(crf), "preset": "veryslow", "tune": "film"}
        video = file.add_stream("libx264", rate=rate, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        context = video.codec_context
        context.time_base = Fraction(1, rate)
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = context.color_trc = BT709
        audio = None if sound is None else _sound_stream(file)
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="bgr48le")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.time_base = index, Fraction(1, rate)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        if audio is not None and sound is not None:
            for start in range(0, sound.shape[1], SOUND_FRAME):
                chunk = np.ascontiguousarray(sound[:, start : start + SOUND_FRAME])
                frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
                file.mux(audio.encode(frame))
            file.mux(audio.encode())


def write_grey(path: Path, frames: Sequence[np.ndarray], rate: int, *, bits: int) -> None:
    """Write 16-bit frames (height, width) as lossless FFV1, rounded to 8, 10, 12 or 16 bits."""
    height, width = frames[0].shape
    pixel_format = {8: "gray", 10: "gray10le", 12: "gray12le", 16: "gray16le"}[bits]
    with av.open(str(path), "w") as file:
        # many slices: what compresses them has fewer kinds of pixels to learn
        options = {"level": "3", "coder": "range_tab", "context": "1", "g": str(len(frames))}
        options |= {"slices": "48", "slicecrc": "0"}
        stream = file.add_stream("ffv1", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.color_range = ColorRange.JPEG
        for index, values in enumerate(frames):
            rounded = np.rint(values * ((2**bits - 1) / 65535)).astype(np.uint8 if bits == 8 else np.uint16)
            frame = av.VideoFrame(width, height, pixel_format)
            plane = np.frombuffer(frame.planes[0], dtype=rounded.dtype).reshape(height, -1)
            plane[:, :width] = rounded
            frame.color_range = ColorRange.JPEG
            frame.pts, frame.time_base = index, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def evening(seconds: float) -> np.ndarray:
    """Wind, crickets and a soft chord, (2, samples) float32 in [-1, 1], fading in and out."""
    rng = np.random.default_rng(11)
    count = round(seconds * SOUND_RATE)
    time = np.arange(count) / SOUND_RATE
    sound = np.zeros((2, count))
    for side in range(2):
        sound[side] += 0.05 * _rumble(rng, count)
        for tone, level in ((110.0, 0.030), (164.8, 0.022), (220.0, 0.016), (277.2, 0.010)):
            sound[side] += level * np.sin(2 * np.pi * tone * (1 + 0.0008 * side) * time + rng.uniform(0, 6))
        chirp = np.clip(np.sin(2 * np.pi * 3.1 * time + side), 0, 1) ** 6 * np.clip(
            np.sin(2 * np.pi * 31 * time), 0, 1
        )
        sound[side] += 0.012 * chirp * np.sin(2 * np.pi * (4300 + 170 * side) * time)
    fade = np.clip(np.minimum(time, seconds - time) / 0.25, 0, 1)
    return (sound * np.sin(fade * np.pi / 2) ** 2).astype(np.float32)


def _sound_stream(file: av.container.OutputContainer) -> av.AudioStream:
    return file.add_stream("aac", rate=SOUND_RATE, layout="stereo", options={"b": "64k"})


def _rumble(rng: np.random.Generator, count: int) -> np.ndarray:
    """Noise whose power falls with frequency, standard deviation 1."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequency = np.fft.rfftfreq(count, 1 / SOUND_RATE)
    noise = np.fft.irfft(spectrum / (1 + (frequency / 180) ** 2), count)
    return noise / noise.std()
