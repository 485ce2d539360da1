"""The bar on a terminal, as it is seen."""

from __future__ import annotations

import io
import re
import sys

import pytest

from anybokeh.runtime import progress
from anybokeh.runtime.progress import progress_of_steps


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_steps_and_notes_are_seen(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    screen = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    for name, value in (("TERM", "xterm"), ("COLUMNS", "80")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    progress._console.cache_clear()
    with progress_of_steps() as steps:
        steps.begin("finding the subject", 0, 1200)(600, 1200)
        steps.say(["a note [with] brackets"])
        steps.begin("joining")
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert "note: a note [with] brackets\n" in text
    assert ("joining" in text) == terminal
    if not terminal:
        assert text == "note: a note [with] brackets\n"
    assert all(len(line) <= 80 for line in re.split(r"[\r\n]", text))
