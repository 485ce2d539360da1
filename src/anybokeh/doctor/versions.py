"""Versions of Python, of this program and of what it is built on."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import anybokeh

_VARIABLES = (
    "ANYBOKEH_CACHE",
    "ANYBOKEH_CACHE_MB",
    "ANYBOKEH_HOME",
    "ANYBOKEH_MAX_FRAMES",
    "ANYBOKEH_MAX_PIXELS",
    "CUDA_VISIBLE_DEVICES",
    "HF_HUB_OFFLINE",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
)
"""Those that change what the program does; none holds a password."""


def versions() -> dict[str, Any]:
    """Of Python, anybokeh, and the libraries that it always needs."""
    return {
        "anybokeh": f"{anybokeh.__version__} in {Path(anybokeh.__file__).parent}",
        "Python": f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}",
        **{name: _version(name) for name in _libraries()},
    }


def ffmpeg() -> dict[str, Any]:
    """Of FFmpeg's libraries in PyAV, and which encoders it has."""
    import av

    from anybokeh.clip.codecs import CODECS

    wanted = sorted({codec.encoder for codec in CODECS.values()})
    return {
        "version": str(av.ffmpeg_version_info),
        **{name: ".".join(map(str, version)) for name, version in av.library_versions.items()},
        "encoders": [name for name in wanted if name in av.codecs_available],
        "encoders missing": [name for name in wanted if name not in av.codecs_available],
    }


def variables() -> dict[str, Any]:
    """Environment variables that are set and change what the program does."""
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ}


def _libraries() -> list[str]:
    required = metadata.requires("anybokeh") or []
    always = (line for line in required if "extra ==" not in line)
    return [name[0] for line in always if (name := re.match(r"[\w.-]+", line))]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"
