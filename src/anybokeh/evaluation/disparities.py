"""Kinds of disparity that contenders are given: exact, damaged, and steadied again."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from anybokeh.errors import InputError
from anybokeh.evaluation.cases import Case
from anybokeh.synth.damage import DAMAGES, damage

DAMAGED = "network"
"""The damage that `damaged` stands for."""
STEADY = "+steady"


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
    """Kinds by name: `exact`, `damaged` or one of `synth.damage.DAMAGES`, each also with `+steady`.

    Damage differs from clip to clip and is the same in every run with the same seed.

    Raises:
        InputError: there is no such kind.
    """
    return [_kind(name, seed) for name in dict.fromkeys(names)]


def _kind(name: str, seed: int) -> DisparityKind:
    base = name.removesuffix(STEADY)
    if base == "exact":
        make = _as_it_is
    elif base == "damaged" or base in DAMAGES:
        make = _damaged(base, seed)
    else:
        known = ", ".join(["exact", "damaged", *DAMAGES])
        raise InputError(f"disparity is {name!r}: expected some of {known}, each also with {STEADY}")
    return DisparityKind(name, make if base == name else _steadied(make))


def _damaged(base: str, seed: int) -> Callable[[Case], np.ndarray]:
    # every clip is damaged here, also by what in training leaves some as they are
    settings = replace(DAMAGES[DAMAGED if base == "damaged" else base], chance=1.0)

    def make(case: Case) -> np.ndarray:
        of_clip = zlib.crc32(case.name.encode())
        facts = case.facts
        return damage(facts.disparity, settings, (seed, of_clip), focus=facts.focus, rate=case.rate)

    return make


def _steadied(make: Callable[[Case], np.ndarray]) -> Callable[[Case], np.ndarray]:
    def steadied(case: Case) -> np.ndarray:
        from anybokeh.disparity import steady

        return steady(case.facts.aif, make(case))

    return steadied
