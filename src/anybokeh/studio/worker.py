"""Starting a Python process of our own that nothing in the folder of the user can change."""

from __future__ import annotations

import subprocess
from pathlib import Path

from anybokeh.runtime.own_processes import own_command, own_environment


def start_worker(module: str, folder: Path, log: Path) -> subprocess.Popen[str]:
    """`python -m module FOLDER`, working in that folder; standard output is a pipe, errors go to the log.

    Modules are looked for where Python and PYTHONPATH say, and neither in the folder where the studio was
    started nor in the one where the process works. Signals that end the studio do not reach it. Raises
    OSError.
    """
    with log.open("ab") as errors:
        return subprocess.Popen(
            own_command(module, str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env=own_environment(),
            start_new_session=True,
        )
