"""Windows over the frames of a clip."""

from __future__ import annotations

import pytest

from anybokeh.filters.windows import windows


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
