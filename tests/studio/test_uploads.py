"""Uploads in pieces, and what becomes of one that breaks off."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from anybokeh.studio import uploads as module
from anybokeh.studio.tus import Tus
from anybokeh.studio.uploads import Stalled, Unknown, Uploads
from studio.coroutines import completed
from studio.serving import PIECE, Served, named, serving
from studio.visitor import Visitor


def begin(served: Served, name: str, length: int) -> str:
    status, headers = served.tus("POST", "/api/uploads", {"Upload-Length": str(length), **named(name)})
    assert status == 201, headers
    return headers["Location"]


def offset(served: Served, place: str) -> int:
    end = time.monotonic() + 10
    while (answer := served.tus("HEAD", place, {}))[0] == 423 and time.monotonic() < end:
        # the studio has not noticed yet that a connection broke off
        time.sleep(0.1)
    status, headers = answer
    assert status == 200 and headers["Cache-Control"] == "no-store"
    assert headers["Upload-Metadata"].startswith("filename ")
    return int(headers["Upload-Offset"])


def break_off(served: Served, place: str, data: bytes, after: int) -> None:
    """Send some of the bytes, as a connection does that breaks off."""
    host = urlsplit(served.address).netloc
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: {host}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: {PIECE['Content-Type']}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    name, port = host.split(":")
    with socket.create_connection((name, int(port))) as connection:
        connection.sendall(head.encode() + data[:after])
        time.sleep(0.5)


def test_an_upload_goes_on_after_the_studio_was_started_again(media: Path, tmp_path: Path) -> None:
    data = (media / "clip.mp4").read_bytes()
    with serving(tmp_path / "projects") as served:
        place = begin(served, "my clip.mp4", len(data))
        assert offset(served, place) == 0
        break_off(served, place, data, len(data) // 2)
        here = offset(served, place)
        assert here == len(data) // 2
        # it is not shown as a clip
        assert served.ask(f"/api/files?path={served.projects / 'uploads'}")["entries"] == []
    with serving(tmp_path / "projects") as served:
        assert offset(served, place) == here
        assert served.tus("PATCH", place, {"Upload-Offset": "0", **PIECE}, data)[0] == 409
        assert offset(served, place) == here
        status, headers = served.tus("PATCH", place, {"Upload-Offset": str(here), **PIECE}, data[here:])
        assert (status, headers["Upload-Offset"]) == (204, str(len(data)))
        (file,) = (served.projects / "uploads").glob("*/*")
        assert file.name == "my clip.mp4" and file.read_bytes() == data
        assert served.ask(f"/api/clips/{headers['X-Clip']}")["frames"] == 24
        # nothing is left beside it, and the upload is at its end
        assert [one.name for one in file.parent.parent.iterdir()] == [file.parent.name]
        assert served.tus("HEAD", place, {})[0] == 404


def test_what_the_protocol_asks_for(served: Served) -> None:
    status, headers = served.tus("OPTIONS", "/api/uploads", {})
    assert status == 204 and headers["Tus-Version"] == "1.0.0"
    assert headers["Tus-Extension"] == "creation,termination" and int(headers["Tus-Max-Size"]) == 4096 << 20
    place = begin(served, "a.mp4", 100)
    assert served.tus("PATCH", place, {"Tus-Resumable": "0.2.2", **PIECE}, b"x")[0] == 412
    assert served.tus("PATCH", place, {"Content-Type": "text/plain", "Upload-Offset": "0"}, b"x")[0] == 415
    assert served.tus("PATCH", place, PIECE, b"x")[0] == 400
    assert served.tus("PATCH", place, {"Upload-Offset": "0", **PIECE}, b"x" * 40)[1]["Upload-Offset"] == "40"
    assert served.tus("DELETE", place, {})[0] == 204
    for gone in (place, "/api/uploads/" + "0" * 32, "/api/uploads/..%2f..%2fclips"):
        assert served.tus("HEAD", gone, {})[0] == 404
    assert served.tus("POST", "/api/uploads", named("a.mp4"))[0] == 400
    for name, length, expected, words in (
        ("a.txt", 4, 422, "by its name"),
        ("a.mp4", 0, 422, "empty"),
        ("a.mp4", 5 << 30, 413, "4096 MB"),
    ):
        asked = {"Upload-Length": str(length), **named(name)}
        status, error = served.tus("POST", "/api/uploads", asked)
        assert status == expected and words in error and "\n" not in error
    long = begin(served, "a.mp4", 3)
    status, error = served.tus("PATCH", long, {"Upload-Offset": "0", **PIECE}, b"xxxx")
    assert status == 422 and "longer than was said" in error
    assert not list((served.projects / "uploads").iterdir())


def test_what_nobody_went_on_with_goes_after_a_week(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 1000)
    old, young = uploads.begin("a.mp4", 9), uploads.begin("b.mp4", 9)
    for file in tmp_path.glob(f".{old.id}*"):
        os.utime(file, (time.time() - 8 * 24 * 3600,) * 2)
    again = Uploads(tmp_path, 1000)
    assert again.find(young.id) == (young, 0)
    with pytest.raises(Unknown):
        again.find(old.id)
    assert len(list(tmp_path.iterdir())) == 2


def test_its_parts_go_together_and_none_stays_without_the_other(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 1000)
    written, lonely, bare = (uploads.begin(f"{name}.mp4", 9) for name in "abc")
    # it was begun long ago, and goes on
    os.utime(tmp_path / f".{written.id}.part.json", (0, 0))
    (tmp_path / f".{lonely.id}.part").unlink()
    (tmp_path / f".{bare.id}.part.json").unlink()
    assert Uploads(tmp_path, 1000).find(written.id) == (written, 0)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f".{written.id}.part",
        f".{written.id}.part.json",
    ]


def test_an_upload_of_an_earlier_studio_goes_on(tmp_path: Path) -> None:
    id = "0" * 32
    (tmp_path / f".{id}.part").write_bytes(b"1234")
    (tmp_path / f".{id}.part.json").write_text(json.dumps({"id": id, "name": "a.mp4", "length": 9}))
    assert Uploads(tmp_path, 1000).find(id)[1] == 4


def test_a_dead_connection_leaves_what_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    uploads = Uploads(tmp_path, 1000)
    upload = uploads.begin("a.mp4", 9)

    async def dying() -> AsyncIterator[bytes]:
        yield b"1234"
        await asyncio.sleep(60)
        yield b"5"

    async def living() -> AsyncIterator[bytes]:
        yield b"56789"

    with pytest.raises(Stalled):
        completed(uploads.write(upload.id, 0, dying()))
    assert uploads.find(upload.id) == (upload, 4)
    assert completed(uploads.write(upload.id, 4, living())) == (upload, 9)


async def told(app: Any, method: str, id: str, headers: dict[str, str], *chunks: bytes) -> tuple[int, dict]:
    """What an application answers to a request whose connection dies after these bytes, without an end."""
    sent: list[dict[str, Any]] = []
    coming = iter(chunks)

    async def receive() -> dict[str, Any]:
        chunk = next(coming, None)
        if chunk is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": chunk, "more_body": method == "PATCH" and chunk != b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    path = f"/api/uploads/{id}"
    all_of_them = {"tus-resumable": "1.0.0", **PIECE, **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in all_of_them.items()]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "root_path": ""}
    await app(scope | {"query_string": b"", "headers": raw, "scheme": "http"}, receive, send)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def application(uploads: Uploads, opened=lambda path: path.name) -> Starlette:
    return Starlette(routes=Tus(uploads, opened).routes())


def test_after_a_dead_connection_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.5)
    uploads = Uploads(tmp_path, 1000)
    upload = uploads.begin("a.mp4", 9)
    app = application(uploads)

    async def visit() -> None:
        dying = asyncio.create_task(told(app, "PATCH", upload.id, {"upload-offset": "0"}, b"1234"))
        await asyncio.sleep(0.1)
        assert (await told(app, "HEAD", upload.id, {}, b""))[0] == 423
        assert (await told(app, "PATCH", upload.id, {"upload-offset": "4"}, b""))[0] == 409
        # answers of 5xx are tried again by the page
        assert (await dying)[0] == 503
        status, headers = await told(app, "HEAD", upload.id, {}, b"")
        assert (status, headers["upload-offset"]) == (200, "4")

    completed(visit())


def test_a_whole_upload_that_was_not_finished_is_finished_when_asked_for(media: Path, tmp_path: Path) -> None:
    data = (media / "clip.mp4").read_bytes()
    before = Uploads(tmp_path, 10**9)
    upload = before.begin("clip.mp4", len(data))
    # the studio was killed after the last byte
    (tmp_path / f".{upload.id}.part").write_bytes(data)
    go_on, opened = threading.Event(), []

    def slow(path: Path) -> str:
        opened.append(path)
        assert go_on.wait(30)
        return "key"

    app = application(Uploads(tmp_path, 10**9), slow)

    async def visit() -> None:
        finishing = asyncio.create_task(told(app, "HEAD", upload.id, {}, b""))
        while not opened:
            await asyncio.sleep(0.05)
        # nobody else finishes it meanwhile
        at_end = {"upload-offset": str(len(data))}
        assert (await told(app, "HEAD", upload.id, {}, b""))[0] == 423
        assert (await told(app, "PATCH", upload.id, at_end, b""))[0] == 409
        go_on.set()
        status, headers = await finishing
        assert (status, headers["x-clip"]) == (200, "key")
        assert headers["upload-offset"] == headers["upload-length"] == str(len(data))

    completed(visit())
    (path,) = opened
    assert path.read_bytes() == data
    assert [one.name for one in tmp_path.iterdir()] == [path.parent.name]


@pytest.mark.slow
def test_the_page_goes_on_where_it_broke_off(browser, media: Path, tmp_path: Path) -> None:
    """The studio is killed at the second piece, and started again."""
    projects = tmp_path / "projects"
    with serving(projects) as served:
        port = served.address.rstrip("/").rpartition(":")[2]
        visitor = Visitor(browser, served)
        page, lengths = visitor.page, []
        page.evaluate(
            """async () => {
                await import("/static/vendor/tus.min.js");
                const start = window.tus.Upload.prototype.start;
                window.tus.Upload.prototype.start = function () {
                    this.options.chunkSize = Math.ceil(this.file.size / 3);
                    return start.call(this);
                };
            }"""
        )

        def see(route) -> None:
            lengths.append(route.request.headers.get("upload-offset"))
            if len(lengths) == 2:
                served.process.send_signal(signal.SIGINT)
                served.process.wait(15)
                route.abort()
            else:
                route.continue_()

        page.route(
            "**/api/uploads/*",
            lambda route: see(route) if route.request.method == "PATCH" else route.continue_(),
        )
        page.set_input_files("#upload-file", media / "clip.mp4")
        page.wait_for_selector("#uploading:visible")
        for _ in range(200):
            if len(lengths) >= 2 and served.process.poll() is not None:
                break
            page.wait_for_timeout(100)
    with serving(projects, "--port", port) as served:
        page.wait_for_selector("#clip-name:has-text('clip.mp4')")
        (file,) = (projects / "uploads").glob("*/*")
        assert file.read_bytes() == (media / "clip.mp4").read_bytes()
        # the first piece was not sent again
        assert lengths.count("0") == 1 and len(lengths) == 4
    page.close()
