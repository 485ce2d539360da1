"""Nodes of anybokeh for ComfyUI: this folder goes into `custom_nodes`; see requirements.txt."""

from anybokeh.integrations.comfyui import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
