"""Nodes are what ComfyUI's documentation asks of them."""

from __future__ import annotations

import importlib.util
import inspect
import tomllib
from pathlib import Path
from typing import Any

import pytest

import anybokeh
from anybokeh.integrations.comfyui import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

FOLDER = Path(__file__).resolve().parents[3] / "comfyui"
WIDGETS = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
SOCKETS = {"IMAGE", "MASK", "ANYBOKEH_LENS", "ANYBOKEH_TRACK"}


def inputs(kind: Any) -> dict[str, tuple[Any, dict[str, Any]]]:
    parts = kind.INPUT_TYPES()
    assert set(parts) <= {"required", "optional", "hidden"}
    return {**parts.get("required", {}), **parts.get("optional", {})}


@pytest.mark.parametrize("name", NODE_CLASS_MAPPINGS)
def test_inputs_are_sockets_or_widgets_with_a_default_in_range(name: str) -> None:
    for key, (kind, about) in inputs(NODE_CLASS_MAPPINGS[name]).items():
        assert about["tooltip"], key
        if isinstance(kind, list):
            assert about["default"] in kind, key
        elif kind in WIDGETS:
            assert type(about["default"]) is WIDGETS[kind], key
            if kind in ("INT", "FLOAT"):
                assert about["min"] <= about["default"] <= about["max"], key
        else:
            assert kind in SOCKETS, key


@pytest.mark.parametrize("name", NODE_CLASS_MAPPINGS)
def test_the_function_takes_every_input_and_outputs_have_names(name: str) -> None:
    kind = NODE_CLASS_MAPPINGS[name]
    inspect.signature(getattr(kind(), kind.FUNCTION)).bind(**dict.fromkeys(inputs(kind)))
    assert isinstance(kind.RETURN_TYPES, tuple) and len(kind.RETURN_TYPES) == len(kind.RETURN_NAMES)
    assert set(kind.RETURN_TYPES) <= SOCKETS
    assert kind.CATEGORY and kind.DESCRIPTION
    assert NODE_DISPLAY_NAME_MAPPINGS[name]


def test_the_folder_of_custom_nodes_hands_over_all_nodes() -> None:
    # as ComfyUI loads it: by its path, under a name that is no identifier
    spec = importlib.util.spec_from_file_location(str(FOLDER).replace(".", "_x_"), FOLDER / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.NODE_CLASS_MAPPINGS == NODE_CLASS_MAPPINGS
    assert module.NODE_DISPLAY_NAME_MAPPINGS.keys() == NODE_CLASS_MAPPINGS.keys()


def test_the_folder_says_what_the_registry_asks() -> None:
    found = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
    assert found["project"]["version"] == anybokeh.__version__
    assert "comfyui" not in found["project"]["name"].lower()
    assert set(found["tool"]["comfy"]) >= {"PublisherId", "DisplayName"}
    assert found["project"]["dependencies"] == (FOLDER / "requirements.txt").read_text().split()
