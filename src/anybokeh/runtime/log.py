"""Structured logs: one JSON object a line, with the time, the event and its fields."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from anybokeh.errors import InputError


class Log:
    """Appends events to a file; without a path it does nothing."""

    def __init__(self, path: Path | None) -> None:
        """Raises InputError where the file cannot be opened."""
        try:
            self._file = None if path is None else path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error.strerror}); give another --log") from None

    def event(self, name: str, **fields: Any) -> None:
        """Write one line."""
        if self._file is not None:
            # wall time to read, a clock that never runs back to subtract
            clocks = {"time": round(time.time(), 3), "clock": round(time.monotonic(), 3)}
            self._file.write(json.dumps({**clocks, "event": name, **fields}, default=str) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
