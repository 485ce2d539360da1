"""Pieces of a clip's sound."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh.errors import InputError
from anybokeh.studio.sound import RATE, sound_piece
from clip import make

TONE = 440.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds: a tone that begins after one."""
    file = tmp_path_factory.mktemp("sound") / "tone.mkv"
    with av.open(str(file), "w") as container:
        pictures = container.add_stream("ffv1", 10)
        pictures.width, pictures.height, pictures.pix_fmt = 32, 16, "yuv420p"
        sound = container.add_stream("pcm_s16le", RATE)
        for picture in tiny.pictures(20, 16, 32):
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(pictures.encode(None))
        moments = np.arange(2 * RATE) / RATE
        samples = (np.sin(2 * np.pi * TONE * moments) * 8000 * (moments >= 1)).astype(np.int16)
        for begin in range(0, 2 * RATE, 1200):
            frame = av.AudioFrame.from_ndarray(
                np.repeat(samples[begin : begin + 1200], 2)[None], "s16", "stereo"
            )
            frame.sample_rate, frame.pts = RATE, begin
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return file


def samples_of(data: bytes | None) -> np.ndarray:
    assert data is not None
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).astype(float)


@pytest.mark.parametrize("start", [0.0, 0.51, 0.9])
def test_a_piece_begins_where_it_says(clip: Path, start: float) -> None:
    found = samples_of(sound_piece(clip, start, 1.0))
    assert len(found) == RATE
    begins = int(np.argmax(np.abs(found[:, 0]) > 200)) if np.abs(found).max() > 200 else RATE
    assert begins == pytest.approx((1 - start) * RATE, abs=50)


def test_beyond_the_end_it_is_silent(clip: Path) -> None:
    found = samples_of(sound_piece(clip, 1.5, 1.0))
    assert np.abs(found[: RATE // 4]).max() > 5000
    assert np.abs(found[-RATE // 4 :]).max() == 0


def test_without_sound_there_is_none(tmp_path: Path) -> None:
    assert sound_piece(make.video(tmp_path / "mute.mp4", tiny.pictures(4, 16, 32)), 0, 1) is None


@pytest.mark.parametrize(("start", "seconds"), [(-1, 1), (0, 0), (0, 60)])
def test_pieces_have_bounds(clip: Path, start: float, seconds: float) -> None:
    with pytest.raises(InputError, match="expected up to 10 s"):
        sound_piece(clip, start, seconds)
