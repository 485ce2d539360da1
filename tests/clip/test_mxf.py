"""MXF outputs, and animations, which are refused with what to do instead."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

import tiny
from anybokeh.clip import ClipInfo, open_clip, open_writer
from anybokeh.clip.codecs import choose
from anybokeh.errors import InputError

from . import make

RATE = 48000


def copied(source: Path, output: Path, codec: str | None = None) -> tuple[str, ...]:
    with open_clip(source) as clip, open_writer(output, clip.info, source=source, codec=codec) as writer:
        for frame in clip:
            writer.write(frame)
    return writer.notes


def with_sound(source: Path, output: Path, codec: str) -> Path:
    """The video of a clip with a second of PCM beside it."""
    with av.open(str(source)) as clip, av.open(str(output), "w") as container:
        video = container.add_stream_from_template(clip.streams.video[0])
        sound = container.add_stream(codec, RATE, layout="stereo")
        wave = (np.sin(np.arange(2 * RATE) / 20) * 9000).astype(np.int16)[None]
        if codec == "pcm_s24le":
            wave = wave.astype(np.int32) << 16
        frame = AudioFrame.from_ndarray(wave, "s16" if wave.dtype == np.int16 else "s32", "stereo")
        frame.sample_rate = RATE
        for packet in (*sound.encode(frame), *sound.encode(None)):
            container.mux(packet)
        for packet in clip.demux(video=0):
            if packet.size:
                packet.stream = video
                container.mux(packet)
    return output


def test_pictures_are_those_of_a_mov(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(12))
    assert copied(source, tmp_path / "o.mxf") == ()
    copied(source, tmp_path / "o.mov", "prores")
    mxf, mov = tiny.frames_of(tmp_path / "o.mxf"), tiny.frames_of(tmp_path / "o.mov")
    np.testing.assert_array_equal(mxf, mov)
    with open_clip(tmp_path / "o.mxf") as clip:
        info, times = clip.info, [frame.time for frame in clip]
    assert (info.codec, info.bit_depth, info.frame_rate) == ("prores", 10, 25)
    assert times == [Fraction(index, 25) for index in range(12)]


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le"])
def test_uncompressed_sound_is_kept(tmp_path: Path, codec: str) -> None:
    video = make.video(tmp_path / "v.mov", tiny.pictures(25))
    source = with_sound(video, tmp_path / "a.mov", codec)
    assert copied(source, tmp_path / "o.mxf") == ()
    with av.open(str(tmp_path / "o.mxf")) as container:
        assert container.streams.audio[0].name == codec
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    with av.open(str(source)) as container:
        expected = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    np.testing.assert_array_equal(samples, expected)


def test_compressed_sound_is_left_out_with_a_note(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(5), audio=("eng",))
    (note,) = copied(source, tmp_path / "o.mxf")
    assert "audio stream 1 (aac) is left out: mxf" in note


@pytest.mark.parametrize("rate", [Fraction(15), Fraction(24000, 1001)])
def test_only_rates_of_film_and_television_fit(tmp_path: Path, rate: Fraction) -> None:
    info = ClipInfo(tmp_path / "a.mp4", 64, 48, frame_rate=rate, pixel_format="yuv420p")
    if rate == 15:
        with pytest.raises(InputError, match=r"cannot hold 15 frames a second; use \.mov"):
            choose(tmp_path / "o.mxf", info, None, None)
    else:
        assert choose(tmp_path / "o.mxf", info, None, None).name == "prores"
    varying = ClipInfo(tmp_path / "a.mp4", 64, 48, frame_rate=Fraction(25), variable_rate=True)
    with pytest.raises(InputError, match=r"a changing rate; use \.mov"):
        choose(tmp_path / "o.mxf", varying, None, None)


@pytest.mark.parametrize(
    ("name", "instead"),
    [("o.gif", "palettegen"), ("o.webp", ".webm"), ("o.apng", "folder"), ("o.avi", ".mp4")],
)
def test_what_is_not_written_says_what_to_take_instead(tmp_path: Path, name: str, instead: str) -> None:
    with pytest.raises(InputError, match=f"{name}: .*{instead}") as caught:
        choose(tmp_path / name, ClipInfo(tmp_path / "a.mp4", 64, 48), None, None)
    assert "\n" not in str(caught.value)
