"""Write the example workflows for ComfyUI, comfyui/example_workflows/, from the inputs that the nodes have.

python tools/make_workflows.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anybokeh.integrations.comfyui import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

FOLDER = Path(__file__).resolve().parents[1] / "comfyui" / "example_workflows"

_OTHERS: dict[str, tuple[dict[str, str], tuple[tuple[str, str], ...]]] = {
    "LoadVideo": ({}, (("VIDEO", "VIDEO"),)),
    "GetVideoComponents": ({"video": "VIDEO"}, (("images", "IMAGE"), ("audio", "AUDIO"), ("fps", "FLOAT"))),
    "CreateVideo": ({"images": "IMAGE", "audio": "AUDIO", "fps": "FLOAT"}, (("VIDEO", "VIDEO"),)),
    "SaveVideo": ({"video": "VIDEO"}, ()),
    "LoadImage": ({}, (("IMAGE", "IMAGE"), ("MASK", "MASK"))),
    "PreviewImage": ({"images": "IMAGE"}, ()),
}
"""Nodes of ComfyUI itself: what is connected to them, and what they give."""


@dataclass
class Node:
    """A node of a workflow: its type, the values of its widgets, and what is connected, (node, output)."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    connected: dict[str, tuple[int, str]] = field(default_factory=dict)


def _video(*between: Node, images: tuple[int, str]) -> list[Node]:
    """A video in, the nodes between, a video out with the sound of the first."""
    last = len(between) + 2
    return [
        Node("LoadVideo", {"file": "clip.mp4", "image": "image"}),
        Node("GetVideoComponents", {}, {"video": (0, "VIDEO")}),
        *between,
        Node(
            "CreateVideo",
            {"fps": 24.0},
            {"images": images, "audio": (1, "audio"), "fps": (1, "fps")},
        ),
        Node(
            "SaveVideo",
            {"filename_prefix": "video/refocused", "format": "auto", "codec": "auto"},
            {"video": (last, "VIDEO")},
        ),
    ]


WORKFLOWS = {
    "refocus_a_video": _video(
        Node("AnybokehDepth", {}, {"images": (1, "images"), "fps": (1, "fps")}),
        Node("AnybokehLens", {"aperture": "blades:6", "cats_eye": 0.5}),
        Node(
            "AnybokehRefocus",
            {"focus": "subject", "blur": 24.0},
            {
                "images": (1, "images"),
                "disparity_mask": (2, "disparity_mask"),
                "lens": (3, "lens"),
                "fps": (1, "fps"),
            },
        ),
        images=(4, "images"),
    ),
    "rack_focus": _video(
        Node("AnybokehFocusTrack"),
        Node(
            "AnybokehRefocus",
            {},
            {"images": (1, "images"), "track": (2, "track"), "fps": (1, "fps")},
        ),
        images=(3, "images"),
    ),
    "refocus_a_picture_with_its_depth": [
        Node("LoadImage", {"image": "picture.png", "upload": "image"}),
        Node("LoadImage", {"image": "depth.png", "upload": "image"}),
        Node(
            "AnybokehRefocus",
            {"focus": "0.8", "blur": 32.0},
            {"images": (0, "IMAGE"), "disparity": (1, "IMAGE")},
        ),
        Node("PreviewImage", {}, {"images": (2, "images")}),
    ],
}


def workflow(nodes: list[Node]) -> dict[str, Any]:
    """A workflow as ComfyUI's page saves it."""
    links: list[list[Any]] = []
    drawn = [_drawn(number, node, nodes, links) for number, node in enumerate(nodes, 1)]
    for link in links:
        drawn[link[1] - 1]["outputs"][link[2]]["links"].append(link[0])
    return {
        "last_node_id": len(nodes),
        "last_link_id": len(links),
        "nodes": drawn,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _drawn(number: int, node: Node, nodes: list[Node], links: list[list[Any]]) -> dict[str, Any]:
    own = NODE_CLASS_MAPPINGS.get(node.kind)
    inputs, values = [], []
    for name, (kind, default) in _inputs(node).items():
        is_widget = isinstance(default, str | int | float)
        source = node.connected.get(name)
        if is_widget:
            values.append(node.values.get(name, default))
        if source is None and is_widget:
            continue
        link = None
        if source is not None:
            giver = nodes[source[0]]
            place = [one for one, _ in _outputs(giver)].index(source[1])
            link = len(links) + 1
            links.append([link, source[0] + 1, place, number, len(inputs), _outputs(giver)[place][1]])
        socket = {"name": name, "type": kind, "link": link}
        inputs.append(socket | ({"widget": {"name": name}} if is_widget else {}))
    if own is None:
        values = list(node.values.values())
    return {
        "id": number,
        "type": node.kind,
        "pos": [60 + 420 * (number - 1), 80],
        "size": [380, 640 if own is not None else 160],
        "flags": {},
        "order": number - 1,
        "mode": 0,
        "title": NODE_DISPLAY_NAME_MAPPINGS.get(node.kind, node.kind),
        "inputs": inputs,
        "outputs": [{"name": name, "type": kind, "links": []} for name, kind in _outputs(node)],
        "properties": {"Node name for S&R": node.kind},
        "widgets_values": values,
    }


def _inputs(node: Node) -> dict[str, tuple[str, Any]]:
    """Type and default of every input; the default is None where there is no widget."""
    own = NODE_CLASS_MAPPINGS.get(node.kind)
    if own is None:
        return {name: (kind, node.values.get(name)) for name, kind in _OTHERS[node.kind][0].items()}
    parts = own.INPUT_TYPES()
    return {
        name: ("COMBO" if isinstance(kind, list) else kind, about.get("default"))
        for part in ("required", "optional")
        for name, (kind, about) in parts.get(part, {}).items()
    }


def _outputs(node: Node) -> tuple[tuple[str, str], ...]:
    own = NODE_CLASS_MAPPINGS.get(node.kind)
    if own is None:
        return _OTHERS[node.kind][1]
    return tuple(zip(own.RETURN_NAMES, own.RETURN_TYPES, strict=True))


def text(name: str) -> str:
    """The file of a workflow."""
    return json.dumps(workflow(WORKFLOWS[name]), indent=1) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in WORKFLOWS:
        (FOLDER / f"{name}.json").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
