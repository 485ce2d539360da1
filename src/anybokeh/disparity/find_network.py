"""Which depth network a name means, and how it is run.

ONNX Runtime runs files that end with `.onnx`, `owner/name@revision:file.onnx` at the hub, and any model of
`onnx-community`; transformers runs other folders and hub ids. On the processor, networks look at key frames
alone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from anybokeh.errors import InputError

if TYPE_CHECKING:
    from anybokeh.disparity.estimating import Estimator
    from anybokeh.disparity.networks import DepthNetwork
    from anybokeh.disparity.onnx_network import OnnxDepthNetwork

SUFFIX = ".onnx"
_OWNER = "onnx-community/"
_FILE = "onnx/model.onnx"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_HUB_FILE = re.compile(r"(?P<model>[\w.-]+/[\w.-]+(@[\w./-]+)?)(:(?P<file>[\w./-]+\.onnx))?")

Found = tuple["Estimator", tuple[str, ...]]
"""A network, and remarks for the user."""


def is_hub_id(name: str) -> bool:
    """Whether a text may name a network at the hub: `owner/name`, or a file in ONNX format there."""
    return bool(_HUB_ID.fullmatch(name)) or _hub_file(name) is not None


def find_network(name: str, *, device: str = "auto", short_side: int | None = None) -> Found:
    """The depth network of a name.

    Args:
        name: an ONNX file, a folder that `save_pretrained` wrote, or a hub id.
        device: `auto`, `cpu`, `cuda` or `mps`.
        short_side: pixels of the picture's shorter side that it sees; None is its usual size.

    Raises:
        InputError: there is no such network, it cannot be fetched, or it estimates no depth.
    """
    from anybokeh.disparity.networks import LICENCES, load_depth_network

    at_hub = None if Path(name).exists() else _hub_file(name)
    if at_hub is None and not name.lower().endswith(SUFFIX):
        network = load_depth_network(name, device=device, short_side=short_side)
        return _on_key_frames(network), (f"disparity comes from {name}{_weights(network.licence)}",)
    from anybokeh.disparity.onnx_network import load_onnx_network

    file = Path(name)
    if at_hub is not None:
        from anybokeh.storage.hub import model_file

        model, inside = at_hub
        file = model_file(model, inside, ("config.json", "preprocessor_config.json", f"{inside}_data"))
    network = load_onnx_network(file, name=name, device=device, short_side=short_side)
    licence = None if at_hub is None else LICENCES.get(at_hub[0].partition("@")[0])
    note = f"disparity comes from {name}{_weights(licence)}{_elsewhere(network, device)}"
    return _on_key_frames(network), (note,)


def find_usual_network(*, device: str = "auto", short_side: int | None = None) -> Found:
    """Depth Anything V2 Small: its ONNX file, fetched if need be, else what transformers has in its cache.

    Raises InputError, which says why, where it can be had in neither way.
    """
    from anybokeh.disparity.networks import DEFAULT_MODEL, LICENCES
    from anybokeh.storage.hub import in_local_cache
    from anybokeh.storage.pinned import DEPTH_SMALL, find, obtain

    here = find(DEPTH_SMALL)
    file = here or obtain([DEPTH_SMALL])[0]
    try:
        if file is None:
            raise InputError(f"{DEPTH_SMALL.title} is not on this machine; anybokeh models get depth")
        from anybokeh.disparity.onnx_network import load_onnx_network

        network = load_onnx_network(file, name=DEPTH_SMALL.title, device=device, short_side=short_side)
        way = f"{'found on this machine' if here else 'fetched'}{_elsewhere(network, device)}"
        licence = DEPTH_SMALL.licence
    except InputError as error:
        if not in_local_cache(DEFAULT_MODEL) or "depth size" in str(error):
            raise
        from anybokeh.disparity.networks import load_depth_network

        network = load_depth_network(DEFAULT_MODEL, device=device, short_side=short_side, local_only=True)
        way, licence = "found in the hub's cache", LICENCES[DEFAULT_MODEL]
    return _on_key_frames(network), (f"disparity comes from {network.name} ({licence}), {way}",)


def _hub_file(name: str) -> tuple[str, str] | None:
    """Model and file of an ONNX file at the hub, None where a name means none."""
    match = _HUB_FILE.fullmatch(name)
    if match is None or not (match["file"] or name.startswith(_OWNER)):
        return None
    return match["model"], match["file"] or _FILE


def _on_key_frames(network: DepthNetwork | OnnxDepthNetwork) -> Estimator:
    if network.device != "cpu":
        return network
    from anybokeh.disparity.carrying import KeyFramed

    return KeyFramed(network)


def _weights(licence: str | None) -> str:
    return "; check the licence of its weights" if licence is None else f" (weights: {licence})"


def _elsewhere(network: OnnxDepthNetwork, device: str) -> str:
    """What to say where a network does not run on the device that was asked for."""
    if device in ("auto", "cpu", "webgpu") or network.device != "cpu":
        return ""
    return f", on the processor: this ONNX Runtime has nothing for {device}"
