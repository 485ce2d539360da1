"""The node that finds who or what stands out."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from anybokeh.clip import open_clip
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError
from anybokeh.integrations.comfyui.clips import fill, write_clip
from anybokeh.integrations.comfyui.failures import without_folder
from anybokeh.integrations.comfyui.host import steps, temporary_folder
from anybokeh.integrations.comfyui.tensors import empty
from anybokeh.integrations.comfyui.types import CATEGORY, IMAGES
from anybokeh.subject.clip_subject import FINDING, open_subject


class FindSubject:
    """A mask of the subject of images, followed through them."""

    CATEGORY = CATEGORY
    DESCRIPTION = __doc__
    FUNCTION = "find"
    RETURN_TYPES = ("MASK",)
    RETURN_NAMES = ("mask",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Images, and which of several subjects."""
        which = "which of several subjects, from 1; 0 for all of them. The log lists them"
        return {
            "required": {"images": IMAGES},
            "optional": {"number": ("INT", {"default": 0, "min": 0, "max": 32, "tooltip": which})},
        }

    def find(self, images: Any, number: int = 0) -> tuple[Any]:
        """A MASK in [0, 1], all 0 where nothing stands out; InputError where there is no such subject."""
        with temporary_folder() as folder, without_folder(folder):
            told = steps()
            with open_clip(write_clip(images, folder)) as clip:
                info = clip.info
            subject = open_subject(info, source_times(info), progress=told.step(FINDING))
            try:
                told.say(subject.notes)
                there = sorted({body.number for body in subject.bodies})
                if number and number not in there:
                    listed = ", ".join(map(str, there)) or "none"
                    raise InputError(f"number is {number}: expected 0 or one of the subjects found: {listed}")
                result = empty(*images.shape[:3])
                for index, place in enumerate(result):
                    share = (
                        (subject.numbers(index) == number).astype(np.float32)
                        if number
                        else subject.share(index)
                    )
                    size = images.shape[2], images.shape[1]
                    fill(place, cv2.resize(share.astype(np.float32), size, interpolation=cv2.INTER_LINEAR))
            finally:
                subject.close()
        return (result,)
