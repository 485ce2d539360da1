"""The names that the package offers."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import anybokeh


@pytest.mark.parametrize("name", ["anybokeh", "anybokeh.models", "anybokeh.render", "anybokeh.disparity"])
def test_dir_lists_the_public_names(name: str) -> None:
    module = importlib.import_module(name)
    listed = set(dir(module)) - {"__version__"}
    assert listed == set(module.__all__)
    assert all(hasattr(module, one) for one in listed)


def test_names_stay_what_they_are_however_often_they_are_used() -> None:
    # a submodule of the same name would take the place of the function once it is loaded
    for _ in range(2):
        for name in (
            "Lens",
            "FocusTrack",
            "RenderSettings",
            "Scene",
            "Shot",
            "prepare",
            "refocus",
            "render_clip",
        ):
            assert callable(getattr(anybokeh, name)), name
    importlib.import_module("anybokeh.job.in_memory")
    shot = anybokeh.prepare(np.zeros((1, 3, 4, 6)), np.zeros((1, 4, 6)), 0.5, 16)
    assert isinstance(shot, anybokeh.Shot)
