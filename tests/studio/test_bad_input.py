"""Whatever is wrong is said in one plain sentence in the page."""

from __future__ import annotations

import json
import os
import shutil
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import whole_file
from anybokeh.studio.background_task import sentence_of
from anybokeh.studio.folders import Folders
from anybokeh.studio.uploads import Uploads
from clip import make
from studio.serving import named, serving
from studio.visitor import Visitor


@pytest.fixture(scope="module")
def folder(tmp_path_factory, media) -> Path:
    """Clips that are none, each wrong in its own way."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "words.mp4").write_text("these are words " * 200)
    (folder / "empty.mp4").write_bytes(b"")
    whole = (media / "clip.mp4").read_bytes()
    (folder / "short.mp4").write_bytes(whole[: len(whole) // 3])
    (folder / "notes.txt").write_text("no clip")
    _sound(folder / "sound.mp4")
    _header(folder / "nothing.mp4", media / "clip.mp4")
    shutil.copy(media / "clip.mp4", folder / "fine.mp4")
    return folder


def _sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", 48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _header(path: Path, like: Path) -> None:
    """A container with a video stream and not one frame."""
    with av.open(str(like)) as source, av.open(str(path), "w") as container:
        container.add_stream_from_template(source.streams.video[0])
        container.start_encoding()


@pytest.fixture(scope="module")
def served(tmp_path_factory, folder):
    projects = tmp_path_factory.mktemp("bad input") / "projects"
    with serving(projects, "--folder", folder, "--upload-mb", "1") as running:
        yield running


SENTENCES = {
    "words.mp4": "not a video",
    "empty.mp4": "the file is empty",
    "short.mp4": "cut short",
    "sound.mp4": "only sound",
    "nothing.mp4": "holds no video",
    "notes.txt": "is no video or image by its name",
}


def test_uploads_that_are_no_clips_are_refused_in_the_page(browser, served, folder) -> None:
    with Visitor(browser, served) as visitor:
        page = visitor.page
        for name, words in SENTENCES.items():
            page.set_input_files("#upload-file", folder / name)
            message = page.locator("#messages .problem", has_text=name)
            message.wait_for()
            assert words in message.inner_text()
            assert str(served.projects) not in message.inner_text()
        large = folder / "large.mp4"
        large.write_bytes(bytes(2 << 20))
        page.set_input_files("#upload-file", large)
        page.wait_for_selector("#messages .problem:has-text('larger than 1 MB')")
        assert page.locator("#empty").is_visible()
    # nothing is left of them, and the next one is taken
    assert not list((served.projects / "uploads").rglob("*.mp4"))


@pytest.mark.parametrize("name", [name for name in SENTENCES if name.endswith(".mp4")])
def test_files_of_a_folder_are_refused_likewise(served, folder, name) -> None:
    status, answer = served.ask("/api/clips", {"path": str(folder / name)})
    assert status == 422 and SENTENCES[name] in answer["error"]
    assert "\n" not in answer["error"]
    assert served.ask("/api/studio")["clips"] == []


def test_the_limit_of_uploads_holds_without_the_page(served) -> None:
    status, error = served.tus("POST", "/api/uploads", {"Upload-Length": str(2 << 20), **named("a.mp4")})
    assert status == 413 and "larger than 1 MB" in error
    assert not list((served.projects / "uploads").rglob("*.*"))


def test_huge_pictures_are_refused_before_they_are_decoded(tmp_path, media) -> None:
    os.environ["ANYBOKEH_MAX_PIXELS"] = "10000"
    try:
        with serving(tmp_path / "projects", "--folder", media) as served:
            status, answer = served.ask("/api/clips", {"path": str(media / "clip.mp4")})
    finally:
        del os.environ["ANYBOKEH_MAX_PIXELS"]
    assert status == 422 and "320x180" in answer["error"] and "pixels" in answer["error"]


def test_disparity_that_does_not_fit_is_reported_in_the_page(
    browser, served, folder, tmp_path_factory
) -> None:
    np.save(folder / "few.npy", np.zeros((3, 180, 320), np.float32))
    clip = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    with Visitor(browser, served) as visitor:
        visitor.page.wait_for_selector("#screen:not([hidden])")
        visitor.choose("#disparity-choose", folder.name, "few.npy")
        visitor.page.wait_for_selector("#working.failed:has-text('24')")
        assert "few.npy" in visitor.text("#working")
    state = served.ask(f"/api/clips/{clip}")
    assert state["progress"]["disparity"]["state"] == "failed"
    document = state["document"] | {"disparity": "/etc/passwd"}
    status, answer = served.ask(
        f"/api/clips/{clip}", {"revision": state["revision"], "document": document}, "PUT"
    )
    assert status == 422 and "outside of the folders" in answer["error"]


def test_paths_outside_are_out_of_reach(served, folder, media) -> None:
    (folder / "link.mp4").symlink_to(media / "clip.mp4")
    for path in (media / "clip.mp4", folder / ".." / media.name / "clip.mp4", folder / "link.mp4", "/etc"):
        status, answer = served.ask("/api/clips", {"path": str(path)})
        assert status == 422 and "outside of the folders" in answer["error"], path
    status, answer = served.ask("/api/files?path=/etc")
    assert status == 422 and "outside of the folders" in answer["error"]
    names = [entry["name"] for entry in served.ask(f"/api/files?path={folder}")["entries"]]
    assert "fine.mp4" in names and "notes.txt" not in names


@pytest.mark.parametrize(
    "values",
    [
        {"aperture": "image:{path}"},
        {"aperture": "image:{path},rotation=3"},
        {"disparity": "{path}"},
        {"lens": "{path}:mine"},
        {"protect": "{path}"},
        {"keyframes": [{"time": 0, "focus": "mask:{path}"}]},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_refusal_does_not_tell_whether_a_file_is_there(served, folder, tmp_path, values) -> None:
    clip = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    state = served.ask(f"/api/clips/{clip}")
    there, gone = tmp_path / "a.yaml", tmp_path / "b.yaml"
    there.write_text("mine: {cats_eye: 0.5}")
    (tmp_path / "c.yaml").symlink_to(tmp_path / "c.yaml")
    above = os.path.relpath(there, Path.cwd())
    answers = set()
    for path in (there, gone, tmp_path / "c.yaml", "~/b.yaml", above, "tests/no", "tests/tiny.py", "a\0b"):
        if "lens" in values and not str(path).endswith(".yaml"):
            continue
        named = json.loads(json.dumps(values).replace("{path}", json.dumps(str(path))[1:-1]))
        body = {"revision": state["revision"], "document": state["document"] | named}
        status, answer = served.ask(f"/api/clips/{clip}", body, "PUT")
        assert status == 422, path
        answers.add(answer["error"].partition(":")[2] if "outside" in answer["error"] else answer["error"])
    assert len(answers) == 1 and "outside of the folders" in answers.pop()


@pytest.mark.parametrize("path", ["aperture=image:{path}", "lens={path}:mine"])
def test_previews_do_not_tell_it_either(served, folder, tmp_path, path) -> None:
    clip = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    (tmp_path / "a.yaml").write_text("mine: {cats_eye: 0.5}")
    query = f"/api/clips/{clip}/preview/0?focus=0.5&blur=3&range=0&"
    there, gone = (
        served.ask(query + path.replace("{path}", str(tmp_path / name))) for name in ("a.yaml", "b.yaml")
    )
    assert there[0] == gone[0] == 422
    assert there[1]["error"].replace("a.yaml", "b.yaml") == gone[1]["error"]
    assert "outside of the folders" in gone[1]["error"]


def test_a_clip_that_changed_on_the_disk_is_not_mixed_up(served, folder, media) -> None:
    clip = folder / "changing.mp4"
    shutil.copy(media / "clip.mp4", clip)
    before = served.ask("/api/clips", {"path": str(clip)})["id"]
    with clip.open("ab") as file:
        file.write(bytes(64))
    status, answer = served.ask(f"/api/clips/{before}/frames/3")
    assert status == 422 and "changing.mp4 has changed on the disk" in answer["error"]
    assert before not in [one["id"] for one in served.ask("/api/studio")["clips"]]
    after = served.ask("/api/clips", {"path": str(clip)})["id"]
    assert after != before and served.ask(f"/api/clips/{after}")["frames"] == 24
    clip.unlink()
    status, answer = served.ask(f"/api/clips/{after}")
    assert status == 422 and "changing.mp4 has changed on the disk" in answer["error"]


def test_depth_that_is_broken_in_the_middle_is_told_where_it_is_needed(served, folder) -> None:
    maps = folder / "half"
    tiny.maps(maps, tiny.disparity(24, 180, 320))
    broken = sorted(maps.iterdir())[5]
    data = bytearray(broken.read_bytes())
    # whole by its ends, which is all that is looked at when maps are opened
    data[60:-12] = bytes(len(data) - 72)
    broken.write_bytes(data)
    clip = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    state = served.ask(f"/api/clips/{clip}")
    body = {"revision": state["revision"], "document": state["document"] | {"disparity": str(maps)}}
    served.ask(f"/api/clips/{clip}", body, "PUT")
    told = served.wait(f"/api/clips/{clip}", lambda s: s["progress"]["disparity"]["state"] != "working")
    assert told["progress"]["disparity"]["state"] == "done", told["progress"]["disparity"]["message"]
    query = "focus=0.5&blur=16&range=0"
    assert served.ask(f"/api/clips/{clip}/preview/20?{query}")[:2] == b"\xff\xd8"
    status, answer = served.ask(f"/api/clips/{clip}/preview/5?{query}")
    assert status == 422 and broken.name in answer["error"] and "\n" not in answer["error"]
    # what is followed needs it as well
    follow = f"/api/clips/{clip}/follow?focus=point:20,20@0"
    failed = served.wait(follow, lambda a: a["state"] in ("done", "failed"))
    assert failed["state"] == "failed" and broken.name in failed["message"]
    assert b"Traceback" in served.ask("/api/log")


def test_two_thousand_keyframes_are_taken(served, folder) -> None:
    clip = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    state = served.ask(f"/api/clips/{clip}")
    many = [{"time": index / 2000, "focus": 0.5, "blur": 16} for index in range(2000)]
    body = {"revision": state["revision"], "document": state["document"] | {"keyframes": many}}
    assert len(served.ask(f"/api/clips/{clip}", body, "PUT")["document"]["keyframes"]) == 2000
    body["document"]["keyframes"] = many * 3
    status, answer = served.ask(f"/api/clips/{clip}", body, "PUT")
    assert status == 422 and answer["error"] == "6000 keyframes: expected at most 5000"


@pytest.mark.parametrize(
    "frames", [1, pytest.param(25 * 120, marks=pytest.mark.slow)], ids=["a frame", "two minutes"]
)
def test_clips_of_one_frame_and_of_many_are_shown(served, folder, frames: int) -> None:
    pictures = tiny.pictures(12, 36, 64)
    clip = make.video(
        folder / f"{frames}.mp4", [pictures[index % 12] for index in range(frames)], options={"crf": "30"}
    )
    near = (255 * tiny.disparity(1, 9, 16)).astype(np.uint8)
    np.save(folder / "one.npy", np.broadcast_to(near, (frames, 9, 16)))
    opened = served.ask("/api/clips", {"path": str(clip)})["id"]
    state = served.ask(f"/api/clips/{opened}")
    assert state["frames"] == frames
    body = {
        "revision": state["revision"],
        "document": state["document"] | {"disparity": str(folder / "one.npy")},
    }
    served.ask(f"/api/clips/{opened}", body, "PUT")
    told = served.wait(f"/api/clips/{opened}", lambda s: s["progress"]["disparity"]["state"] != "working")
    assert told["progress"]["disparity"]["state"] == "done", told["progress"]["disparity"]["message"]
    last = frames - 1
    assert served.ask(f"/api/clips/{opened}/frames/{last}")[:2] == b"\xff\xd8"
    assert served.ask(f"/api/clips/{opened}/preview/{last}?focus=0.5&blur=16&range=0")[:2] == b"\xff\xd8"
    status, answer = served.ask(f"/api/clips/{opened}/frames/{frames}")
    assert status == 422 and answer["error"] == f"frame {frames}: the clip has frames 0 to {last}"
    assert served.ask(f"/api/clips/{opened}/scenes/{last}")["whole"]
    served.ask(f"/api/clips/{opened}", method="DELETE")


def test_files_that_are_written_for_a_while_are_not_named(tmp_path) -> None:
    with pytest.raises(OSError) as failed, whole_file(tmp_path / "no" / "film.mp4") as temporary:
        temporary.write_bytes(b"")
    assert sentence_of(failed.value) == "No such file or directory; check the disk and the folder"


def test_a_render_that_cannot_be_written_says_so(served, folder) -> None:
    clip = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    status, answer = served.ask(f"/api/clips/{clip}/render", {"codec": "nonsense"})
    assert status == 422 and "expected h264" in answer["error"]
    state = served.ask(f"/api/clips/{clip}")
    for wrong, words in (
        ({"keyframes": []}, "at least one keyframe"),
        ({"keyframes": [{"time": 0, "focus": 3}]}, "keyframe 1"),
        ({"keyframes": [{"time": 0, "focus": "mask:/etc"}]}, "outside of the folders"),
        ({"aperture": "image:/etc/passwd"}, "outside of the folders"),
        ({"aperture": "blades:2"}, "3 to 32"),
        ({"first": 2, "last": 1}, "last is 1: expected the first frame (2) or a later one"),
        ({"first": 0.5}, "first is 0.5: expected a frame"),
        ({"shoe size": 44}, "unknown"),
    ):
        values = {"revision": state["revision"], "document": state["document"] | wrong}
        status, answer = served.ask(f"/api/clips/{clip}", values, "PUT")
        assert status == 422 and words in answer["error"], wrong
    assert served.ask(f"/api/clips/{clip}")["revision"] == state["revision"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_full_disk_is_reported_and_the_page_goes_on(browser, media, tmp_path) -> None:
    """Files that cannot grow, as on a full disk: uploads and renders fail with a sentence, the rest works."""
    size = (media / "clip.mp4").stat().st_size
    arguments = (media / "clip.mp4", "--disparity", media / "maps")
    with (
        serving(tmp_path / "projects", *arguments, largest_file=size // 2) as served,
        Visitor(browser, served) as visitor,
    ):
        page = visitor.page
        visitor.shown()
        page.set_input_files("#upload-file", media / "clip.mp4")
        page.wait_for_selector("#messages .problem:has-text('make room on the disk')")
        page.locator("#codec").select_option("ffv1")
        page.click("#render")
        failed = page.locator("#renders li[data-state=failed] .what")
        failed.wait_for()
        assert "disk" in failed.inner_text() or "File too large" in failed.inner_text()
        visitor.click_picture(0.9, 0.5)
        visitor.shown()
        assert visitor.value("#focus") < 0.3


def test_an_upload_that_does_not_fit_is_refused_before_it_comes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 0))
    with pytest.raises(InputError, match="the disk is full"):
        Uploads(tmp_path / "uploads", 10**9).begin("a.mp4", 10**6)
    assert not list((tmp_path / "uploads").iterdir())


def test_a_folder_that_cannot_be_read_is_reported(tmp_path, monkeypatch) -> None:
    folders = Folders.of([tmp_path])

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match=r"the folder cannot be read \(Permission denied\)"):
        folders.listing(str(tmp_path))


def test_a_card_is_given_no_scene_or_plan_of_anything_strange(served, folder) -> None:
    opened = served.ask("/api/clips", {"path": str(folder / "fine.mp4")})["id"]
    query = "focus=0.5&blur=3&range=0"
    for bad, said in (
        ("focus=2&blur=3&range=0", "focus is 2: expected 0 to 1"),
        ("focus=0.5&blur=1e30&range=0", "blur is 1e+30: expected 0 to 512"),
        ("focus=0.5&blur=3&range=nan", "range is 'nan': expected a number"),
    ):
        for path in (f"/api/clips/{opened}/card/0", "/api/card/none/plan", "/api/card/none/outlines"):
            assert served.ask(f"{path}?{bad}") == (422, {"error": said})
    assert served.ask(f"/api/card/none/plan?{query}")[1] == {"error": "this scene is not known any more"}
    assert served.ask(f"/api/card/none/strange?{query}")[0] == 422
    assert served.ask(f"/api/clips/{opened}/card/999?{query}")[0] == 422
