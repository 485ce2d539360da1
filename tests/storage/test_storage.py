"""Renders from and to stores: whole or not at all, nothing outside of the cache folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.cluster.engine import OnCluster
from anybokeh.cluster.maker import SegmentMaker
from anybokeh.errors import InputError
from anybokeh.storage.copies import local_copies
from anybokeh.storage.fetch import fetched, storage_folder
from anybokeh.storage.staging import StagedOutput
from anybokeh.storage.urls import check_url, is_url, local_path

fsspec = pytest.importorskip("fsspec")
FAST = {"focus": 0.8, "device": "cpu", "steady": False, "repair": False, "segment_frames": 4}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A store with a clip and its disparity under memory://box, and the cache in a folder of its own."""
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    tiny.lossless(tmp_path / "a.mkv", tiny.pictures())
    tiny.maps(tmp_path / "maps", tiny.disparity())
    fs.pipe("/box/a.mkv", (tmp_path / "a.mkv").read_bytes())
    for file in (tmp_path / "maps").iterdir():
        fs.pipe(f"/box/maps/{file.name}", file.read_bytes())
    (tmp_path / "track.json").write_text('{"version": 1, "keyframes": [{"time": 0, "blur": 9}]}')
    fs.pipe("/box/track.json", (tmp_path / "track.json").read_bytes())
    yield fs
    fs.store.clear()


def render(output: str | Path, **options):
    return render_clip("memory://box/a.mkv", output, disparity="memory://box/maps", **{**FAST, **options})


def test_from_store_to_store(store, tmp_path: Path) -> None:
    here = {"disparity": tmp_path / "maps", "track": tmp_path / "track.json", **FAST}
    render_clip(tmp_path / "a.mkv", tmp_path / "here.mp4", **here)
    report = render("memory://box/out/b.mp4", track="memory://box/track.json")
    assert report.output == "memory://box/out/b.mp4" and report.frames == tiny.FRAMES
    assert store.cat("/box/out/b.mp4") == (tmp_path / "here.mp4").read_bytes()
    assert not list((storage_folder() / "outputs").iterdir())


def test_a_folder_of_images_is_whole_when_it_says_so(store) -> None:
    render("memory://box/out")
    names = [Path(name).name for name in store.find("/box/out")]
    assert len(names) == tiny.FRAMES + 1 and "_SUCCESS" in names
    with pytest.raises(InputError, match="exists already"):
        render("memory://box/out")
    assert "nothing to do" in render("memory://box/out", resume=True).notes[0]
    store.rm("/box/out/_SUCCESS")
    store.rm("/box/out/000003.png")
    render("memory://box/out", resume=True)
    assert len(store.find("/box/out")) == tiny.FRAMES + 1


def test_what_exists_is_replaced_only_when_asked(store) -> None:
    store.pipe("/box/b.mkv", b"old")
    with pytest.raises(InputError, match="--overwrite"):
        render("memory://box/b.mkv")
    assert store.cat("/box/b.mkv") == b"old"
    render("memory://box/b.mkv", overwrite=True)
    assert len(store.cat("/box/b.mkv")) > 1000
    assert render("memory://box/b.mkv", resume=True).frames == 0


def test_a_failed_upload_leaves_nothing_there_and_all_here(store, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFile

    def lost(self) -> None:
        raise OSError("connection lost")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFile, "commit", lost)
        with pytest.raises(InputError, match=r"connection lost.*--resume uploads it"):
            render("memory://box/b.mkv")
    assert not store.exists("/box/b.mkv")
    report = render("memory://box/b.mkv", resume=True)
    assert any("already whole" in note for note in report.notes)
    assert store.exists("/box/b.mkv")
    # but not as the result of other settings
    with monkeypatch.context() as patch:
        patch.setattr(MemoryFile, "commit", lost)
        with pytest.raises(InputError):
            render("memory://box/c.mkv")
    assert not any("whole" in note for note in render("memory://box/c.mkv", resume=True, blur=3).notes)


