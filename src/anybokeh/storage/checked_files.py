"""Which files were found to hold what they should, so that large ones are not read through at every start."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import write_whole
from anybokeh.storage.downloading import Content


class Checked:
    """Remembers digests of files by their size and time. memory: the file that holds them."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory

    def holds(self, file: Path, content: Content) -> bool:
        """Whether a file is there and holds just this. What is damaged without another time is not seen."""
        try:
            state = file.stat()
        except OSError:
            return False
        known = [state.st_size, state.st_mtime_ns, content.sha256]
        remembered = self._load()
        if remembered.get(str(file)) == known:
            return True
        if not content.is_in(file):
            return False
        # where that cannot be written to, it is checked again
        with contextlib.suppress(InputError, OSError):
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._memory, json.dumps({**remembered, str(file): known}).encode())
        return True

    def _load(self) -> dict[str, object]:
        try:
            found = json.loads(self._memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
