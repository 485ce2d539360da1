"""Python processes of our own, which nothing in the folder of the user can change."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def own_command(module: str, *arguments: str) -> list[str]:
    """`python -m module`, which does not look for modules in the folder where it works."""
    return [sys.executable, "-P", "-m", module, *arguments]


def own_environment() -> dict[str, str]:
    """An empty entry of PYTHONPATH would be the working folder, and others may be relative to another one."""
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in entries if entry)
    return {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
