"""Tracks as tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack, combine, read_keyframes, save_track

TIMES = np.arange(40) / 25
TRACK = FocusTrack(
    0.5 + 0.3 * np.sin(np.arange(40)), np.linspace(8, 24, 40), np.where(np.arange(40) < 9, 0.02, 0)
)


def read(path: Path, text: str, frames: int = 6) -> FocusTrack:
    path.write_text(text, encoding="utf-8")
    return combine(frames, read_keyframes(path).evaluate(np.arange(frames) / 24))


def test_a_table_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "track.csv"
    save_track(path, TRACK, TIMES)
    back = combine(40, read_keyframes(path).evaluate(TIMES))
    for name in ("focus", "blur", "range"):
        assert np.allclose(getattr(back, name), getattr(TRACK, name), atol=1e-6)
    lines = path.read_text().splitlines()
    assert lines[0] == "frame,focus,blur,range" and len(lines) == 41
    assert lines[1] == "0,0.5,8,0.02"


@pytest.mark.parametrize(
    "text",
    [
        "frame,focus\n0,0.2\n4,0.6\n",
        "0,0.2\n4,0.6\n",
        "0 0.2\n4 0.6\n",
        "0\t0.2\n4\t0.6\n",
        "Focus;Frame\n0.2;0\n0.6;4\n",
        "\n# from elsewhere\nframe , focus\n 0.0 , 0.2\n\n4.0, 0.6\n",
        "\ufeffframe,focus\r\n0,0.2\r\n4,0.6\r\n",
        'frame,focus,ease\n0,"0.2",linear\n4,0.6,\n',
    ],
)
def test_tables_of_other_programs(text: str, tmp_path: Path) -> None:
    track = read(tmp_path / "t.csv", text)
    assert np.allclose(track.focus, [0.2, 0.3, 0.4, 0.5, 0.6, 0.6], atol=1e-6)
    assert set(track.blur) == {16}


def test_seconds_f_numbers_and_empty_cells(tmp_path: Path) -> None:
    track = read(tmp_path / "t.csv", "time,focus,blur\n0,0.2,8\n0.125,,24\n")
    assert np.allclose(track.focus, 0.2)
    assert track.blur[3] == 24
    path = tmp_path / "f.csv"
    path.write_text("frame,distance,f_number\n0,2.5,1.8\n")
    (keyframe,) = read_keyframes(path).keyframes
    assert keyframe.f_number == 1.8 and keyframe.focus is not None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "holds no lines; expected frame and focus"),
        ("\n# nothing\n", "holds no lines"),
        ("frame,focus\n", "no lines but the names"),
        ("frame,focus\n0,0.5\n1,much\n", "keyframe 2: focus"),
        ("frame,blur\n0,much\n", "line 2: blur 'much', expected a number"),
        ("frame,blur\n0,nan\n", "line 2: blur 'nan', expected a number"),
        ("frame,focus\n0,0.5,3\n", "line 2: has 3 columns, expected frame, focus"),
        ("frame,sharpness\n0,0.5\n", "line 1: column 'sharpness', expected each once of frame, time"),
        ("frame,focus,focus\n0,0.5,3\n", "line 1: column 'focus'"),
        ("frame,focus\n1.5,0.5\n", "keyframe 1: frame 1.5, expected a whole number"),
        ("frame,focus\n0,1.5\n", "keyframe 1: focus"),
        ("focus,blur\n0.5,3\n", "keyframe 1: expected either a time in seconds or a frame index"),
    ],
)
def test_bad_tables_are_refused_in_one_line(text: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=part) as error:
        read(tmp_path / "t.csv", text)
    assert str(error.value).startswith(f"{tmp_path}/t.csv: ") and "\n" not in str(error.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00frame")
    with pytest.raises(InputError, match="is not a track file; expected text"):
        read_keyframes(tmp_path / "t.csv")
