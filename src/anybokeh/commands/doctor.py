"""`anybokeh doctor`: what to paste into a bug report."""

from __future__ import annotations

import argparse
import json
from typing import Any

from anybokeh.commands.common import command


def add_doctor(commands: Any) -> None:
    """Add the subcommand to the command line."""
    text = "Print versions, devices, models, caches and missing extras: what to paste into a bug report."
    parser = command(commands, "doctor", _doctor, text)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")


def _doctor(options: argparse.Namespace) -> int:
    from anybokeh.doctor import examine, report_text

    report = examine()
    print(json.dumps(report) if options.json else report_text(report), end="\n" if options.json else "")
    return 0
