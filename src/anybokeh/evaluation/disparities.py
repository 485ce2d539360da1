"""Kinds of disparity that contenders are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from anybokeh.errors import InputError
from anybokeh.evaluation.cases import Case


@dataclass(frozen=True)
class DisparityKind:
    """A name, and how a clip's disparity (frames, height, width) in [0, 1] is made."""

    name: str
    make: Callable[[Case], np.ndarray]


def _as_it_is(case: Case) -> np.ndarray:
    return case.facts.disparity


EXACT = DisparityKind("exact", _as_it_is)
GIVEN = DisparityKind("given", _as_it_is)
"""That of real clips, whose exact disparity nobody knows."""


def disparity_kinds(names: Sequence[str], seed: int) -> list[DisparityKind]:
    """`exact`, or how it is damaged.

    Raises:
        InputError: there is no such kind.
    """
    kinds = []
    for name in dict.fromkeys(names):
        if name != "exact":
            raise InputError(f"disparity is {name!r}: expected exact")
        kinds.append(EXACT)
    return kinds
