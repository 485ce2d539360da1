"""Local stand-ins for what a render's settings name by URL."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from anybokeh.optics.lens import Lens
from anybokeh.settings import RenderSettings
from anybokeh.storage.fetch import fetched
from anybokeh.storage.urls import is_url, local_path

_MASK = "mask:"


class Copies:
    """Fetches files as they are asked for; paths come back as they are."""

    def __init__(self, resources: ExitStack) -> None:
        self._resources = resources

    def path(self, name: str | Path) -> Path:
        """Where a file or folder is on this machine; raises InputError."""
        text = str(name)
        if not is_url(text):
            return Path(name)
        return local_path(text) or fetched(text, self._resources)

    def text(self, name: str) -> str:
        """Like `path`, for names that need not be paths."""
        return str(self.path(name)) if is_url(name) else name

    def lens(self, lens: Lens) -> Lens:
        """The lens with its image here."""
        if lens.image is None or not is_url(lens.image):
            return lens
        return dataclasses.replace(lens, image=self.path(lens.image))

    def settings(self, settings: RenderSettings) -> RenderSettings:
        """Settings that name nothing but what is here."""
        changes: dict[str, object] = {}
        for name in ("disparity", "track", "renderer", "matte"):
            value = getattr(settings, name)
            if value is not None and is_url(value):
                changes[name] = str(self.path(value))
        focus = settings.focus
        if isinstance(focus, str) and focus.startswith(_MASK) and is_url(focus.removeprefix(_MASK)):
            changes["focus"] = f"{_MASK}{self.path(focus.removeprefix(_MASK))}"
        return dataclasses.replace(settings, lens=self.lens(settings.lens), **changes)  # type: ignore[arg-type]


@contextmanager
def local_copies() -> Iterator[Copies]:
    """Copies that are kept at least to the end of the block."""
    with ExitStack() as resources:
        yield Copies(resources)
