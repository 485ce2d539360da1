"""Which values of an option are paths, and which are names of something else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_URL = re.compile(r"([a-z][a-z0-9+.-]+)://.+", re.IGNORECASE | re.DOTALL)
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
_HUB_FILE = re.compile(_HUB_ID.pattern + r":[\w./-]+")
_NAME = re.compile(r"[\w-]+")
_FILES = re.compile(
    r"\.(np[yz]|png|tiff?|exr|jpe?g|mp4|m4v|mov|mkv|webm|avi|safetensors|json|onnx)", re.IGNORECASE
)

Exists = Callable[[str], bool]


def is_url(text: str | os.PathLike[str]) -> bool:
    """Whether a text names a place in a store rather than a path."""
    return bool(_URL.fullmatch(str(text)))


def is_registered(group: str, name: str) -> bool:
    """Whether an installed package lists that name under a group of entry points."""
    # half of what the command line would take to start
    from importlib.metadata import entry_points

    return bool(_NAME.fullmatch(name)) and bool(entry_points(group=group, name=name))


@dataclass(frozen=True)
class PathRule:
    """What of a value is a path.

    Attributes:
        prefix: only values that begin with it hold a path, after it.
        words: values that never are one.
        registered: group of entry points whose names are such words, too.
        hub: whether `owner/name` means a model of the hub where nothing of that name is there.
        library: whether a single word means a model of the library where nothing of that name is there.
        beside_clips: whether it lies beside the clips, so that under a URL of clips it is looked for there.
    """

    prefix: str = ""
    words: tuple[str, ...] = ()
    registered: str | None = None
    hub: bool = False
    library: bool = False
    beside_clips: bool = False

    def path_in(
        self, value: object, exists: Exists = os.path.exists, *, clips_in_store: bool = False
    ) -> str | None:
        """The path or URL that a value holds, None where it is something else.

        exists: whether a path is there, as seen from the folder that paths are seen from.
        clips_in_store: whether clips lie under a URL.
        """
        if not isinstance(value, (str, Path)):
            return None
        text = str(value)
        if self.prefix:
            return text.removeprefix(self.prefix).strip() if text.startswith(self.prefix) else None
        if text in self.words or (self.registered and is_registered(self.registered, text)):
            return None
        if clips_in_store and self.beside_clips:
            return text
        if is_url(text) or exists(text) or text.startswith(("/", ".", "~")) or "\\" in text:
            return text
        if self.hub and _is_hub_id(text) and not exists(str(Path(text).parent)):
            return None
        if self.library and "/" not in text:
            return None
        return text

    def replaced(self, path: str | Path) -> str:
        """A value that holds another path."""
        return f"{self.prefix}{path}"


def _is_hub_id(text: str) -> bool:
    if _HUB_FILE.fullmatch(text):
        return True
    return bool(_HUB_ID.fullmatch(text)) and not _FILES.fullmatch(Path(text).suffix)
