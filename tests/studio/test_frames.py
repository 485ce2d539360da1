"""Single frames in any order are those that reading in order gives; projects on the disk."""

from __future__ import annotations

import json
import threading
import time
from fractions import Fraction

import cv2
import numpy as np
import pytest

import tiny
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.studio.background_task import Stopped
from anybokeh.studio.content import content_key
from anybokeh.studio.display import shrink
from anybokeh.studio.document import Document, parse_document
from anybokeh.studio.folders import Folders
from anybokeh.studio.frames import FrameReader, frame_times
from anybokeh.studio.part import Part
from anybokeh.studio.project import Conflict, Project
from anybokeh.studio.proxies import CHUNK, Proxies
from anybokeh.studio.turns import Turns
from clip import make
from clip.test_pages import animation
from clip.test_timing import append

TIMES = (np.arange(24) / 24).copy


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.mov"])
@pytest.mark.parametrize("rotation", [None, 90])
def test_frames_in_any_order(tmp_path, name, rotation) -> None:
    if rotation and name != "a.mp4":
        pytest.skip("only some containers carry a rotation")
    pictures = tiny.pictures(70, 48, 64)
    codec = "mpeg4" if name == "a.avi" else "libx264"
    options = {"g": "25", "bf": "2", "crf": "10"} if codec == "libx264" else {"g": "25"}
    clip = make.video(tmp_path / name, pictures, codec=codec, options=options, rotation=rotation)
    _check_any_order(clip)


def test_frames_at_a_variable_rate(tmp_path) -> None:
    times = np.cumsum(np.random.default_rng(3).integers(1, 9, 60)).tolist()
    clip = make.video(tmp_path / "a.mp4", tiny.pictures(60), times=[128 * one for one in times])
    _check_any_order(clip)


def test_frames_of_a_folder(tmp_path) -> None:
    _check_any_order(tiny.images(tmp_path / "images", tiny.pictures(9)))


@pytest.mark.parametrize("name", ["a.webp", "a.apng", "a.gif"])
def test_frames_of_an_animation(tmp_path, name) -> None:
    _check_any_order(animation(tmp_path / name))


def test_frames_of_pages(tmp_path) -> None:
    done, data = cv2.imencodemulti(".tif", tiny.pictures(20))
    assert done
    (tmp_path / "a.tif").write_bytes(data.tobytes())
    _check_any_order(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".ts", "libx264"), (".vob", "libx264"), (".vob", "mpeg2video"), (".mkv", "libx264")],
)
def test_frames_of_joined_files(tmp_path, suffix, codec) -> None:
    pictures = tiny.pictures(60)
    parts = [
        make.video(
            tmp_path / f"{begin}{suffix}", pictures[begin : begin + 20], codec=codec, options={"g": "5"},
            time_base=Fraction(1, 25), step=1,
        )
        for begin in (0, 20, 40)
    ]  # fmt: skip
    # of three Matroska files FFmpeg reads two
    _check_any_order(append(tmp_path / f"joined{suffix}", *parts[: 2 if suffix == ".mkv" else 3]))


def _check_any_order(path) -> None:
    with open_clip(path) as clip:
        info, expected = clip.info, [frame.pixels for frame in clip]
    times, exact = frame_times(info)
    assert exact and len(times) == len(expected)
    reader = FrameReader(info, times)
    order = np.random.default_rng(1).permutation(len(times)).tolist()
    for index in [*order, 0, 1, 2, len(times) - 1]:
        assert np.array_equal(reader.read(index), expected[index]), index
    reader.close()


def test_small_pictures_are_made_once_and_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    count = CHUNK + 7
    path = tiny.lossless(tmp_path / "a.mkv", [make.picture(90, 1200, index) for index in range(count)])
    with open_clip(path) as clip:
        info, frames = clip.info, [frame.pixels for frame in clip]
    times, _ = frame_times(info)
    proxies = Proxies(info, times, content_key(path))
    assert proxies.size == (960, 72)
    proxies.start()
    while proxies.done < 1:
        time.sleep(0.05)
    proxies.close()
    # without the clip they are still there
    again = Proxies(info, times, content_key(path))
    path.unlink()
    for index in (0, CHUNK - 1, CHUNK, count - 1):
        difference = again.picture(index).astype(int) - shrink(frames[index], again.size)
        assert np.abs(difference).mean() < 2
        assert again.packed(index)[:2] == b"\xff\xd8"
    again.close()


def test_a_project_keeps_steps_over_restarts(tmp_path) -> None:
    def document(focus: float) -> Document:
        return Document(keyframes=({"time": 0, "focus": focus},))

    project = Project(tmp_path / "p", tmp_path / "clip.mp4", Document(), TIMES)
    for number in range(1, 4):
        project.change(project.revision, document(number / 10))
    project.undo(project.revision)
    revision = project.revision
    with pytest.raises(Conflict):
        project.change(revision - 1, document(0.9))
    again = Project(tmp_path / "p", tmp_path / "clip.mp4", Document(), TIMES)
    assert (again.revision, again.document) == (revision, document(0.2))
    again.redo(again.revision)
    assert again.document == document(0.3) and not again.can_redo
    again.undo(again.revision)
    again.change(again.revision, document(0.7))
    assert not again.can_redo
    # a new step was made: what was undone is gone, what was before is not
    again.undo(again.revision)
    assert again.document == document(0.2)


def test_a_track_edited_by_hand_is_taken_over(tmp_path) -> None:
    project = Project(tmp_path / "p", tmp_path / "clip.mp4", Document(), TIMES)
    track = {"version": 1, "keyframes": [{"frame": 3, "focus": "point:1,2"}]}
    project.track.write_text(json.dumps(track))
    again = Project(tmp_path / "p", tmp_path / "clip.mp4", Document(), TIMES)
    assert again.document.keyframes == ({"frame": 3, "focus": "point:1,2"},)
    assert again.revision == project.revision + 1
    project.track.write_text("{")
    assert Project(tmp_path / "p", tmp_path / "clip.mp4", Document(), TIMES).document == again.document


def test_a_project_that_cannot_be_written_changes_nothing(tmp_path, monkeypatch) -> None:
    project = Project(tmp_path / "p", tmp_path / "clip.mp4", Document(), TIMES)

    def full(*_: object) -> None:
        raise InputError("project.json: cannot be written (No space left on device)")

    monkeypatch.setattr("anybokeh.studio.project_file.write_whole", full)
    before = project.document, project.revision
    with pytest.raises(InputError, match="No space left"):
        project.change(project.revision, Document(options={"aperture": "blades:6"}))
    assert (project.document, project.revision) == before


def test_a_document_goes_there_and_back() -> None:
    document = Document(options={"aperture": "blades:7,rotation=10", "steady": False}, part=Part(3, 12))
    values = json.loads(json.dumps(document.to_json()))
    assert parse_document(values, Folders.of([]), Document()) == document


def test_the_clip_that_is_shown_goes_first() -> None:
    turns, order = Turns(), []
    turns.begin("long")
    turns.begin("shown")
    turns.show("shown")

    def work() -> None:
        turns.wait("long", lambda: None)
        order.append("long")

    waiting = threading.Thread(target=work)
    waiting.start()
    turns.wait("shown", lambda: None)
    time.sleep(0.05)
    order.append("shown")
    turns.end("shown")
    waiting.join(5)
    assert order == ["shown", "long"]

    def stop() -> None:
        raise Stopped

    turns.begin("shown")
    with pytest.raises(Stopped):
        turns.wait("long", stop)
