"""A worker's modules come from where Python is installed, whatever lies in the user's folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from anybokeh.studio.worker import start_worker

MODULE = "anybokeh.studio.render_process"


@pytest.mark.parametrize("entries", [[], [""], ["", "more"]])
def test_files_of_the_users_folder_are_not_run(tmp_path: Path, monkeypatch, entries: list[str]) -> None:
    job, users = tmp_path / "job", tmp_path / "users"
    for folder in (job, users):
        folder.mkdir()
        for name in ("json", "numpy", "h2"):
            (folder / f"{name}.py").write_text("raise SystemExit('taken over')")
    own = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*entries, *filter(None, [own])]))
    monkeypatch.chdir(users)
    with start_worker(MODULE, job, tmp_path / "log.txt") as process:
        assert process.stdout is not None
        told = process.stdout.read()
    log = (tmp_path / "log.txt").read_text()
    assert process.returncode == 2, log
    assert "is no render of the studio" in json.loads(told)["error"]
    # where it went wrong is kept
    assert "Traceback" in log and "render_job.py" in log and "taken over" not in log


def test_what_the_user_chose_to_be_found_is_found(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "my_worker.py").write_text("import sys; print('here', sys.argv[1])")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "mine")
    job = tmp_path / "job"
    job.mkdir()
    with start_worker("my_worker", job, tmp_path / "log.txt") as process:
        assert process.stdout is not None
        assert process.stdout.read() == f"here {job}\n"
    assert process.returncode == 0
