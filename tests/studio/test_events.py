"""The stream that tells a page what goes on."""

from __future__ import annotations

import json
import logging
import signal
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from anybokeh.studio.events import stream
from studio.coroutines import completed
from studio.serving import Served, serving
from studio.visitor import Visitor


def events(stream: Any) -> Any:
    """Pairs of an event's name and its data."""
    name = ""
    for line in stream:
        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
        elif line.startswith(b"data: "):
            yield name, line[6:].decode().strip()


def opened(served: Served, query: str = "") -> Any:
    return closing(urllib.request.urlopen(f"{served.address}api/events{query}", timeout=30))


def test_it_tells_what_changes_and_nothing_else(served: Served) -> None:
    clip = served.ask("/api/studio")["clips"][0]["id"]
    served.wait(f"/api/clips/{clip}", lambda s: s["progress"]["disparity"]["state"] == "done")
    state = served.wait(f"/api/clips/{clip}", lambda s: s["progress"]["proxies"] == 1)
    with opened(served, f"?clip={clip}") as stream:
        told = events(stream)
        name, data = next(told)
        status = json.loads(data)
        assert name == "status" and (status["clip"], status["revision"]) == (clip, state["revision"])
        # while nothing happens there is nothing but a sign of life
        begun = time.monotonic()
        assert next(told) == ("ping", "still here")
        assert time.monotonic() - begun > 2
        body = {"revision": state["revision"], "document": state["document"] | {"anamorphic": 1.5}}
        served.ask(f"/api/clips/{clip}", body, "PUT")
        changed = next(json.loads(data) for name, data in told if name == "status")
        assert changed["revision"] == state["revision"] + 1


def test_a_clip_that_is_gone_is_told(served: Served) -> None:
    with opened(served, "?clip=nonsense") as stream:
        assert list(events(stream)) == [("gone", "this clip is not open any more")]


def test_a_fault_is_told_and_kept(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def status() -> dict[str, Any]:
        raise ZeroDivisionError("of nothing")

    async def heard() -> list[Any]:
        return [one async for one in stream(status).body_iterator]

    monkeypatch.setattr(logging.getLogger("anybokeh.studio"), "propagate", True)
    (told,) = completed(heard())
    assert told.event == "gone" and "ZeroDivisionError: of nothing" in told.data
    assert "ZeroDivisionError" in caplog.text


def test_an_open_stream_does_not_keep_the_studio(media: Path, tmp_path: Path) -> None:
    arguments = (media / "clip.mp4", "--disparity", media / "maps")
    with serving(tmp_path / "projects", *arguments) as served, opened(served) as stream:
        next(events(stream))
        begun = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(15) == 130
        assert time.monotonic() - begun < 10
        # it came to its end
        assert all(name in ("ping", "status") for name, _ in events(stream))


def test_a_page_that_stands_idle_asks_nothing(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.shown()
    # the next ten seconds are made ready to be played, and small pictures for the timeline
    for _ in range(60):
        before = len(asked)
        visitor.page.wait_for_timeout(1500)
        if len(asked) == before:
            break
    asked.clear()
    visitor.page.wait_for_timeout(5000)
    assert asked == []


@pytest.mark.slow
def test_progress_arrives_and_a_stopped_studio_is_told(browser, media: Path, tmp_path: Path) -> None:
    arguments = (media / "clip.mp4", "--disparity", media / "maps")
    with serving(tmp_path / "projects", *arguments) as served:
        visitor = Visitor(browser, served)
        page, port = visitor.page, served.address.rstrip("/").rpartition(":")[2]
        visitor.shown()
        page.click("#render")
        page.wait_for_selector("#renders li[data-state=working]")
        page.wait_for_selector("#renders li[data-state=done]")
        served.process.send_signal(signal.SIGINT)
        served.process.wait(15)
        page.wait_for_selector("#banner:visible:has-text('does not answer')")
        assert visitor.text("#saved") == "not connected"
        page.locator("[data-shape='blades:5']").click()
        page.wait_for_selector("#saved:text-is('not saved')")
    # the last port is the one that counts
    with serving(tmp_path / "projects", *arguments, "--port", port) as served:
        page.wait_for_selector("#banner", state="hidden")
        page.wait_for_selector("#saved:text-is('saved')")
        clip = served.ask("/api/studio")["clips"][0]["id"]
        assert served.ask(f"/api/clips/{clip}")["document"]["aperture"] == "blades:5"
    page.close()
