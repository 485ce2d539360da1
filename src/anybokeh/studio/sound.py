"""A piece of a clip's sound, as a browser plays it."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError

from anybokeh.errors import InputError

RATE = 48000
LONGEST = 10.0
"""Seconds of a piece."""


def sound_piece(path: Path, start: float, seconds: float) -> bytes | None:
    """The first audio stream from start on as a WAV file, 16 bits, stereo, 48 kHz.

    start: seconds from the first picture. What lies before or after the sound is silent.

    Returns:
        None where the clip has no sound.

    Raises:
        InputError: the piece is too long or begins before the clip, or the file cannot be read.
    """
    if not (0 < seconds <= LONGEST and start >= 0):
        raise InputError(f"{seconds:g} s of sound from {start:g} s: expected up to {LONGEST:g} s from 0 on")
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return None
            samples = _samples(container, _first_picture(container) + start, seconds)
    except (OSError, FFmpegError) as error:
        raise InputError(f"{path}: its sound cannot be read ({error})") from None
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def _first_picture(container: InputContainer) -> float:
    """Its time in seconds of the container."""
    for stream in container.streams.video[:1]:
        if stream.start_time is not None and stream.time_base is not None:
            return float(stream.start_time * stream.time_base)
    return 0.0


def _samples(container: InputContainer, start: float, seconds: float) -> np.ndarray:
    """(samples, 2) int16 from a time of the container on."""
    stream = container.streams.audio[0]
    result = np.zeros((round(seconds * RATE), 2), np.int16)
    container.seek(max(0, int((start - 0.2) * av.time_base)))
    resampler = AudioResampler(format="s16", layout="stereo", rate=RATE)
    for frame in container.decode(stream):
        if frame.time is None or frame.time + frame.samples / frame.sample_rate < start:
            continue
        if frame.time > start + seconds:
            break
        _put(result, frame, resampler, round((frame.time - start) * RATE))
    return result


def _put(result: np.ndarray, frame: AudioFrame, resampler: AudioResampler, place: int) -> None:
    frame.pts = None
    for piece in resampler.resample(frame):
        values = piece.to_ndarray().reshape(-1, 2)
        begin, end = max(0, place), min(len(result), place + len(values))
        if begin < end:
            result[begin:end] = values[begin - place : end - place]
        place += len(values)
