"""The node that repairs disparity at outlines and finds lamps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from anybokeh.integrations.comfyui.clips import fill, write_clip, write_maps
from anybokeh.integrations.comfyui.failures import without_folder
from anybokeh.integrations.comfyui.host import steps, temporary_folder
from anybokeh.integrations.comfyui.inputs import given, inputs_of
from anybokeh.integrations.comfyui.tensors import empty, image_of
from anybokeh.integrations.comfyui.types import CATEGORY, IMAGES
from anybokeh.job.analysed_frames import whole_scenes
from anybokeh.job.analysis import analyse
from anybokeh.job.open_input import open_input
from anybokeh.job.segment_shots import repair_of
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings

_OPTIONS = ("depth_map", "normalise", "disparity_fit", "fps", "device", "steady")


class RepairScene:
    """Disparity whose outlines belong to the right surface, and the lamps that the camera clipped.

    Refocus does this by itself; here is what it found, to look at or to use elsewhere.
    """

    CATEGORY = CATEGORY
    DESCRIPTION = __doc__
    FUNCTION = "repair"
    RETURN_TYPES = ("IMAGE", "MASK", "MASK")
    RETURN_NAMES = ("disparity", "disparity_mask", "lamps")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Images; all else is optional."""
        return {
            "required": {"images": IMAGES},
            "optional": {
                "disparity": ("IMAGE", {"tooltip": "grey, white is near; found if nothing is connected"}),
                "disparity_mask": ("MASK", {"tooltip": "the same as a mask"}),
                **inputs_of(_OPTIONS),
            },
        }

    def repair(
        self, images: Any, disparity: Any = None, disparity_mask: Any = None, **options: Any
    ) -> tuple[Any, Any, Any]:
        """Disparity as an IMAGE and a MASK, and a MASK that is white where a lamp got light back."""
        settings = replace(with_values(RenderSettings(), given(options)), focus=0.5)
        with temporary_folder() as folder, without_folder(folder):
            clip = write_clip(images, folder)
            maps = write_maps(disparity, disparity_mask, images, folder)
            settings = settings if maps is None else replace(settings, disparity=maps)
            repaired, lamps = empty(*images.shape[:3]), empty(*images.shape[:3])
            told = steps()
            with open_input(clip, settings) as reader:
                analysis = analyse(reader, settings, told)
                told.say(analysis.notes)
                progress = told.begin("repairing", 0, len(images))
                repair = repair_of(settings, analysis.info.transfer)
                for one in whole_scenes(reader, analysis, repair, hidden=False):
                    index = one.frame.index
                    fill(repaired[index], one.disparity)
                    if one.light is not None:
                        lit = np.zeros(one.disparity.shape, np.float32)
                        lit[one.light.y, one.light.x] = 1
                        fill(lamps[index], lit)
                    progress(index + 1, len(images))
        return image_of(repaired), repaired, lamps
