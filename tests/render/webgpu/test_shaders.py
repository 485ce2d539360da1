"""What shaders say of themselves, and that they keep within the limits of core WebGPU."""

from __future__ import annotations

from importlib.resources import files

import pytest

from anybokeh.render.layers import (
    BASE_HALF_LAYERS,
    BASE_LAYERS,
    FOCUS_LAYER,
    REDUCED_LAYERS,
)
from anybokeh.render.webgpu.shaders import shader, shader_names, uniform

FOLDER = files("anybokeh.render.webgpu") / "shaders"


@pytest.mark.parametrize("name", shader_names())
def test_bindings_keep_within_the_default_limits(name: str) -> None:
    source, bindings = shader(name)
    assert source.count("@group(0)") == len(bindings)
    kinds = [binding.kind for binding in bindings.values()]
    assert sum("storage" in kind for kind in kinds) <= 8
    assert kinds.count("uniform") <= 3
    numbers = [binding.number for binding in bindings.values()]
    assert sorted(numbers) == list(range(len(numbers)))
    assert "enable " not in source and "requires " not in source


def test_layers_are_those_of_the_processor() -> None:
    text = (FOLDER / "layers.wgsl").read_text()
    for line in (
        f"const BASE_LAYERS = {BASE_LAYERS}u;",
        f"const BASE_HALF_LAYERS = {BASE_HALF_LAYERS};",
        f"const FOCUS_LAYER = {FOCUS_LAYER}u;",
        f"const REDUCED_LAYERS = {REDUCED_LAYERS}u;",
    ):
        assert line in text


def test_a_uniform_has_the_order_of_its_struct() -> None:
    assert uniform("spread", "step", {"diagonal": 1, "cells": 2}) == b"\2\0\0\0\1\0\0\0"


def test_a_uniform_has_no_other_fields() -> None:
    with pytest.raises(ValueError, match=r"step has fields \['cells', 'diagonal'\], not \['cells'\]"):
        uniform("spread", "step", {"cells": 2})
