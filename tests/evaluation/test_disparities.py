"""Kinds of disparity by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import anybokeh.disparity
from anybokeh.errors import InputError
from anybokeh.evaluation.cases import Case, read_case
from anybokeh.evaluation.disparities import disparity_kinds

from . import samples


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    bench = samples.benchmark(tmp_path_factory.mktemp("benchmarks") / "bench")
    return [read_case(bench / name, name) for name in ("one", "two")]


def test_exact_is_exact(cases: list[Case]) -> None:
    (kind,) = disparity_kinds(["exact", "exact"], 0)
    assert kind.make(cases[0]) is cases[0].facts.disparity


@pytest.mark.parametrize("name", ["damaged", "mild", "strong", "paper"])
def test_damage_is_repeatable_and_differs_from_clip_to_clip(cases: list[Case], name: str) -> None:
    (kind,), (again,), (other,) = (disparity_kinds([name], seed) for seed in (0, 0, 1))
    errors = [np.asarray(kind.make(case)) - case.facts.disparity for case in cases]
    assert errors[0].any() and errors[1].any()
    assert (again.make(cases[0]) == kind.make(cases[0])).all()
    assert (other.make(cases[0]) != kind.make(cases[0])).any()
    assert (errors[0] != errors[1]).any()


def test_steadying_gets_the_frames_and_the_damage(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    def steady(frames: np.ndarray, disparity: np.ndarray) -> np.ndarray:
        assert frames is cases[0].facts.aif
        return disparity / 2

    monkeypatch.setattr(anybokeh.disparity, "steady", steady, raising=False)
    damaged, steadied = disparity_kinds(["damaged", "damaged+steady"], 0)
    assert steadied.name == "damaged+steady"
    assert (steadied.make(cases[0]) == damaged.make(cases[0]) / 2).all()


@pytest.mark.parametrize("name", ["wild", "exact+", "steady", ""])
def test_unknown_kinds_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"disparity is .*exact, damaged, mild"):
        disparity_kinds([name], 0)


def test_truth_judges_by_the_exact_disparity(cases: list[Case], tmp_path: Path) -> None:
    before = cases[0].facts.coc.copy()
    disparity_kinds(["strong"], 0)[0].make(cases[0])
    assert (cases[0].facts.coc == before).all()
