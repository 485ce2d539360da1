"""One probe after the other; what fails says so in its own place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from anybokeh.doctor.devices import devices
from anybokeh.doctor.extras import extras
from anybokeh.doctor.machine import machine
from anybokeh.doctor.places import caches, free_disk, models
from anybokeh.doctor.versions import ffmpeg, variables, versions

Report = dict[str, dict[str, Any]]
"""Sections by title, each with values of JSON by name."""

PROBES: dict[str, Callable[[], dict[str, Any]]] = {
    "versions": versions,
    "FFmpeg": ffmpeg,
    "machine": machine,
    "devices": devices,
    "models": models,
    "caches": caches,
    "free disk": free_disk,
    "extras": extras,
    "variables": variables,
}
"""What is looked at, by the title of its section."""


def examine() -> Report:
    """Every section; one whose probe fails tells its error under `failed`.

    The home folder is written as ~. Nothing that could be a password is read.
    """
    return {title: _without_home(_tried(probe)) for title, probe in PROBES.items()}


def report_text(report: Report) -> str:
    """A report as lines that can be pasted."""
    lines = []
    for title, values in report.items():
        lines += [title, *(f"  {name}: {_said(value)}" for name, value in values.items()), ""]
    return "\n".join(lines)


def _tried(probe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return probe()
    except (Exception, SystemExit) as error:
        return {"failed": " ".join(f"{type(error).__name__}: {error}".split())}


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _without_home(value: Any) -> Any:
    if isinstance(value, dict):
        return {_without_home(name): _without_home(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_home(one) for one in value]
    if isinstance(value, str):
        for home in {str(Path.home()), str(Path.home().resolve())} - {"/"}:
            value = value.replace(home, "~")
    return value
