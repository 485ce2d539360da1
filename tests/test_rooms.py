"""Packages import downwards only: which may see which is told in one list, lowest first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import anybokeh

ROOT = Path(anybokeh.__file__).parent

ROOMS = (
    "errors",
    "options",
    "optics",
    "settings",
    "notebook",
    "shot",
    "runtime",
    "filters",
    "clip",
    "storage",
    "subject",
    "disparity",
    "focus",
    "render",
    "models",
    "repair",
    "hidden",
    "finish",
    "segments",
    "job",
    "synth",
    "evaluation",
    "training",
    "cluster",
    "batch",
    "demo",
    "integrations",
    "studio",
    "doctor",
    "completion",
    "commands",
    "cli",
)
"""Every package and root module; each may import what stands before it."""


def test_every_room_has_its_place() -> None:
    here = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or list(path.glob("*.py"))}
    assert here - {"__init__", "__main__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_before_it(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], ""}
    wrong = [f"{file.relative_to(ROOT)}: {name}" for file, name in _imports(room) if name not in allowed]
    assert not wrong


def test_the_architecture_page_lists_them_in_this_order() -> None:
    page = Path(__file__).parents[1] / "docs" / "architecture.md"
    section = page.read_text(encoding="utf-8").split("## Rooms")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == ROOMS


def test_what_is_imported_is_found() -> None:
    assert "render" in {name for _, name in _imports("models")}  # inside a function or at the top
    assert "" in {name for _, name in _imports("segments")}  # the version


def _imports(room: str) -> Iterator[tuple[Path, str]]:
    """Files of a room, and the rooms that they import; the empty name is the package itself."""
    files = (ROOT / room).rglob("*.py") if (ROOT / room).is_dir() else [ROOT / f"{room}.py"]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: imports are absolute"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                package, _, rest = name.partition(".")
                if package == "anybokeh":
                    first = rest.partition(".")[0]
                    yield file, first if first in ROOMS else ""
