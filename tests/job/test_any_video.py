"""Clips without disparity and without a focus, as they come from a camera."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anybokeh.cli import main
from anybokeh.clip import open_clip
from clip import make
from subject.scenes import HEIGHT, WIDTH, frame, texture


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make.video(tmp_path_factory.mktemp("clip") / "a.mp4", [frame(i) for i in range(14)])


def pixels(path: Path) -> np.ndarray:
    with open_clip(path) as reader:
        return np.stack([one.pixels for one in reader]).astype(int)


def test_nothing_but_a_clip_is_needed(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    options = ["--codec", "ffv1", "--repair", "off", "--grain", "off", "--blur", "64"]
    assert main(["render", str(clip), "-o", str(tmp_path / "o.mkv"), *options]) == 0
    error = capsys.readouterr().err
    # one line says what the disparity is and why
    assert sum("estimate" in line and "no depth network" in line for line in error.splitlines()) == 1
    before, after = pixels(clip), pixels(tmp_path / "o.mkv")
    assert before.shape == after.shape
    # far things, which are at the top, are blurred
    detail = [np.abs(np.diff(one[:, :20], axis=2)).mean() for one in (before, after)]
    assert detail[1] < 0.8 * detail[0]


def test_the_found_focus_can_be_edited(clip: Path, tmp_path: Path) -> None:
    track, plot = tmp_path / "t.json", tmp_path / "p.png"
    command = ["track", str(clip), "-o", str(track), "--plot", str(plot), "--focus", "auto"]
    assert main([*command, "--disparity", "salient", "--focus-speed", "2"]) == 0
    first = json.loads(track.read_text())["keyframes"][0]
    assert 0 <= first["focus"] <= 1
    assert plot.stat().st_size > 0
    assert main(["track", str(clip), "-o", str(tmp_path / "u.json"), "--track", str(track)]) == 0
    assert json.loads((tmp_path / "u.json").read_text())["keyframes"][0] == first


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["black", "cuts", "one"])
def test_difficult_clips(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pictures = {
        "black": [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 5,
        "cuts": [texture(index // 2, HEIGHT, WIDTH) for index in range(9)],
        "one": [frame(0)],
    }[kind]
    clip, output = make.video(tmp_path / "a.mp4", pictures), tmp_path / "o.mp4"
    common = ["render", str(clip), "--disparity", "salient", "--repair", "off"]
    assert main([*common, "-o", str(output)]) == 0
    assert len(pixels(output)) == len(pictures)
    if kind == "black":
        assert "no subject stands out" in capsys.readouterr().err
        # asked for a subject, there must be one
        assert main([*common, "-o", str(tmp_path / "p.mp4"), "--focus", "subject"]) == 2
        error = capsys.readouterr().err.strip().splitlines()
        assert len(error) == 1 and "give --focus a number" in error[0]
        assert not (tmp_path / "p.mp4").exists()


@pytest.mark.parametrize("speed", ["0", "nan", "-1", "1000"])
def test_focus_speeds_out_of_range(
    speed: str, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["render", str(clip), "-o", str(tmp_path / "o.mp4"), f"--focus-speed={speed}"]) == 2
    assert "focus speed" in capsys.readouterr().err


def test_a_second_render_looks_it_up(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    common = ["track", str(clip), "--disparity", "salient", "--focus", "auto"]
    assert main([*common, "-o", str(tmp_path / "1.json")]) == 0
    monkeypatch.setattr("anybokeh.subject.clip_subject.follow_subject", None)
    assert main([*common, "-o", str(tmp_path / "2.json")]) == 0
    assert (tmp_path / "1.json").read_text() == (tmp_path / "2.json").read_text()
