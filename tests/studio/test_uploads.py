"""Uploads in pieces, and what becomes of one that breaks off."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from anybokeh.studio.uploads import Unknown, Uploads
from studio.serving import PIECE, Served, named, serving
from studio.visitor import Visitor


def begin(served: Served, name: str, length: int) -> str:
    status, headers = served.tus("POST", "/api/uploads", {"Upload-Length": str(length), **named(name)})
    assert status == 201, headers
    return headers["Location"]


def offset(served: Served, place: str) -> int:
    status, headers = served.tus("HEAD", place, {})
    assert status == 200 and headers["Cache-Control"] == "no-store"
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
    assert served.tus("PATCH", place, {"Upload-Offset": "0", **PIECE}, b"x" * 40)[1]["Upload-Offset"] == "40"
    assert served.tus("DELETE", place, {})[0] == 204
    for gone in (place, "/api/uploads/" + "0" * 32, "/api/uploads/..%2f..%2fclips"):
        assert served.tus("HEAD", gone, {})[0] == 404
    assert served.tus("POST", "/api/uploads", named("a.mp4"))[0] == 400
    for name, length, words in (
        ("a.txt", 4, "by its name"),
        ("a.mp4", 0, "empty"),
        ("a.mp4", 5 << 30, "4096 MB"),
    ):
        asked = {"Upload-Length": str(length), **named(name)}
        status, error = served.tus("POST", "/api/uploads", asked)
        assert status == 422 and words in error and "\n" not in error
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
