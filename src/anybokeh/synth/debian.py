"""Debian packages as sources of pictures: getting them without installing, and what their licences are."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anybokeh.errors import InputError


@dataclass(frozen=True)
class Facts:
    """What a package says of itself.

    Attributes:
        version: of the package.
        stated: the file that states the licences.
        licence: gives the licence of a file by its path; empty where none is stated.
    """

    version: str
    stated: str
    licence: Callable[[str], str]


def installed_root(package: str) -> Path | None:
    """`/` if the package is installed, else None."""
    if shutil.which("dpkg-query") is None:
        return None
    query = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True
    )
    return Path("/") if query.returncode == 0 and query.stdout == "installed" else None


def unpack(package: str, folder: Path) -> None:
    """Download a package and unpack it into a folder.

    Raises:
        InputError: this is not a Debian system.
        subprocess.CalledProcessError: the package cannot be had.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise InputError(f"{tool} is not here, and the package is not installed")
    # Quiet: root is warned that a folder of its own is not open to others.
    subprocess.run(
        ["apt-get", "download", "-qq", package], cwd=folder, check=True, capture_output=True, text=True
    )
    for file in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", file, folder], check=True, capture_output=True, text=True)
        described = subprocess.run(
            ["dpkg-deb", "-f", file, "Version"], check=True, capture_output=True, text=True
        )
        (folder / "version").write_text(described.stdout)
        file.unlink()


def copyright_of(package: str, root: Path) -> Facts:
    """The package's own statement in its machine-readable copyright file.

    Raises:
        InputError: there is none.
    """
    stated = Path("usr/share/doc", package, "copyright")
    path = root / stated
    if not path.is_file():
        raise InputError(f"{package} has no copyright file")
    stanzas = _stanzas(path.read_text(errors="replace"))
    return Facts(_version(package, root), f"/{stated.as_posix()}", lambda file: _licence(stanzas, file))


def _version(package: str, root: Path) -> str:
    if (root / "version").is_file():
        return (root / "version").read_text().strip()
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return query.stdout.strip()


def _stanzas(text: str) -> list[tuple[list[str], str]]:
    """Patterns of files and their licence, in the order of the copyright file."""
    found = []
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line[:1].isspace():
                fields[key] = f"{fields.get(key, '')} {line.strip()}"
            else:
                key, _, value = line.partition(":")
                fields[key] = value.strip()
        if "Files" in fields and "License" in fields:
            found.append((fields["Files"].split(), fields["License"].split(" ")[0]))
    return found


def _licence(stanzas: list[tuple[list[str], str]], file: str) -> str:
    """The last matching stanza counts; sources lie in other folders than installed files."""
    name = Path(file).name
    licence = ""
    for patterns, stated in stanzas:
        for pattern in patterns:
            last = Path(pattern).name
            if fnmatch.fnmatch(file, f"*{pattern}") or (last != "*" and fnmatch.fnmatch(name, last)):
                licence = stated
    return licence
