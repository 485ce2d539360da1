from __future__ import annotations

import numpy as np
import pytest

from anybokeh.focus.gaps import spans_text

TIMES = np.arange(50) / 10


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ([], None),
        ([5, 6, 20, 49], None),
        (range(5, 12), "from 0.5 to 1.2 s"),
        (range(5), "from 0 to 0.5 s"),
        (range(40, 50), "from 4 s on"),
        ([*range(5, 12), 20, *range(30, 34)], "from 0.5 to 1.2 s and from 3 to 3.4 s"),
        (
            [index for index in range(50) if index % 8 > 2],
            "from 0.3 to 0.8 s, from 1.1 to 1.6 s, from 1.9 to 2.4 s, from 2.7 to 3.2 s and 2 more times",
        ),
    ],
)
def test_when_something_is_missing(missing, said: str | None) -> None:
    gone = np.zeros(50, bool)
    gone[list(missing)] = True
    assert spans_text(gone, TIMES) == said
