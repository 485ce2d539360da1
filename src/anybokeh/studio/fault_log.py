"""Tracebacks of what went wrong in the studio, in a file that the page can show."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LOG = logging.getLogger("anybokeh.studio")
_LARGEST = 1 << 20


def begin_log(file: Path) -> logging.Handler:
    """From now on faults go to this file, which never grows beyond a megabyte; close what is returned."""
    handler = RotatingFileHandler(file, maxBytes=_LARGEST, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.propagate = False
    return handler


def end_log(handler: logging.Handler) -> None:
    """The opposite of `begin_log`."""
    _LOG.removeHandler(handler)
    handler.close()


def log_fault(what: str, error: BaseException) -> None:
    """Keep the traceback of an error. what: failed."""
    _LOG.error("%s failed", what, exc_info=error)
