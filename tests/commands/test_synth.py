"""`anybokeh synth` from its arguments to its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from anybokeh.cli import main
from anybokeh.synth.sample import read_sample, sample_folders

SMALL = ["--preset", "paper", "--frames", "2", "--size", "64x36"]


def test_samples_are_made_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["synth", str(out), *SMALL, "--count", "2"]) == 0
    assert [folder.name for folder in sample_folders(out)] == ["00000", "00001"]
    assert read_sample(out / "00001").frames.shape == (2, 3, 36, 64)
    assert main(["synth", str(out), *SMALL, "--count", "2"]) == 0
    assert "0 samples made, 2 were there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["out", "--size", "big"], "size is 'big'"),
        (["out", "--size", "4x4"], "size is 4x4"),
        (["out", "--preset", "dream"], "preset is 'dream'"),
        (["out", "--count", "0"], "count is 0"),
        (["out", "--frames", "0"], "frames is 0"),
        (["out", "--seed", "-1"], "seed is -1"),
        (["out", "--library", "nowhere"], "nowhere: is not a folder"),
        (["out", "more"], "one too many"),
        (["fetch"], "fetch has 0 folders"),
        (["missing/out"], "does not exist"),
    ],
)
def test_bad_arguments_are_reported_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["synth", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
