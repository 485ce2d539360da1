"""What `anybokeh render` takes opens in the studio too."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from clip.test_pages import PICTURES, animation
from clip.test_video import psnr
from studio.serving import Served, serving


def still(path: Path) -> Path:
    assert cv2.imwrite(str(path), PICTURES[0][..., ::-1])
    return path


def several_pages(path: Path) -> Path:
    done, data = cv2.imencodemulti(path.suffix, [picture[..., ::-1].copy() for picture in PICTURES])
    assert done
    path.write_bytes(data.tobytes())
    return path


# how each is made, and its frames
KINDS: dict[str, tuple[Callable[[Path], Path], int]] = {
    "moving.webp": (animation, 5),
    "moving.png": (animation, 5),
    "pages.tif": (several_pages, 5),
    "still.webp": (still, 1),
    "still.png": (still, 1),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    for name, (make_it, _) in KINDS.items():
        make_it(folder / name)
    np.save(folder / "maps.npy", np.zeros((5, 64, 96), np.float32))
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("formats") / "projects", "--folder", folder) as running:
        yield running


@pytest.mark.parametrize("name", KINDS)
def test_files_that_can_be_rendered_open(served: Served, folder: Path, name: str) -> None:
    listed = {entry["name"]: entry["kind"] for entry in served.ask(f"/api/files?path={folder}")["entries"]}
    assert listed[name] == "clip"
    chosen = served.ask("/api/clips", {"path": str(folder / name)})["id"]
    upload = f"{served.address}api/uploads?name={name}"
    request = urllib.request.Request(upload, (folder / name).read_bytes(), method="POST")
    with urllib.request.urlopen(request) as answer:
        dropped = json.load(answer)["id"]
    count = KINDS[name][1]
    for clip in (chosen, dropped):
        assert served.ask(f"/api/clips/{clip}")["frames"] == count
        # not in order, so that pictures are looked for
        for index in reversed(range(count)):
            data = np.frombuffer(served.ask(f"/api/clips/{clip}/frames/{index}"), np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
            assert psnr(picture, PICTURES[index]) > 28
    if count > 1:
        state = served.ask(f"/api/clips/{chosen}")
        values = {
            "revision": state["revision"],
            "document": state["document"] | {"disparity": str(folder / "maps.npy")},
        }
        served.ask(f"/api/clips/{chosen}", values, "PUT")
        state = served.wait(
            f"/api/clips/{chosen}", lambda s: s["progress"]["disparity"]["state"] != "working"
        )
        assert state["progress"]["disparity"]["state"] == "done"
    for clip in (chosen, dropped):
        served.ask(f"/api/clips/{clip}", method="DELETE")
