"""The libraries of the page: whole, known by their digests, fetched with the page."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from anybokeh.studio.app import STATIC
from anybokeh.studio.page import page

TOOL = runpy.run_path(str(Path(__file__).resolve().parents[2] / "tools/vendor_page_libraries.py"))
VENDOR = STATIC / "vendor"


def test_every_library_lies_here_with_its_licence() -> None:
    for package in TOOL["PACKAGES"]:
        assert all((VENDOR / name).is_file() for name in package.modules), package
    licences = {file.name for file in VENDOR.glob("*-license.txt")}
    assert len(licences) == len(TOOL["PACKAGES"])
    assert (VENDOR / "README.md").read_text("utf-8") == TOOL["readme"]()


def test_what_scripts_import_is_there() -> None:
    scripts = list(STATIC.rglob("*.js"))
    assert len(scripts) > 20
    for script in scripts:
        for name in re.findall(r'(?:\bfrom|^import) ?"([^"]+)"', script.read_text("utf-8"), re.MULTILINE):
            assert name.startswith("./") and (script.parent / name).is_file(), (script, name)


def test_the_page_names_all_its_scripts() -> None:
    named = set(re.findall(r'modulepreload" href="/static/([^"]+)"', page(STATIC)))
    scripts = {file.relative_to(STATIC).as_posix() for file in STATIC.rglob("*.js")}
    # what sends uploads is fetched when something is uploaded
    assert named == scripts - {"vendor/tus.min.js"}
    assert "vendor/preact.js" in named


def test_another_archive_is_refused() -> None:
    with pytest.raises(SystemExit, match="expected"):
        TOOL["unpacked"](TOOL["PACKAGES"][0], b"another one")


def test_imports_become_relative() -> None:
    script = 'import{h}from"preact";export{x}from"@preact/signals-core";//# sourceMappingURL=x.map'
    assert TOOL["rewritten"](script) == 'import{h}from"./preact.js";export{x}from"./signals-core.js";\n'
