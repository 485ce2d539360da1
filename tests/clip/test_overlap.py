"""Threads around the renderer: order, bounds, errors, early ends."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing
from typing import TypeVar

import pytest

from anybokeh.clip.overlap import Behind, Closed, ahead

T = TypeVar("T")


def threads() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name in ("ahead", "behind")}


def test_ahead_keeps_order_and_stays_within_its_depth() -> None:
    taken = produced = 0
    furthest = 0

    def source() -> Iterator[int]:
        nonlocal produced, furthest
        for i in range(50):
            produced += 1
            furthest = max(furthest, produced - taken)
            yield i

    for expected, item in enumerate(ahead(source(), 3)):
        assert item == expected
        taken += 1
        time.sleep(0.001)
    assert taken == 50
    assert 1 < furthest <= 3 + 1  # the queue, and the item being taken
    assert not threads()


def test_ahead_does_not_hold_what_the_consumer_let_go() -> None:
    class Item:
        pass

    held: list[weakref.ref[Item]] = []

    def items() -> Iterator[Item]:
        for _ in range(3):
            held.append(weakref.ref(one := Item()))
            yield one
            del one

    numbers = iter(range(3))
    for one in ahead(map(same, items()), 1):
        del one
        # `enumerate` would hold it
        number = next(numbers)
        for _ in range(1000):
            if held[number]() is None:
                break
            time.sleep(1e-3)
        assert held[number]() is None


def same(item: T) -> T:
    return item


def test_ahead_raises_the_error_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    got = []
    with pytest.raises(ValueError, match="broken"):
        for item in ahead(source()):
            got.append(item)
    assert got == [1, 2]


def test_ahead_stops_and_closes_its_source_when_the_consumer_leaves() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    with pytest.raises(KeyboardInterrupt), closing(ahead(source())) as items:  # type: ignore[type-var]
        for _ in items:
            raise KeyboardInterrupt
    assert closed.is_set()
    assert not threads()


def test_behind_keeps_order_and_waits_at_the_end() -> None:
    got: list[int] = []

    def consume(item: int) -> None:
        time.sleep(0.001)
        got.append(item)

    behind = Behind(consume, 2)
    for i in range(30):
        behind.put(i)
        assert i - len(got) <= 3 + 1
    behind.finish()
    assert got == list(range(30))
    assert not threads()


def test_behind_raises_the_error_of_its_thread_once() -> None:
    def consume(item: int) -> None:
        raise OSError("disk")

    behind = Behind(consume, 2)
    with pytest.raises(OSError, match="disk"):
        for i in range(10):
            behind.put(i)
    behind.abort()
    with pytest.raises(Closed):
        behind.put(0)
    assert not threads()


def test_behind_can_be_aborted_while_full() -> None:
    gate = threading.Event()
    behind: Behind[int] = Behind(lambda _: gate.wait(), 2)
    for i in range(3):
        behind.put(i)
    threading.Timer(0.05, gate.set).start()
    behind.abort()
    assert not threads()
