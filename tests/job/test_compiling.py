"""What a first render needs is compiled beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anybokeh.job.compiling import PARTS, compiled_beside

USED = """
import sys
from pathlib import Path
from numba.core.registry import CPUDispatcher
{what}
for name, module in list(sys.modules.items()):
    for one in vars(module).values() if name.startswith("anybokeh") else ():
        if isinstance(one, CPUDispatcher) and one.py_func.__module__ == name:
            for signature in one.signatures:
                print(name, one.py_func.__name__, signature)
"""
PARTLY = "from anybokeh.job.compiling import compile_part\nfor part in {parts}: compile_part(part)"
RENDER = """
from anybokeh import render_clip
from anybokeh.demo.run import MEDIA
render_clip(MEDIA / "clip.mp4", "b.mp4", disparity=MEDIA / "disparity.mkv", focus=0.5, device="cpu", end=0.1)
"""


def used(what: str, folder: Path) -> set[str]:
    """The kernels, with types of arguments, that a process uses."""
    code = USED.format(what=what)
    environment = os.environ | {"ANYBOKEH_COMPILING": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines())


@pytest.mark.slow
def test_the_parts_are_all_that_a_render_uses(tmp_path: Path) -> None:
    needed = used(RENDER, tmp_path)
    assert len(needed) > 60
    assert needed <= used(PARTLY.format(parts=PARTS), tmp_path)


def test_a_render_goes_on_where_no_process_can_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_, **__) -> None:
        raise OSError("too many processes")

    monkeypatch.setattr(subprocess, "Popen", none)
    with compiled_beside(2):
        pass


def test_processes_end_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen] = []
    folders: list[str] = []
    begin = subprocess.Popen

    def noted(*arguments, **options) -> subprocess.Popen:
        folders.append(options["env"]["TMPDIR"])
        begun.append(begin(*arguments, **options))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with compiled_beside(2):
        assert [one.poll() for one in begun] == [None, None]
    assert all(one.poll() is not None for one in begun) and len(begun) == 2
    assert not any(Path(folder).exists() for folder in folders)


@pytest.mark.parametrize(("where", "value"), [("executable", "/opt/editor/editor"), ("environment", "1")])
def test_none_is_begun_within_another_program_or_another_such_process(
    where: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    if where == "executable":
        monkeypatch.setattr(sys, "executable", value)
    else:
        monkeypatch.setenv("ANYBOKEH_COMPILING", value)
    with compiled_beside(2):
        pass
