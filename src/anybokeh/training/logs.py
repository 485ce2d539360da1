"""Logs of a training: lines of JSON, and TensorBoard's events where they are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError

LOG = "log.jsonl"
VALIDATION = "validation.jsonl"


class Logs:
    """The logs of a folder; lines of steps that are taken again are dropped.

    Args:
        folder: of the stage.
        first: step from which the training goes on.
        tensorboard: write TensorBoard's events as well.

    Raises:
        InputError: TensorBoard is asked for and not installed.
    """

    def __init__(self, folder: Path, first: int, *, tensorboard: bool) -> None:
        self._folder = folder
        for name in (LOG, VALIDATION):
            _forget_after(folder / name, first)
        self._events: Any = None
        if tensorboard:
            check_tensorboard()
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(folder), purge_step=first + 1)

    def write(self, name: str, line: Mapping[str, float]) -> None:
        """Add a line with a `step` to one of the logs."""
        rounded = {key: round(value, 6) for key, value in line.items()}
        with (self._folder / name).open("a") as file:
            file.write(json.dumps(rounded) + "\n")
        if self._events is not None:
            group = name.removesuffix(".jsonl")
            for key, value in line.items():
                if key != "step":
                    self._events.add_scalar(f"{group}/{key}", value, int(line["step"]))
            self._events.flush()


def check_tensorboard() -> None:
    """Raise InputError where TensorBoard is not installed."""
    if find_spec("tensorboard") is None:
        raise InputError("tensorboard is set, but not installed: pip install tensorboard, or leave it out")


def _forget_after(log: Path, step: int) -> None:
    if log.is_file():
        lines = [line for line in log.read_text().splitlines() if json.loads(line)["step"] <= step]
        log.write_text("".join(f"{line}\n" for line in lines))
