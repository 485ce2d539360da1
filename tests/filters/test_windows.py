"""Windows over the frames of a clip, and two that read them."""

from __future__ import annotations

import weakref

import pytest

from anybokeh.filters.windows import twice, windows


@pytest.mark.parametrize("length", [0, 1, 2, 5, 9])
def test_each_item_with_those_around_it(length: int) -> None:
    items = list(range(length))
    found = list(windows(iter(items), 2))
    assert found == [(items[max(i - 2, 0) : i + 3], min(i, 2)) for i in items]


def test_no_more_is_read_than_is_needed() -> None:
    read: list[int] = []
    found = windows((read.append(one) or one for one in range(9)), 2)
    next(found)
    assert read == [0, 1, 2]


def test_two_read_the_same_items_each_at_its_own_pace() -> None:
    one, other = twice(iter(range(5)))
    assert [next(one), next(one), next(other)] == [0, 1, 0]
    assert list(one) == [2, 3, 4]
    assert list(other) == [1, 2, 3, 4]


def test_what_both_have_read_is_not_kept() -> None:
    class Item:
        pass

    alive: weakref.WeakSet[Item] = weakref.WeakSet()

    def make() -> Item:
        alive.add(item := Item())
        return item

    one, other = twice(iter(make, None))
    for _ in range(3):
        next(one)
    assert len(alive) == 3
    for left in (2, 1, 0):
        next(other)
        assert len(alive) == left
