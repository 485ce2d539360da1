"""The example workflows fit the nodes, and run."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import torch

from anybokeh.integrations.comfyui import NODE_CLASS_MAPPINGS
from integrations.comfyui import given

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "comfyui" / "example_workflows").glob("*.json"))


def test_they_are_as_their_tool_writes_them() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "make_workflows.py"))
    assert {file.stem: file.read_text(encoding="utf-8") for file in FILES} == {
        name: tool["text"](name) for name in tool["WORKFLOWS"]
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_links_join_outputs_and_inputs_of_one_type(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    nodes = {node["id"]: node for node in content["nodes"]}
    assert content["links"]
    for number, giver, output, taker, place, kind in content["links"]:
        assert nodes[giver]["outputs"][output]["type"] == kind
        assert number in nodes[giver]["outputs"][output]["links"]
        assert nodes[taker]["inputs"][place]["type"] == kind
        assert nodes[taker]["inputs"][place]["link"] == number


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_they_run(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the estimate that needs no network
    depth = NODE_CLASS_MAPPINGS["AnybokehDepth"].find
    monkeypatch.setattr(
        NODE_CLASS_MAPPINGS["AnybokehDepth"],
        "find",
        lambda self, **values: depth(self, **values | {"estimate": "salient"}),
    )
    refocus = NODE_CLASS_MAPPINGS["AnybokehRefocus"].refocus

    def refocused(self: Any, **values: Any) -> Any:
        if values.get("disparity") is None and values.get("disparity_mask") is None:
            values["disparity_mask"] = given.disparity()
        return refocus(self, **values)

    monkeypatch.setattr(NODE_CLASS_MAPPINGS["AnybokehRefocus"], "refocus", refocused)
    (result,) = results(json.loads(file.read_text(encoding="utf-8")))
    assert result.shape == given.images().shape
    assert not torch.equal(result, given.images())


def results(content: dict[str, Any]) -> list[Any]:
    """The images that a workflow shows or makes a video of, in place of ComfyUI's nodes stand-ins."""
    made: dict[int, tuple[Any, ...]] = {}
    shown = []
    sources = {link[0]: (link[1], link[2]) for link in content["links"]}
    pictures = iter([given.images(), given.disparity()[..., None].expand(-1, -1, -1, 3)])
    for node in content["nodes"]:
        linked = {
            one["name"]: made[sources[one["link"]][0]][sources[one["link"]][1]]
            for one in node["inputs"]
            if one["link"] is not None
        }
        kind = NODE_CLASS_MAPPINGS.get(node["type"])
        if kind is not None:
            parts = kind.INPUT_TYPES()
            widgets = [
                name
                for part in ("required", "optional")
                for name, (_, about) in parts.get(part, {}).items()
                if "default" in about
            ]
            values = dict(zip(widgets, node["widgets_values"], strict=True))
            made[node["id"]] = getattr(kind(), kind.FUNCTION)(**values | linked)
        elif node["type"] in ("PreviewImage", "CreateVideo"):
            shown.append(linked["images"])
            made[node["id"]] = (None,)
        elif node["type"] == "LoadImage":
            made[node["id"]] = (next(pictures), None)
        else:
            made[node["id"]] = (given.images(), None, 24.0)
    return shown
