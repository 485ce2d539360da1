"""What is published: one version everywhere, packages that are small and come out the same."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

import anybokeh

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _tool(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(ROOT / "tools")
    return runpy.run_path(str(ROOT / "tools" / f"{name}.py"))


def test_changelog_and_citation_tell_the_version_and_its_date() -> None:
    assert "version" in PROJECT["dynamic"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    assert latest is not None and latest[1] == anybokeh.__version__
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], str(citation["date-released"])) == latest.groups()
    assert citation["license"] == PROJECT["license"]


def test_python_runs_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "anybokeh", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"anybokeh {anybokeh.__version__}\n")


def test_types_are_told() -> None:
    assert (Path(anybokeh.__file__).parent / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_the_manual_page_has_every_command_and_option(monkeypatch: pytest.MonkeyPatch) -> None:
    from anybokeh.cli import make_parser

    page = _tool("make_man_page", monkeypatch)["man_page"]()
    assert page.startswith(f'.TH ANYBOKEH 1 "" "anybokeh {anybokeh.__version__}"')
    _, names = make_parser()
    assert all(f"\n.SS {name}\n" in page for name in names)
    assert ".SS models verify\n" in page
    assert "\n\\fB\\-\\-cats\\-eye\\fR \\fI0..1\\fR\n" in page
    assert "\n\\fB\\-\\-device\\fR \\fIauto|cpu|webgpu|cuda|mps\\fR\n" in page
    assert "\n\\fBINPUT\\fR\n" in page
    # lines that begin so are read as commands, and unknown ones vanish
    commands = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert commands == {".TH", ".SH", ".SS", ".TP", ".B"}


def test_addresses_that_are_not_filled_in_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unfilled = _tool("check_build", monkeypatch)["unfilled"]
    (tmp_path / "comfyui").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    nodes = tmp_path / "comfyui" / "pyproject.toml"
    nodes.write_text('[project.urls]\nRepository = "https://a.b"\n[tool.comfy]\nPublisherId = ""\n')
    assert unfilled(tmp_path) == [
        "pyproject.toml project.urls.Repository",
        "comfyui/pyproject.toml tool.comfy.PublisherId",
    ]
    (tmp_path / "pyproject.toml").write_text('[project.urls]\nRepository = "https://a.b"\n')
    nodes.write_text(nodes.read_text().replace('""', '"somebody"'))
    assert unfilled(tmp_path) == []


def test_builds_are_compared(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    judge = _tool("check_build", monkeypatch)["judge"]
    wheel, nano, source = (
        "anybokeh-1-py3-none-any.whl",
        "anybokeh_nano-1-py3-none-any.whl",
        "anybokeh-1.tar.gz",
    )
    good = {wheel: b"a", nano: bytes(6_000_000), source: bytes(6_000_000)}
    assert judge(good, dict(good)) == 0
    assert judge(good, good | {source: b"b"}) == 1
    assert judge(good, {wheel: b"a", nano: good[nano]}) == 1
    large = good | {wheel: bytes(5_000_001)}
    assert judge(large, dict(large)) == 1
    out = capsys.readouterr().out
    assert out.count("BUILT DIFFERENTLY") == 2 and out.count("TOO LARGE") == 1


@pytest.mark.slow
def test_two_builds_are_the_same_and_small(tmp_path: Path) -> None:
    missing = [name for name in ("build", "hatchling") if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    if not (ROOT / ".git").exists():
        pytest.skip("needs a checkout of git")
    command = [sys.executable, str(ROOT / "tools" / "check_build.py"), "--into", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    built = {file.name for file in tmp_path.iterdir()}
    name = f"anybokeh-{anybokeh.__version__}"
    assert {f"{name}-py3-none-any.whl", f"{name}.tar.gz"} < built
    assert len(built) == 4
