"""`anybokeh doctor`: complete, safe to paste, and not stopped by what it finds."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import anybokeh
from anybokeh.cli import main
from anybokeh.doctor import devices, examining
from anybokeh.doctor.extras import EXTRAS

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    for name in ("ANYBOKEH_CACHE", "ANYBOKEH_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asking for devices, which imports PyTorch."""
    monkeypatch.setitem(examining.PROBES, "devices", dict)


def test_it_says_what_a_bug_report_needs(capsys: pytest.CaptureFixture) -> None:
    assert main(["doctor", "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    report = json.loads(out)
    assert list(report) == list(examining.PROBES)
    assert not [title for title, section in report.items() if "failed" in section]
    assert report["versions"]["anybokeh"].startswith(anybokeh.__version__)
    assert report["versions"]["numpy"][0].isdigit()
    assert report["devices"]["automatic"] in ("cpu", "cuda")
    assert "CPUExecutionProvider" in report["devices"]["ONNX Runtime"]
    assert "libx264" in report["FFmpeg"]["encoders"]


@pytest.mark.usefixtures("quick")
def test_text_has_the_same_and_the_home_folder_is_a_tilde(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "caches" / "anybokeh" / "disparity").mkdir(parents=True)
    (tmp_path / "caches" / "anybokeh" / "disparity" / "a.maps").write_bytes(bytes(3_000_000))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@example.org")
    monkeypatch.setenv("ANYBOKEH_HOME", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "\n  disparity: 3 MB\n" in out
    assert "\n  library: ~/kept/models\n" in out
    assert " in ~\n" in out
    assert str(tmp_path) not in out and "secret" not in out
    assert all(f"\n{title}\n" in f"\n{out}" for title in examining.PROBES)


def test_a_probe_that_fails_says_so_and_the_others_go_on(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYBOKEH_CACHE_MB", "plenty")

    def end() -> dict[str, str]:
        raise RuntimeError("the driver\nis gone")

    monkeypatch.setitem(examining.PROBES, "devices", end)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "  failed: InputError: ANYBOKEH_CACHE_MB is 'plenty'" in out
    assert "devices\n  failed: RuntimeError: the driver is gone\n" in out
    assert "extras\n  torch: " in out


@pytest.mark.parametrize(
    ("part", "says"),
    [("no such", "failed: KeyError: 'no such'"), ("automatic", "no answer after 0 s")],
)
def test_a_device_that_takes_its_process_along_is_told(
    part: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "no answer" in says:
        monkeypatch.setattr(devices, "_PATIENCE", 0)
    monkeypatch.setattr(devices, "PARTS", {part: None})
    assert devices.devices() == {part: says}


def test_every_extra_of_the_package_is_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]) - {"dev", "docs"} == set(EXTRAS)


def test_an_argument_that_it_does_not_know_is_one_line(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["doctor", "now"])
    assert capsys.readouterr().err == "anybokeh doctor: unknown argument 'now' (see anybokeh doctor --help)\n"
