"""Writing a track that can be edited and rendered."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh.cli import main
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.job.analysis import Analysis, analyse
from anybokeh.job.tracking import write_track
from anybokeh.settings import RenderSettings
from clip import make


def analysed(clip: Path, settings: RenderSettings) -> Analysis:
    with open_clip(clip) as reader:
        return analyse(reader, settings)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make.video(tmp_path / "a.mp4", tiny.pictures())


@pytest.fixture
def settings(tmp_path: Path) -> RenderSettings:
    """Focus on a surface that comes nearer."""
    rising = tiny.disparity() * np.linspace(0.3, 1, tiny.FRAMES, dtype=np.float32)[:, None, None]
    np.save(tmp_path / "d.npy", rising)
    masks = tiny.masks(tmp_path / "masks")
    return RenderSettings(disparity=tmp_path / "d.npy", focus=f"mask:{masks}", blur=24, focus_range=0.01)


def test_the_track_renders_like_what_it_was_made_of(
    clip: Path, settings: RenderSettings, tmp_path: Path
) -> None:
    write_track(clip, tmp_path / "t.json", settings)
    assert json.loads((tmp_path / "t.json").read_text())["version"] == 1
    first = analysed(clip, settings).track
    edited = RenderSettings(disparity=settings.disparity, track=tmp_path / "t.json")
    again = analysed(clip, edited).track
    assert np.ptp(first.focus) > 0.3
    assert again.focus == pytest.approx(first.focus, abs=0.003)
    assert again.blur.tolist() == [24] * tiny.FRAMES
    assert again.range == pytest.approx(first.range)


def test_command_and_plot(
    clip: Path, settings: RenderSettings, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    arguments = ["track", str(clip), "-o", str(tmp_path / "t.json"), "--plot", str(tmp_path / "t.png")]
    arguments += ["--disparity", str(settings.disparity), "--focus", "point:5,10"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{tmp_path / 't.json'}\n"
    assert cv2.imread(str(tmp_path / "t.png")) is not None
    assert main(arguments) == 2
    assert main([*arguments, "--overwrite"]) == 0


@pytest.mark.parametrize("output", ["a.mp4", "d.npy", "masks", "none/t.json", "old.json"])
@pytest.mark.parametrize("which", ["output", "plot"])
def test_what_cannot_be_written_is_refused_before_work(
    clip: Path, settings: RenderSettings, tmp_path: Path, output: str, which: str
) -> None:
    (tmp_path / "old.json").write_text("mine")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.*")}
    paths: dict = {"output": tmp_path / "t.json", "plot": tmp_path / "t.png"} | {which: tmp_path / output}
    with pytest.raises(InputError):
        write_track(clip, paths["output"], settings, plot=paths["plot"])
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.*")} == before


def test_overwriting_spares_inputs(clip: Path, settings: RenderSettings, tmp_path: Path) -> None:
    (mask,) = tmp_path.glob("masks/00001.png")
    before = clip.read_bytes(), mask.read_bytes()
    for output, plot in ((clip, None), (mask, None), (tmp_path / "t.json", mask)):
        with pytest.raises(InputError, match="input"):
            write_track(clip, output, replace(settings, overwrite=True), plot=plot)
    assert (clip.read_bytes(), mask.read_bytes()) == before


def test_a_plot_does_not_replace_its_track(clip: Path, settings: RenderSettings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="path of its own"):
        write_track(clip, tmp_path / "t.png", settings, plot=tmp_path / "masks" / ".." / "t.png")
    assert not (tmp_path / "t.png").exists()


def test_a_table_renders_like_what_it_was_made_of(
    clip: Path, settings: RenderSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--disparity", str(settings.disparity), "--focus", str(settings.focus), "--blur", "24"]
    assert main(["track", str(clip), "-o", str(tmp_path / "t.csv"), *words]) == 0
    first = analysed(clip, replace(settings, focus_range=None)).track
    again = analysed(clip, RenderSettings(disparity=settings.disparity, track=tmp_path / "t.csv")).track
    for name in ("focus", "blur", "range"):
        assert np.allclose(getattr(again, name), getattr(first, name), atol=1e-6)


def test_the_format_may_be_given_beside_another_suffix(
    clip: Path, settings: RenderSettings, tmp_path: Path
) -> None:
    write_track(clip, tmp_path / "t.txt", settings, format="csv")
    assert (tmp_path / "t.txt").read_text().startswith("frame,focus,blur,range\n0,")
    write_track(clip, tmp_path / "u.txt", settings)
    assert json.loads((tmp_path / "u.txt").read_text())["version"] == 1


def test_timelines_without_their_package_are_refused_at_once(
    clip: Path, settings: RenderSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(InputError, match=r"pip install 'anybokeh\[otio\]'"):
        write_track(clip, tmp_path / "t.otio", settings)
    assert not (tmp_path / "t.otio").exists()
