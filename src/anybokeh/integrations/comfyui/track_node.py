"""The node that holds keyframes of the focus."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anybokeh.errors import InputError
from anybokeh.focus import read_keyframes
from anybokeh.integrations.comfyui.types import CATEGORY, TRACK

_EXAMPLE = """{"version": 1, "keyframes": [
  {"time": 0, "focus": 0.3, "blur": 16, "ease": "smooth"},
  {"time": 1, "focus": 0.8}
]}"""


class FocusTrack:
    """Keyframes of focus, blur and range, in the format of track files."""

    CATEGORY = CATEGORY
    DESCRIPTION = __doc__
    FUNCTION = "track"
    RETURN_TYPES = (TRACK,)
    RETURN_NAMES = ("track",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """The text."""
        about = {"default": _EXAMPLE, "multiline": True, "tooltip": "keyframes as JSON, by time or frame"}
        return {"required": {"keyframes": ("STRING", about)}}

    def track(self, keyframes: str) -> tuple[str]:
        """The same text, checked; raises InputError."""
        check(keyframes)
        return (keyframes,)


def check(text: str) -> None:
    """Raise InputError where a text is no track."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "track"
        file.write_text(text, encoding="utf-8")
        try:
            read_keyframes(file)
        except InputError as error:
            raise InputError(str(error).replace(f"{file}", "keyframes")) from None
