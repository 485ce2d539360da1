"""What a batch has done so far, in Prometheus' text format, for a collector that reads files."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from anybokeh.runtime.whole_files import whole_file

_STAGES = ("waiting_for_input", "rendering", "waiting_for_output", "joining")
_EVERY_SECONDS = 5.0


class Metrics:
    """Sums over the rows that ended; written to a file now and then, whole or not at all."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written = 0.0
        self.clips: Counter[str] = Counter({"done": 0, "failed": 0, "skipped": 0})
        self.frames = 0
        self.deaths = 0
        self.running = 0
        self._stages: Counter[str] = Counter()

    def add(self, result: dict[str, Any]) -> None:
        """Count a row that ended."""
        self.clips[result["status"]] += 1
        self.frames += result.get("frames", 0) - result.get("resumed", 0)
        for stage in _STAGES:
            self._stages[stage] += result.get(stage, 0.0)

    def text(self) -> str:
        """All metrics."""
        lines = _metric("clips_total", "counter", "Rows that ended.", "status", self.clips)
        lines += _metric("stage_seconds_total", "counter", "Wall seconds by stage.", "stage", self._stages)
        for name, kind, about, value in (
            ("frames_total", "counter", "Frames rendered.", self.frames),
            ("worker_deaths_total", "counter", "Worker processes that ended unexpectedly.", self.deaths),
            ("clips_running", "gauge", "Clips that are being rendered.", self.running),
            ("updated_seconds", "gauge", "Unix time of this file.", time.time()),
        ):
            lines += _metric(name, kind, about, None, {"": value})
        return "\n".join(lines) + "\n"

    def write(self, now: bool = False) -> None:
        """Write the file if it is due; raises OSError."""
        if self._path is None or (not now and time.monotonic() - self._written < _EVERY_SECONDS):
            return
        with whole_file(self._path) as temporary:
            temporary.write_text(self.text(), encoding="utf-8")
        self._written = time.monotonic()


def _metric(name: str, kind: str, about: str, label: str | None, values: Any) -> list[str]:
    full = f"anybokeh_batch_{name}"
    lines = [f"# HELP {full} {about}", f"# TYPE {full} {kind}"]
    return lines + [
        f'{full}{{{label}="{key}"}} {value:.10g}' if label else f"{full} {value:.10g}"
        for key, value in values.items()
    ]
