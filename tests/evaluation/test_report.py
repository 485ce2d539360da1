"""The report on disk, from the command line."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from anybokeh.cli import main
from anybokeh.evaluation.cases import read_case
from anybokeh.evaluation.gallery import contact_sheet
from anybokeh.evaluation.metrics.psnr import psnr

from . import samples

MISSING = "weights not available" if find_spec("torch") else "needs torch"
"""Why there is no LPIPS."""

FEW = "--rivals", "all in focus,GAUSSIAN by depth", "--disparity", "exact"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.benchmark(tmp_path_factory.mktemp("benchmarks") / "bench")


@pytest.fixture(scope="module")
def report(bench: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on two samples and a real clip, with predictions."""
    folder = tmp_path_factory.mktemp("reports")
    real = samples.real_clip(folder / "real")
    predictions = samples.predictions(folder / "made", bench, offset=0.1)
    samples.predictions(folder / "more", bench)
    (folder / "more" / "one").rename(predictions / "real")
    target = folder / "new" / "report"
    arguments = [bench, real, *FEW, "--predictions", f"other={predictions}", "-o", target]
    assert main(["eval", *map(str, arguments)]) == 0
    return target


def digests(report: Path) -> dict[str, str]:
    files = [path for path in sorted(report.rglob("*")) if path.is_file() and "timings" not in path.name]
    return {str(path.relative_to(report)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_report_has_all_its_parts(report: Path) -> None:
    names = {str(path.relative_to(report)) for path in report.rglob("*") if path.is_file()}
    assert {"report.md", "report.json", "timings.md", "timings.json"} <= names
    assert {"sheets/one_exact.png", "sheets/two_exact.png", "sheets/real_given.png"} <= names
    assert {"side_by_side/one_exact.mp4", "side_by_side/real_given.mp4"} <= names
    text = (report / "report.md").read_text()
    for line in text.splitlines():
        for part in line.split("](")[1:]:
            assert (report / part.split(")")[0]).is_file(), part
    assert not list(report.parent.glob(".*"))


def test_figures_in_the_files_agree(report: Path, bench: Path) -> None:
    content = json.loads((report / "report.json").read_text())
    rows = {(r["clip"], r["renderer"], r["metric"]): r for r in content["rows"]}
    facts = read_case(bench / "two", "two").facts
    assert facts.truth is not None
    expected = psnr(facts.aif, facts.truth)
    assert rows["two", "all in focus", "psnr"]["value"] == pytest.approx(expected, abs=1e-3)
    means = {(m["disparity"], m["renderer"], m["metric"]): m for m in content["means"]}
    one = means["exact", "all in focus", "psnr"]
    both = [rows[clip, "all in focus", "psnr"]["value"] for clip in ("one", "two")]
    assert one["mean"] == pytest.approx(np.mean(both), abs=1e-5)
    assert isinstance(one["clips"], int)
    assert one["clips"] == 2 and one["low"] <= one["mean"] <= one["high"]
    assert means["exact", "other", "psnr"]["mean"] == pytest.approx(20, abs=0.2)
    lpips = rows["one", "layered", "lpips"]
    assert lpips["value"] is None and MISSING in lpips["reason"]
    assert f"{one['mean']:.2f} [" in (report / "report.md").read_text()


def test_nothing_but_timings_differs_between_runs(bench: Path, tmp_path: Path) -> None:
    targets = tmp_path / "a", tmp_path / "b"
    for target in targets:
        assert main(["eval", str(bench), *FEW, "-o", str(target), "--seed", "3"]) == 0
    assert digests(targets[0]) == digests(targets[1])
    assert (targets[0] / "timings.json").is_file()
    assert "seconds" not in (targets[0] / "report.json").read_text()


def test_videos_show_everything_side_by_side(report: Path) -> None:
    with av.open(str(report / "side_by_side" / "one_exact.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert video.streams.video[0].average_rate == 24
    assert len(frames) == samples.FRAMES
    # input, truth and five contenders in three columns
    assert frames[0].shape == (3 * samples.HEIGHT, 3 * samples.WIDTH, 3)


def test_sheet_has_the_error_beneath(bench: Path) -> None:
    case = read_case(bench / "one", "one")
    assert case.facts.truth is not None
    brighter = np.clip(case.facts.truth + 0.05, 0, 1)
    sheet = contact_sheet(case, {"perfect": case.facts.truth, "brighter": brighter}).astype(int)
    height, width = samples.HEIGHT, samples.WIDTH
    assert sheet.shape == (2 * height, 4 * width, 3)
    inside = slice(height + 20, 2 * height), slice(2 * width, 3 * width)  # below the name
    assert np.abs(sheet[inside] - 127.5).max() <= 1
    inside = slice(height + 20, 2 * height), slice(3 * width, 4 * width)
    assert np.median(sheet[inside]) == pytest.approx((0.5 + 4 * 0.05) * 255, abs=2)
    truth = np.rint(case.facts.truth[1].transpose(1, 2, 0) * 255)
    assert np.abs(sheet[20:height, width : 2 * width] - truth[20:]).max() <= 1


def test_tables_are_printed(bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["eval", str(bench), *FEW, "-o", str(tmp_path / "r"), "--no-videos"]) == 0
    out, err = capsys.readouterr()
    assert "| PSNR (dB) ↑ |" in out and f"- LPIPS: n/a ({MISSING}" in out
    assert "| seconds a frame | 80x48 |" in out
    assert str(tmp_path / "r") in err
    assert not (tmp_path / "r" / "side_by_side").exists()


def test_an_earlier_report_is_replaced_and_nothing_else(
    bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    target = tmp_path / "r"
    assert main(["eval", str(bench), *FEW, "-o", str(target)]) == 0
    (target / "old").touch()
    assert main(["eval", str(bench), *FEW, "-o", str(target), "--quick"]) == 0
    assert not (target / "old").exists()
    (target / "report.json").unlink()
    capsys.readouterr()
    assert main(["eval", str(bench), *FEW, "-o", str(target)]) == 2
    assert "something else than a report" in capsys.readouterr().err
    assert (target / "report.md").exists()


def zero(bench: Path) -> None:
    (bench / "two" / "bokeh" / "00001.png").write_bytes(b"")


def unequal(bench: Path) -> None:
    (bench / "two" / "bokeh" / "00002.png").unlink()


def other_size(bench: Path) -> None:
    for file in (bench / "two" / "bokeh").iterdir():
        cv2.imwrite(str(file), np.zeros((8, 8, 3), np.uint8))


def nothing(bench: Path) -> None:
    pass


BAD = {
    "no benchmark": (nothing, ["none"], "none: holds no samples"),
    "zero-length frame": (zero, ["bench"], "00001.png"),
    "unequal lengths": (unequal, ["bench"], "bokeh: has 2 frames"),
    "unequal sizes": (other_size, ["bench"], "bokeh: is 8x8"),
    "renderer": (nothing, ["bench", "--renderers", "nosuch"], "nosuch"),
    "rival": (nothing, ["bench", "--rivals", "nosuch"], "rival is 'nosuch'"),
    "disparity": (nothing, ["bench", "--disparity", "guessed"], "disparity is 'guessed'"),
    "nobody": (nothing, ["bench", "--renderers", "none", "--rivals", "none"], "nobody takes part"),
    "twice": (nothing, ["bench", "--predictions", "layered=bench"], "'layered' takes part twice"),
    "predictions": (nothing, ["bench", "--predictions", "a=none"], "none is no folder"),
    "predictions for nothing": (nothing, ["bench", "--predictions", "a=empty"], "one: is missing"),
    "predictions of what": (nothing, ["bench", "--predictions", "a@wild=bench"], "not among --disparity"),
    "seed": (nothing, ["bench", "--seed", "-1"], "seed is -1"),
    "both sizes": (nothing, ["bench", "--quick", "--full"], "not allowed"),
    "report is a file": (nothing, ["bench", "-o", "file"], "file: is a file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    damage, arguments, says = BAD[case]
    samples.benchmark(tmp_path / "bench")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    damage(tmp_path / "bench")
    monkeypatch.chdir(tmp_path)
    defaults = [] if "--disparity" in arguments else ["--disparity", "exact"]
    defaults += [] if "--rivals" in arguments else ["--rivals", "all in focus"]
    defaults += [] if "-o" in arguments else ["-o", "report"]
    before = sorted(tmp_path.iterdir())
    try:
        status = main(["eval", *arguments, *defaults])
    except SystemExit as end:
        status = end.code
    out, err = capfd.readouterr()
    assert status == 2
    assert not out
    assert len(err.splitlines()) == 1 and says in err, err
    assert sorted(tmp_path.iterdir()) == before


def test_without_matplotlib_there_is_a_note_and_no_chart(
    bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("anybokeh.evaluation.charts.find_spec", lambda name: None)
    assert main(["eval", str(bench), *FEW, "-o", str(tmp_path / "r"), "--no-videos"]) == 0
    assert "note: no charts" in capsys.readouterr().err
    assert not (tmp_path / "r" / "plots").exists()


@pytest.mark.slow
def test_charts_are_drawn(report: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("means", "psnr_exact", "timings"):
        picture = cv2.imread(str(report / "plots" / f"{name}.png"))
        assert picture is not None and len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


def test_report_can_be_read_by_others_as_the_umask_says(report: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    assert report.stat().st_mode & 0o777 == 0o777 & ~mask
