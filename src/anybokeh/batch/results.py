"""The results file of a batch: one JSON line a row, appended as rows end: a batch can be restarted."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from anybokeh.errors import InputError


class Results:
    """What became of the rows; the last line of a row counts."""

    def __init__(self, path: Path) -> None:
        """Read what an earlier run wrote; raises InputError."""
        self.path = path
        self._done: dict[str, str] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            end = self._read() if path.exists() else 0
            # a line that was being written when the process died
            self._file = path.open("r+b" if path.exists() else "wb")
            self._file.truncate(end)
            self._file.seek(end)
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error.strerror}); give --results PATH") from None

    def _read(self) -> int:
        """Take over finished rows; returns where the last whole line ends."""
        end = 0
        with self.path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                try:
                    values = json.loads(line)
                    if values["status"] == "done":
                        self._done[values["output"]] = values["digest"]
                    else:
                        self._done.pop(values["output"], None)
                except (ValueError, KeyError, TypeError, RecursionError):
                    raise InputError(
                        f"{self.path}: is no results file of a batch; give another --results PATH"
                    ) from None
                end += len(line)
        return end

    def digest_of(self, output: Path | str) -> str | None:
        """Of the row that made this output, None where none did."""
        return self._done.get(str(output))

    def add(self, values: dict[str, Any]) -> None:
        """Append a line; raises OSError."""
        self._file.write(json.dumps(values, default=str).encode() + b"\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
