"""Local stand-ins for what a render's settings name by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from anybokeh.options.paths import with_paths
from anybokeh.settings import RenderSettings
from anybokeh.storage.fetch import fetched
from anybokeh.storage.urls import is_url, local_path


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

    def settings(self, settings: RenderSettings) -> RenderSettings:
        """Settings that name nothing but what is here."""
        return with_paths(settings, lambda path: self.path(path) if is_url(path) else path)


@contextmanager
def local_copies() -> Iterator[Copies]:
    """Copies that are kept at least to the end of the block."""
    with ExitStack() as resources:
        yield Copies(resources)
