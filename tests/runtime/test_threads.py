"""How many processors there are."""

from __future__ import annotations

import pytest

from anybokeh.runtime import threads
from anybokeh.runtime.threads import available_threads


@pytest.mark.parametrize(
    ("quota", "count"),
    [
        ("max 100000\n", 6),
        ("", 6),
        ("nonsense", 6),
        ("200000 100000\n", 2),
        ("50000 100000", 1),
        ("150000 100000", 2),
    ],
)
def test_a_container_may_have_fewer_processors_than_the_machine(
    quota: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_quota", lambda: quota)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(6), raising=False)
    assert available_threads() == count
