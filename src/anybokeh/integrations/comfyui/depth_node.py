"""The node that finds disparity, or steadies what is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anybokeh.integrations.comfyui.clips import fill, write_clip, write_maps
from anybokeh.integrations.comfyui.failures import without_folder
from anybokeh.integrations.comfyui.host import steps, temporary_folder
from anybokeh.integrations.comfyui.inputs import given, inputs_of
from anybokeh.integrations.comfyui.tensors import empty, image_of
from anybokeh.integrations.comfyui.types import CATEGORY, IMAGES
from anybokeh.job.analysed_frames import scenes
from anybokeh.job.analysis import analyse
from anybokeh.job.open_input import open_input
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings

_OPTIONS = ("depth_map", "normalise", "disparity_fit", "fps", "device", "steady", "matte", "depth_size")


class Depth:
    """Steady disparity of images, white is near: estimated, or from maps that are connected."""

    CATEGORY = CATEGORY
    DESCRIPTION = __doc__
    FUNCTION = "find"
    RETURN_TYPES = ("IMAGE", "MASK")
    RETURN_NAMES = ("disparity", "disparity_mask")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Images; all else is optional."""
        estimate = (
            "a depth network (ONNX file, folder or hub id), salient, or auto: the best estimate there is"
        )
        return {
            "required": {"images": IMAGES},
            "optional": {
                "maps": ("IMAGE", {"tooltip": "grey depth or disparity to steady instead of an estimate"}),
                "maps_mask": ("MASK", {"tooltip": "the same as a mask"}),
                "estimate": ("STRING", {"default": "auto", "tooltip": estimate}),
                **inputs_of(_OPTIONS),
            },
        }

    def find(
        self, images: Any, maps: Any = None, maps_mask: Any = None, estimate: str = "auto", **options: Any
    ) -> tuple[Any, Any]:
        """Disparity as an IMAGE and as a MASK; raises InputError."""
        settings = replace(
            with_values(RenderSettings(), given(options)), focus=0.5, disparity=estimate or "auto"
        )
        with temporary_folder() as folder, without_folder(folder):
            clip = write_clip(images, folder)
            given_maps = write_maps(maps, maps_mask, images, folder, "maps")
            settings = settings if given_maps is None else replace(settings, disparity=given_maps)
            result = empty(*images.shape[:3])
            told = steps()
            with open_input(clip, settings) as reader:
                analysis = analyse(reader, settings, told)
                told.say(analysis.notes)
                progress = told.begin("writing maps", 0, len(images))
                for frame, disparity in scenes(reader, analysis):
                    fill(result[frame.index], disparity)
                    progress(frame.index + 1, len(images))
        return image_of(result), result
