"""A progress bar on standard error: what is done, how far it is, and how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from anybokeh.runtime.steps import Progress, Remaining, Steps

_WIDTH = 24
"""Characters of the bar, so that all of the line fits into 80."""


@contextmanager
def progress(doing: str = "rendering", *, of_bytes: bool = False) -> Iterator[Progress]:
    """A bar for a job of one step, where standard error is a terminal.

    of_bytes: what is counted are bytes. A bar inside another's block stands below it.
    """
    with progress_of_steps(of_bytes=of_bytes) as steps:
        yield steps.begin(doing)


@contextmanager
def progress_of_steps(*, of_bytes: bool = False) -> Iterator[Steps]:
    """A bar for a job of several steps, where standard error is a terminal; remarks stand above it."""
    from rich.progress import BarColumn, TaskID, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(_WIDTH),
        TextColumn("{task.fields[said]}", markup=False),
    )
    console = _console()
    remaining = Remaining()
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown: tuple[str, TaskID] | None = None

        def tell(step: str, done: int, total: int | None) -> None:
            nonlocal shown
            count = "" if total is None else _count(done, total, of_bytes)
            said = ", ".join(filter(None, (count, remaining.text(step, done, total))))
            if shown is not None and shown[0] != step:
                bar.remove_task(shown[1])
                shown = None
            if shown is None:
                shown = step, bar.add_task(step, total=total, said=said)
            bar.update(shown[1], completed=done, total=total, said=said)

        def say(note: str) -> None:
            # the bar catches what is printed and keeps it above itself
            print(f"note: {note}", file=sys.stderr)

        yield Steps(tell, say)


def _count(done: int, total: int, of_bytes: bool) -> str:
    return f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if of_bytes else f"{done} of {total}"


@cache
def _console() -> Any:
    """One for all bars, so that they do not draw over each other."""
    from rich.console import Console

    return Console(stderr=True)
