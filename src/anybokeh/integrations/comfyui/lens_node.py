"""The node that says how a lens draws."""

from __future__ import annotations

from typing import Any

from anybokeh.integrations.comfyui.inputs import given, inputs_of, lens_options
from anybokeh.integrations.comfyui.types import CATEGORY, LENS
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings


class Lens:
    """How a lens draws what is out of focus: by name, or as options that win over the name's."""

    CATEGORY = CATEGORY
    DESCRIPTION = __doc__
    FUNCTION = "lens"
    RETURN_TYPES = (LENS,)
    RETURN_NAMES = ("lens",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """All options of the lens."""
        return {"required": {}, "optional": dict(inputs_of(lens_options()))}

    def lens(self, **options: Any) -> tuple[dict[str, Any]]:
        """Options of a lens; raises InputError."""
        chosen = given(options)
        with_values(RenderSettings(), chosen)
        return (chosen,)
