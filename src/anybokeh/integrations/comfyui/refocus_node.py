"""The node that refocuses images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anybokeh.errors import InputError
from anybokeh.integrations.comfyui.clips import read_clip, write_clip, write_maps, write_mask
from anybokeh.integrations.comfyui.failures import without_folder
from anybokeh.integrations.comfyui.host import steps, temporary_folder
from anybokeh.integrations.comfyui.inputs import given, inputs_of, refocus_options
from anybokeh.integrations.comfyui.types import CATEGORY, IMAGES, LENS, TRACK
from anybokeh.job.refocus import render_clip
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings


class Refocus:
    """Images with the depth of field of a lens. A batch is one clip: steadied and repaired over time."""

    CATEGORY = CATEGORY
    DESCRIPTION = __doc__
    FUNCTION = "refocus"
    RETURN_TYPES = ("IMAGE",)
    RETURN_NAMES = ("images",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Images; all else is optional."""
        return {
            "required": {"images": IMAGES},
            "optional": {
                "disparity": ("IMAGE", {"tooltip": "grey, white is near; found if nothing is connected"}),
                "disparity_mask": ("MASK", {"tooltip": "the same as a mask"}),
                "track": (TRACK, {"tooltip": "keyframes of the focus"}),
                "lens": (LENS, {"tooltip": "how the lens draws"}),
                "focus_mask": ("MASK", {"tooltip": "focus on what is white here"}),
                "highlight_mask": ("MASK", {"tooltip": "where highlights of the lens act"}),
                "protect_mask": ("MASK", {"tooltip": "white stays as it came, such as titles"}),
                **inputs_of(refocus_options(), rare=True),
            },
        }

    def refocus(
        self,
        images: Any,
        disparity: Any = None,
        disparity_mask: Any = None,
        track: str | None = None,
        lens: dict[str, Any] | None = None,
        focus_mask: Any = None,
        highlight_mask: Any = None,
        protect_mask: Any = None,
        **options: Any,
    ) -> tuple[Any]:
        """The images refocused, an IMAGE of the same shape; raises InputError."""
        own = given(options)
        if focus_mask is not None and "focus" in own:
            raise InputError(f"focus is {own['focus']!r} and focus_mask is connected: keep one of them")
        settings = with_values(RenderSettings(), {**(lens or {}), **own})
        with temporary_folder() as folder, without_folder(folder):
            clip = write_clip(images, folder)
            maps = write_maps(disparity, disparity_mask, images, folder)
            focused = write_mask(focus_mask, images, folder, "focus_mask")
            highlights = write_mask(highlight_mask, images, folder, "highlight_mask")
            protected = write_mask(protect_mask, images, folder, "protect_mask")
            if track is not None:
                (folder / "track.json").write_text(track, encoding="utf-8")
            settings = replace(
                settings,
                disparity=settings.disparity if maps is None else maps,
                focus=settings.focus if focused is None else f"mask:{focused}",
                highlight_mask=highlights,
                protect=settings.protect if protected is None else protected,
                track=None if track is None else folder / "track.json",
                codec="png",
            )
            result = folder / "refocused"
            render_clip(clip, result, settings=settings, progress=steps())
            return (read_clip(result, images),)
