"""What `anybokeh render` takes opens in the studio too."""

from __future__ import annotations

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
    dropped = served.upload(name, (folder / name).read_bytes())
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


def test_an_upload_keeps_its_name_and_goes_when_its_clip_is_removed(served: Served, folder: Path) -> None:
    data, name = (folder / "still.png").read_bytes(), "Küste & Söhne #1 (2).png"
    clip = served.upload(name, data)
    uploads = served.projects / "uploads"
    assert [one["name"] for one in served.ask(f"/api/files?path={uploads}")["entries"]] == [name]
    (told,) = (one for one in served.ask("/api/studio")["clips"] if one["id"] == clip)
    assert told["name"] == name and told["upload"]
    state = served.ask(f"/api/clips/{clip}")
    document = state["document"] | {"aperture": "disc,rotation=20"}
    served.ask(f"/api/clips/{clip}", {"revision": state["revision"], "document": document}, "PUT")
    served.ask(f"/api/clips/{clip}", method="DELETE")
    assert not list(uploads.rglob("*.png"))
    # dropped once more it is the same clip, with its project
    assert served.upload(name, data) == clip
    assert served.ask(f"/api/clips/{clip}")["document"]["aperture"] == "disc,rotation=20"
    # not while a render reads it
    render = served.ask(f"/api/clips/{clip}/render", {"codec": "h264"})["id"]
    status, answer = served.ask(f"/api/clips/{clip}", method="DELETE")
    assert status == 422 and answer["error"] == f"{name}: a render of it is at work; cancel that first"
    served.ask(f"/api/renders/{render}", {"do": "cancel"})
    served.status(lambda a: a["renders"][0]["state"] not in ("queued", "working"))
    served.ask(f"/api/clips/{clip}", method="DELETE")
    assert not list(uploads.rglob("*.png"))


def test_a_clip_of_a_folder_stays_when_it_is_taken_off_the_list(served: Served, folder: Path) -> None:
    clip = served.ask("/api/clips", {"path": str(folder / "still.png")})["id"]
    served.ask(f"/api/clips/{clip}", method="DELETE")
    assert (folder / "still.png").is_file()


def test_a_folder_whose_first_entry_is_a_still_can_be_looked_into(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    mixed, images = folder / "mixed", folder / "images"
    for own in (mixed, images):
        own.mkdir()
        still(own / "0001.png")
        still(own / "0002.png")
    animation(mixed / "moving.webp")
    (mixed / "more").mkdir()
    (mixed / ".hidden").write_text("")
    kinds = {one["name"]: one["kind"] for one in served.ask(f"/api/files?path={folder}")["entries"]}
    assert (kinds["mixed"], kinds["images"]) == ("folder", "images")
    told = served.ask(f"/api/files?path={mixed}")
    assert [one["name"] for one in told["entries"]] == ["more", "0001.png", "0002.png", "moving.webp"]
    # and its images can be opened as one clip from there
    assert told["images"]
    assert not served.ask(f"/api/files?path={mixed / 'more'}")["images"]


def test_a_clip_of_one_frame_can_be_worked_on(served: Served, folder: Path) -> None:
    clip = served.ask("/api/clips", {"path": str(folder / "still.png")})["id"]
    state = served.wait(f"/api/clips/{clip}", lambda s: s["progress"]["disparity"]["state"] == "done")
    assert served.ask(f"/api/clips/{clip}/scenes/0") == {"whole": True}
    for scene in ("", "&scene=whole"):
        picture = served.ask(f"/api/clips/{clip}/preview/0?focus=0.5&blur=20&range=0{scene}")
        assert picture[:2] == b"\xff\xd8"
    point = {"time": 0.0, "focus": "point:20,20@0", "blur": 16}
    document = state["document"] | {"keyframes": [point], "first": 0, "last": 0}
    answer = served.ask(f"/api/clips/{clip}", {"revision": state["revision"], "document": document}, "PUT")
    assert answer["document"]["last"] == 0
    followed = served.wait(f"/api/clips/{clip}/follow?focus=point:20,20@0", lambda a: a["state"] != "working")
    assert followed["state"] == "done" and len(followed["values"]) == 1
    command = served.ask(f"/api/clips/{clip}/command")["command"]
    assert "--start" not in command and "--end" not in command
    status, answer = served.ask(f"/api/clips/{clip}/preview/1?focus=0.5&blur=20&range=0")
    assert status == 422 and answer["error"] == "frame 1: the clip has frames 0 to 0"
    served.ask(f"/api/clips/{clip}", method="DELETE")
