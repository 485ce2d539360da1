"""What ComfyUI offers to nodes that take long, where it is there: progress, cancelling, a folder."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from anybokeh.runtime.steps import Steps

_LOG = logging.getLogger("anybokeh")


def steps() -> Steps:
    """Steps told to the bar of the node that runs; the user's cancelling comes out of them as ComfyUI's own.

    Remarks go to the log that ComfyUI prints.
    """
    bar: Any = None

    def tell(step: str, done: int, total: int | None) -> None:
        nonlocal bar
        stop_if_cancelled()
        utils = _module("comfy.utils")
        if utils is None or not total:
            return
        bar = bar or utils.ProgressBar(total)
        bar.update_absolute(done, total)

    return Steps(tell, _LOG.info)


def stop_if_cancelled() -> None:
    """Raise what ComfyUI raises where the user cancelled the workflow."""
    management = _module("comfy.model_management")
    if management is not None:
        management.throw_exception_if_processing_interrupted()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder in ComfyUI's folder of temporary files, else in the system's."""
    paths = _module("folder_paths")
    base = None if paths is None else Path(paths.get_temp_directory())
    if base is not None:
        base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="anybokeh-", dir=base) as folder:
        yield Path(folder)


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None
