"""`anybokeh probe`: what is understood of a clip."""

from __future__ import annotations

import argparse
import json
from typing import Any

from anybokeh.commands.common import command, print_notes


def add_probe(commands: Any) -> None:
    """Add the subcommand to the command line."""
    text = "Print what is understood of a clip, and what a render of it would lose."
    parser = command(commands, "probe", _probe, text)
    parser.add_argument("input", metavar="CLIP", help="video file or images")
    parser.add_argument("--json", action="store_true", help="print one line of JSON on standard output")


def _probe(options: argparse.Namespace) -> int:
    from anybokeh.clip import open_clip
    from anybokeh.clip.about import about
    from anybokeh.job.default_output import default_output
    from anybokeh.settings import RenderSettings

    with open_clip(options.input) as clip:
        found = about(clip.info, default_output(options.input, RenderSettings()))
    if options.json:
        print(json.dumps(found))
        return 0
    for title, facts in found.items():
        if isinstance(facts, dict):
            _print(
                title, *(f"{name.replace('_', ' ')} {_text(value)}" for name, value in facts.items() if value)
            )
    for stream in found["streams"]:
        words = (stream[name] for name in ("kind", "codec", "content", "language", "title", "role"))
        _print(f"stream {stream['index']}", *(word for word in words if word not in (None, "und")))
    if found["chapters"]:
        _print("chapters", str(found["chapters"]))
    print_notes(found["notes"])
    return 0


def _print(title: str, *facts: str) -> None:
    print(f"{title + ':':<11}{', '.join(facts)}")


def _text(value: Any) -> str:
    if value is True:
        return "yes"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)