def test_copies_are_kept_and_replaced_files_fetched_again(store, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        first = fetched("memory://box/a.mkv", stack)
        with monkeypatch.context() as patch:
            patch.setattr(type(store), "open", None)
            assert fetched("memory://box/a.mkv", stack) == first
        store.pipe("/box/a.mkv", b"another")
        assert fetched("memory://box/a.mkv", stack).read_bytes() == b"another"


def test_limits(store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pipe("/box/large", bytes(3 << 20))
    store.pipe("/box/other", bytes(1 << 20))
    monkeypatch.setenv("ANYBOKEH_FETCHED_MB", "2")
    with ExitStack() as stack, pytest.raises(InputError, match="ANYBOKEH_FETCHED_MB"):
        fetched("memory://box/large", stack)
    monkeypatch.setenv("ANYBOKEH_FETCHED_MB", "3")
    with ExitStack() as stack:
        kept = fetched("memory://box/other", stack)
        fetched("memory://box/large", stack)
        assert kept.exists()
    store.pipe("/box/large", bytes(2 << 20) + b"x")
    with ExitStack() as stack:
        fetched("memory://box/large", stack)
    assert not kept.exists()
    monkeypatch.setenv("ANYBOKEH_FETCHED_MB", "-1")
    with ExitStack() as stack, pytest.raises(InputError, match="ANYBOKEH_FETCHED_MB"):
        fetched("memory://box/a.mkv", stack)


@pytest.mark.parametrize("name", ["x/../../../escaped", "..", "a\\b", "x//y"])
def test_names_in_a_store_cannot_lead_elsewhere(store, tmp_path: Path, name: str) -> None:
    from fsspec.implementations.memory import MemoryFile

    store.store[f"/box/maps/{name}"] = MemoryFile(store, f"/box/maps/{name}", b"0")
    with ExitStack() as stack, pytest.raises(InputError):
        fetched("memory://box/maps", stack)
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize(
    "url",
    [
        "http://host/a.mp4",
        "simplecache::memory://box/a.mkv",
        "memory://box/../a",
        "memory://box//a",
        "ftp://a/b",
        "s3://bucket/a\nb",
        "reference://a",
        "memory://box/zip://a::b",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    assert is_url(url) or "::" in url
    with pytest.raises(InputError):
        check_url(url)


def test_plain_paths_are_no_urls() -> None:
    assert not any(map(is_url, ("a.mp4", "/a/b", "C:/a", "owner/name", "mask:a", "s3:/a")))
    assert local_path("file:///a/b c.mp4") == Path("/a/b c.mp4") and local_path("s3://a/b") is None


def test_what_is_not_there(store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        render_clip("memory://box/none.mp4", tmp_path / "b.mkv", focus=0.5)
    with pytest.raises(InputError):
        StagedOutput("memory://box/../b.mkv")
    assert not list(tmp_path.glob("b*"))


def test_a_worker_fetches_what_it_needs(store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made in this process, as other processes do not see this store."""

    class InProcess:
        maker = SegmentMaker()

        def engine(self, input, settings, height, width):
            return OnCluster(self.render, *self.maker.plan(settings, height, width), input, settings)

        def render(self, task, runs, tell):
            for run in reversed(runs):
                yield self.maker.make("key", [task], run)

    render(tmp_path / "here.mkv")
    monkeypatch.setattr("anybokeh.cluster.maker.notes_of", lambda _: ("odd",))
    report = render(tmp_path / "there.mkv", cluster=InProcess())
    assert [note.partition(": ")[2] for note in report.notes].count("odd") == 1
    assert np.array_equal(tiny.frames_of(tmp_path / "there.mkv"), tiny.frames_of(tmp_path / "here.mkv"))
    with local_copies() as copies:
        assert copies.path("memory://box/a.mkv").is_relative_to(tmp_path / "cache")
