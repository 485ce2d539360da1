"""Names of results that nobody named."""

from __future__ import annotations

from pathlib import Path

import pytest

from anybokeh.clip.outputs import is_folder
from anybokeh.errors import InputError
from anybokeh.job.default_output import default_output, name_in_batch
from anybokeh.segments.work_folder import folder_of
from anybokeh.settings import RenderSettings


@pytest.mark.parametrize(
    ("input", "codec", "output"),
    [
        ("clip.mp4", None, "clip.bokeh.mp4"),
        ("a.b.MOV", None, "a.b.bokeh.mov"),
        ("clip.mkv", None, "clip.bokeh.mkv"),
        ("clip.webm", None, "clip.bokeh.mp4"),
        ("clip.avi", None, "clip.bokeh.mp4"),
        ("clip.gif", None, "clip.bokeh.mp4"),
        ("clip", None, "clip.bokeh.mp4"),
        ("clip.mp4", "prores", "clip.bokeh.mov"),
        ("clip.mp4", "ffv1", "clip.bokeh.mkv"),
        ("clip.webm", "vp9", "clip.bokeh.mp4"),
        ("clip.mp4", "exr", "clip.bokeh"),
        ("clip.mp4", "nosuch", "clip.bokeh.mp4"),
        ("photo.png", None, "photo.bokeh"),
        ("shot.%04d.exr", None, "shot.bokeh"),
        ("shot_####.png", None, "shot.bokeh"),
        ("*.png", None, "images.bokeh"),
        ("list.csv", None, "list.bokeh"),
        ("frames", None, "frames.bokeh"),
        ("frames/", None, "frames.bokeh"),
        ("frames", "h264", "frames.bokeh.mp4"),
        ("frames/..", None, "here.bokeh"),
    ],
)
def test_it_lies_beside_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, input: str, codec: str | None, output: str
) -> None:
    (tmp_path / "here" / "frames").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    found = default_output(input, RenderSettings(codec=codec))
    assert found.name == output
    assert found.resolve().parent == (tmp_path if input == "frames/.." else tmp_path / "here")
    assert is_folder(found) == (output.endswith(".bokeh"))
    assert default_output(Path.cwd() / input, RenderSettings(codec=codec)).name == output


def test_nothing_is_written_over(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    names = [tmp_path / f"clip.bokeh{number}.mp4" for number in ("", "-2", "-3", "-4")]
    resume, overwrite = RenderSettings(resume=True), RenderSettings(overwrite=True)
    names[0].touch()
    names[1].symlink_to("nowhere")
    assert default_output(clip, RenderSettings()) == names[2]
    assert default_output(clip, resume) == default_output(clip, overwrite) == names[0]
    # an unfinished render of an earlier run
    folder_of(names[2]).mkdir()
    assert default_output(clip, RenderSettings()) == names[3]
    assert default_output(clip, resume) == names[2]


def test_clips_in_stores_need_a_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="-o OUTPUT"):
        default_output("s3://bucket/clip.mp4", RenderSettings())
    assert default_output(f"file://{tmp_path}/a.mp4", RenderSettings()) == tmp_path / "a.bokeh.mp4"


@pytest.mark.parametrize(
    ("input", "name"),
    [
        ("a/clip.mp4", "clip.mp4"),
        ("a/clip.webm", "clip.webm"),
        ("s3://a/clip.avi", "clip.mp4"),
        ("s3://a/frames", "frames"),
        ("photo.jpg", "photo"),
        ("shot.%04d.exr", "shot.%04d.exr"),
    ],
)
def test_names_in_a_folder_of_their_own(input: str, name: str) -> None:
    assert name_in_batch(input) == name


def test_names_that_are_told_from_the_input(tmp_path: Path) -> None:
    (tmp_path / "shot.v2").mkdir()
    assert name_in_batch(tmp_path / "shot.v2", ".bokeh") == "shot.v2.bokeh"
    assert name_in_batch("a/clip.mp4", ".bokeh") == "clip.bokeh.mp4"
