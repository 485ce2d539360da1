"""An output in a store: rendered beside the cache, uploaded when it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.storage.fetch import storage_folder
from anybokeh.storage.urls import is_url, local_path, name_of, opened, unreachable

_CHUNK = 8 << 20
WHOLE = "_SUCCESS"
"""The last file of a folder, as other tools write it: a folder without it is not whole."""


class StagedOutput:
    """Where an output is rendered to, and the way from there to its URL.

    path: on this machine; the folder around it belongs to this output alone, and stays for `--resume`.
    """

    def __init__(self, url: str) -> None:
        """Raises InputError where the store cannot be reached."""
        self.url = url
        self._fs, self._there = opened(url)
        folder = storage_folder() / "outputs" / hashlib.sha256(url.encode()).hexdigest()[:40]
        self.path = folder / name_of(url)
        self._about = folder / "about.txt"

    def begin(self, about: str, *, overwrite: bool, resume: bool) -> bool:
        """Make ready; returns whether the output is there and whole, so that nothing is to be done.

        Args:
            about: what is rendered, to know it again.

        Raises InputError where something else is in its place.
        """
        try:
            there, whole = self._found()
        except Exception as error:
            raise unreachable(self.url, error) from None
        if there and not overwrite and not (resume and (whole or self._is_folder)):
            raise InputError(f"{self.url}: exists already; give another URL or --overwrite")
        if whole and resume and not overwrite:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            same = self._about.exists() and self._about.read_text(encoding="utf-8") == about
            # a whole output that was not uploaded, of this render or of another
            if not (resume and same):
                self._remove_local()
            self._about.write_text(about, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be written ({error.strerror}); set ANYBOKEH_CACHE"
            ) from None
        return False

    @property
    def _is_folder(self) -> bool:
        return self.path.suffix == ""

    def _found(self) -> tuple[bool, bool]:
        """Whether something is in the output's place, and whether it is whole."""
        self._fs.invalidate_cache()
        if not self._is_folder:
            there = self._fs.exists(self._there)
            return there, there
        if not self._fs.exists(self._there):
            return False, False
        return bool(self._fs.ls(self._there)), self._fs.exists(f"{self._there}/{WHOLE}")

    def is_whole(self) -> bool:
        """Whether the output is there and whole; raises InputError where the store does not say."""
        try:
            return self._found()[1]
        except Exception as error:
            raise unreachable(self.url, error) from None

    def publish(self) -> None:
        """Upload the output and forget it here; raises InputError and leaves it here where that fails."""
        try:
            if self.path.is_dir():
                self._publish_folder()
            else:
                self._put(self.path, self._there)
        except Exception as error:
            reason = unreachable(self.url, error)
            raise InputError(f"{reason}; the output is whole in {self.path}, --resume uploads it") from None
        shutil.rmtree(self.path.parent, ignore_errors=True)

    def _publish_folder(self) -> None:
        fs, there = self._fs, self._there
        names = {file.name for file in self.path.iterdir()}
        if fs.exists(f"{there}/{WHOLE}"):
            fs.rm(f"{there}/{WHOLE}")
        if fs.exists(there):
            for old in fs.ls(there, detail=False):
                if name_of(old) not in names:
                    fs.rm(old)
        for name in sorted(names):
            self._put(self.path / name, f"{there}/{name}")
        with fs.open(f"{there}/{WHOLE}", "wb"):
            pass

    def _put(self, file: Path, there: str) -> None:
        """One file, which appears whole or not at all."""
        fs = self._fs
        target: Any = fs.open(there, "wb", autocommit=False)
        try:
            with file.open("rb") as source:
                shutil.copyfileobj(source, target, _CHUNK)
            target.close()
            target.commit()
        except BaseException:
            with contextlib.suppress(Exception):
                target.discard()
            raise
        fs.invalidate_cache()
        size = fs.info(there)["size"]
        if size != file.stat().st_size:
            raise OSError(f"{size} bytes arrived of {file.stat().st_size}")

    def _remove_local(self) -> None:
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)


def exists(output: Path | str) -> bool:
    """Whether an output is there and, in a store, whole; raises InputError where that cannot be told."""
    if not is_url(output):
        return Path(output).exists()
    here = local_path(str(output))
    return here.exists() if here else StagedOutput(str(output)).is_whole()
