"""Settings of the studio."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from anybokeh.errors import InputError

DEFAULT_PROJECTS = Path("~/anybokeh-studio")
LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class StudioSettings:
    """Everything that is chosen at the start.

    Attributes:
        clips: clips to open at once.
        folders: folders whose clips can be chosen in the page; nothing outside is read.
        projects: folder for projects, uploads and rendered clips; the only one that is written to.
        host: address to listen on; any but the machine's own loopback address needs an access token.
        port: 0 takes a free one.
        disparity: where disparity of the clips of the command line comes from, as for a render.
        upload_mb: largest upload in megabytes (2**20 bytes).
    """

    clips: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    projects: Path = DEFAULT_PROJECTS
    host: str = LOCAL
    port: int = 7860
    disparity: str = "auto"
    upload_mb: int = 4096

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(f"port is {self.port}: expected 0 to 65535 (0 takes a free one)")
        if self.upload_mb < 0:
            raise InputError(f"upload limit is {self.upload_mb} MB: expected 0 or more")
        for folder in self.folders:
            if not folder.is_dir():
                raise InputError(f"{folder}: is no folder; expected one with clips to choose from")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
