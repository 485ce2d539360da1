"""The machine: system, processors and memory."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

from anybokeh.runtime.threads import available_threads


def machine() -> dict[str, Any]:
    """System, processors and memory; the machine's own name is left out."""
    return {
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": _processor(),
        "processors": f"{available_threads()} of {os.cpu_count()} for this process",
        "memory": _memory(),
    }


def _processor() -> str:
    try:
        named = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        named = None
    return named[1] if named else platform.processor() or "unknown"


def _memory() -> str:
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total = f"{page * os.sysconf('SC_PHYS_PAGES') / 1e9:.1f} GB"
        return f"{total}, {page * os.sysconf('SC_AVPHYS_PAGES') / 1e9:.1f} GB of it unused"
    except (AttributeError, OSError, ValueError):
        return "unknown"
