"""What the docs name is there: files of the repository, names of the package, fields, commands."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
from pathlib import Path

import pytest

from anybokeh.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if page.name != "CHANGELOG.md"
)
HOMES = (
    ROOT,
    ROOT / "src" / "anybokeh",
    *(path for path in (ROOT / "src" / "anybokeh").iterdir() if path.is_dir()),
)
"""Folders that paths in the docs count from."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def _names(text: str) -> set[str]:
    """Dotted names of the package, in code spans and in imports of Python blocks."""
    found = set(re.findall(r"`(anybokeh(?:\.\w+)+)", text)) | set(
        re.findall(r"^::: (\S+)", text, re.MULTILINE)
    )
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("anybokeh"):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _paths(text: str) -> set[str]:
    """Paths with a folder in them, and Python files, in code spans."""
    spans = re.findall(r"`([\w./-]+)`", text)
    inside = ("src/", "docs/", "tests/", "benchmarks/", "examples/", "tools/")
    named = re.findall(r"\b((?:benchmarks|tools)/\w+\.py)", text)
    return {span for span in spans if span.startswith(inside) or span.endswith(".py")} | set(named)


def _is_there(name: str) -> bool:
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_the_search_finds_what_it_should() -> None:
    block = "```python\nfrom anybokeh.clip import open_clip\n```\n"
    text = f"`anybokeh.render.Renderer` in `render/layered.py`\n{block}"
    assert _names(text) == {"anybokeh.render.Renderer", "anybokeh.clip.open_clip"}
    assert _paths(text) == {"render/layered.py"}
    assert _is_there("anybokeh.render.Renderer")
    assert not _is_there("anybokeh.render.Nothing") and not _is_there("anybokeh.nothing")


@pages
def test_names_are_there(page: Path) -> None:
    assert not [name for name in _names(page.read_text(encoding="utf-8")) if not _is_there(name)]


@pages
def test_files_are_there(page: Path) -> None:
    paths = {
        path
        for path in _paths(page.read_text(encoding="utf-8"))
        if "NAME" not in path and "/FILE" not in path
    }
    assert not [path for path in paths if not any((home / path).exists() for home in HOMES)]


@pages
def test_commands_have_good_arguments(page: Path, capsys: pytest.CaptureFixture) -> None:
    blocks = re.findall(r"^```\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    for line in lines:
        command = line.partition(" #")[0].strip()
        if not command.startswith("anybokeh "):
            continue
        # what is unknown is complained of only when all else was understood
        with pytest.raises(SystemExit):
            main([*shlex.split(command)[1:], "--surely-unknown"])
        assert "unknown argument '--surely-unknown'" in capsys.readouterr().err, command


@pytest.mark.parametrize("module", ["anybokeh", "anybokeh.render", "anybokeh.disparity", "anybokeh.models"])
def test_public_names_have_a_page(module: str) -> None:
    page = ROOT / "docs" / "api" / f"{module.rpartition('.')[2]}.md"
    assert f"::: {module}\n" in page.read_text(encoding="utf-8")
    # the page is made of these
    assert all(_is_there(f"{module}.{name}") for name in importlib.import_module(module).__all__)
