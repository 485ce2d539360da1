"""Nodes for ComfyUI.

`NODE_CLASS_MAPPINGS` and `NODE_DISPLAY_NAME_MAPPINGS` are what ComfyUI looks for in a folder of custom nodes;
the folder `comfyui` of the repository hands them over.
"""

from __future__ import annotations

from anybokeh.integrations.comfyui.depth_node import Depth
from anybokeh.integrations.comfyui.lens_node import Lens
from anybokeh.integrations.comfyui.refocus_node import Refocus
from anybokeh.integrations.comfyui.repair_node import RepairScene
from anybokeh.integrations.comfyui.subject_node import FindSubject
from anybokeh.integrations.comfyui.track_node import FocusTrack

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]

NODE_CLASS_MAPPINGS = {
    "AnybokehRefocus": Refocus,
    "AnybokehDepth": Depth,
    "AnybokehFocusTrack": FocusTrack,
    "AnybokehFindSubject": FindSubject,
    "AnybokehRepairScene": RepairScene,
    "AnybokehLens": Lens,
}
"""Nodes by the names that workflows keep."""

NODE_DISPLAY_NAME_MAPPINGS = {
    "AnybokehRefocus": "Refocus",
    "AnybokehDepth": "Depth (steady)",
    "AnybokehFocusTrack": "Focus track",
    "AnybokehFindSubject": "Find subject",
    "AnybokehRepairScene": "Repair scene",
    "AnybokehLens": "Lens",
}
"""Their names on the screen."""
