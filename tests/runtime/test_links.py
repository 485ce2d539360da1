"""Paths with their links followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from anybokeh.errors import InputError
from anybokeh.runtime.links import followed


def test_links_are_followed_to_what_need_not_exist(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    (folder / "there").mkdir()
    (folder / "link").symlink_to("there")
    assert followed(folder / "link/none.mp4") == folder / "there/none.mp4"
    assert followed(folder / "none/none.mp4") == folder / "none/none.mp4"


@pytest.mark.parametrize("path", ["loop", "loop/o.mp4", "one", "one/o.mp4"])
def test_links_that_point_to_themselves_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "one").symlink_to("other")
    (tmp_path / "other").symlink_to("one")
    with pytest.raises(InputError, match=f"{path}: cannot be followed; check for links that point to"):
        followed(tmp_path / path)
