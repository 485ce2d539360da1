"""What nodes hand to each other beside images and masks, by the names that ComfyUI matches."""

from __future__ import annotations

LENS = "ANYBOKEH_LENS"
"""Options of a lens by name, as `with_values` takes them."""
TRACK = "ANYBOKEH_TRACK"
"""The text of a track file."""
CATEGORY = "anybokeh"
"""Under which the nodes are listed."""
IMAGES = ("IMAGE", {"tooltip": "frames of one clip, in order, or one picture"})
"""The input of a batch of images."""
