"""Starting a Python process of our own that nothing in the folder of the user can change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def start_worker(module: str, folder: Path, log: Path) -> subprocess.Popen[str]:
    """`python -m module FOLDER`, working in that folder; standard output is a pipe, errors go to the log.

    Modules are looked for where Python and PYTHONPATH say, and neither in the folder where the studio was
    started nor in the one where the process works. Signals that end the studio do not reach it. Raises
    OSError.
    """
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env=_environment(),
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """An empty entry of PYTHONPATH would be the working folder, and others may be relative to another one."""
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in entries if entry)
    return {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
