"""A progress bar on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def progress(
    doing: str = "rendering", *, of_bytes: bool = False
) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar with the remaining time on standard error, where that is a terminal.

    of_bytes: what is counted are bytes. A bar inside another's block stands below it.
    """
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    count = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = TextColumn(doing), BarColumn(), count, TimeRemainingColumn()
    console = _console()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@cache
def _console() -> Any:
    """One for all bars, so that they do not draw over each other."""
    from rich.console import Console

    return Console(stderr=True)
