"""Rendering lists in the layout of the official release."""

from __future__ import annotations

from pathlib import Path

import pytest

import tiny
from anybokeh import RenderSettings
from anybokeh.cli import main
from anybokeh.errors import InputError
from anybokeh.job.official_jobs import official_jobs


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Two clips of four images, one with its control values in the names of its maps, and their list."""
    for name in ("dancer", "river"):
        (tmp_path / "data" / name).mkdir(parents=True)
        tiny.images(tmp_path / "data" / name / "aif", tiny.pictures(4))
        names = [f"{i}_zf_0.80000_k_64.png" for i in range(4)]
        tiny.maps(tmp_path / "data" / name / "disp", tiny.disparity(4), names)
        (tmp_path / "data" / name / "aif").rename(tmp_path / "data" / f"{name}_frames")
    (tmp_path / "csv").mkdir()
    rows = ["aif_folder,disp_folder,k"]
    rows += ["./data/dancer_frames,./data/dancer/disp,change", "./data/river_frames,./data/river/disp,8"]
    (tmp_path / "csv" / "list.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_every_row_is_a_job(release: Path) -> None:
    jobs = list(official_jobs(release / "csv" / "list.csv", release / "out", RenderSettings()))
    assert [source.name for source, _, _ in jobs] == ["dancer_frames", "river_frames"]
    assert [target for _, target, _ in jobs] == [
        release / "out" / "dancer_frames",
        release / "out" / "river_frames",
    ]
    assert [Path(settings.disparity).parent.name for _, _, settings in jobs] == ["dancer", "river"]
    assert [settings.blur for _, _, settings in jobs] == [None, 8]


def test_the_option_comes_before_the_list(release: Path) -> None:
    jobs = official_jobs(release / "csv" / "list.csv", release / "out", RenderSettings(blur=3))
    assert [settings.blur for _, _, settings in jobs] == [3, 3]


def test_other_inputs_are_one_job(tmp_path: Path) -> None:
    settings = RenderSettings(blur=3)
    assert list(official_jobs(tmp_path / "a.mp4", "b.mp4", settings)) == [
        (tmp_path / "a.mp4", "b.mp4", settings)
    ]


def test_clips_of_one_name_are_refused_before_work(release: Path) -> None:
    rows = ["aif_folder,disp_folder,k"] + ["./data/river_frames,./data/river/disp,8"] * 2
    (release / "csv" / "list.csv").write_text("\n".join(rows))
    with pytest.raises(InputError, match="river_frames"):
        next(official_jobs(release / "csv" / "list.csv", release / "out", RenderSettings()))
    assert not (release / "out").exists()


def test_an_impossible_folder_is_refused(release: Path) -> None:
    (release / "file").touch()
    with pytest.raises(InputError, match="file"):
        next(official_jobs(release / "csv" / "list.csv", release / "file", RenderSettings()))


def test_a_list_is_rendered_with_the_values_in_names(
    release: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(release)
    assert main(["render", "csv/list.csv", "-o", "out", "--json", "--device", "cpu"]) == 0
    assert capsys.readouterr().out.count("\n") == 2
    for name in ("dancer_frames", "river_frames"):
        results = tiny.images_of(release / "out" / name)
        assert len(results) == 4
        for picture, result in zip(tiny.pictures(4), results, strict=True):
            near = slice(None), slice(0, tiny.WIDTH // 4 - 4)  # away from the outline
            assert (picture[near] == result[near]).all()
            assert (picture != result).mean() > 0.3
