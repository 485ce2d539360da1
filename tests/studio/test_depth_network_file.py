"""The button that fetches the depth network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from anybokeh.storage.downloading import Content
from anybokeh.storage.pinned import HubFile, PinnedFile
from anybokeh.studio import depth_network_file
from anybokeh.studio.depth_network_file import DepthNetworkFile
from storage import serving as hub
from studio.serving import serving
from studio.visitor import Visitor

DATA = b"a network" * 1000
FILE = PinnedFile(
    "small.onnx",
    "Small",
    Content(len(DATA), hashlib.sha256(DATA).hexdigest()),
    "MIT",
    HubFile("owner/name", "model.onnx"),
)
PATH = "/owner/name/resolve/main/model.onnx"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hub.Server]:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "usual"))
    monkeypatch.setattr(depth_network_file, "DEPTH_SMALL", FILE)
    with hub.serving() as state:
        monkeypatch.setenv("HF_ENDPOINT", state.url)
        state.files[PATH] = DATA
        yield state


def test_it_is_fetched_when_asked_for_and_not_before(server: hub.Server) -> None:
    came: list[bool] = []
    network = DepthNetworkFile(True, lambda: came.append(network.to_json()["there"]))
    before = network.to_json()
    assert (before["there"], before["offered"], before["title"], server.requests) == (
        False,
        True,
        "Small",
        [],
    )
    # the tests are offline, as the studio is
    network.fetch()
    assert network._task is not None and network._task.wait(30)
    assert network.to_json()["state"] == "done" and network.to_json()["there"]
    assert came == [True]


def test_what_goes_wrong_is_one_sentence_and_can_be_tried_again(server: hub.Server) -> None:
    server.files.clear()
    network = DepthNetworkFile(True, lambda: None)
    network.fetch()
    assert network._task is not None and network._task.wait(60)
    told = network.to_json()
    assert told["state"] == "failed" and "Small" in told["message"] and "\n" not in told["message"]
    server.files[PATH] = DATA
    network.fetch()
    assert network._task.wait(30) and network.to_json()["there"]


def test_it_is_not_fetched_where_that_is_forbidden(server: hub.Server) -> None:
    network = DepthNetworkFile(False, lambda: None)
    network.fetch()
    assert not network.to_json()["offered"] and not server.requests


@pytest.mark.slow
@pytest.mark.parametrize("offline", ["0", "1"])
def test_the_button(offline: str, browser, media, tmp_path: Path) -> None:
    with hub.serving() as state:
        places = {"XDG_CACHE_HOME": str(tmp_path / "usual"), "HF_HOME": str(tmp_path / "hub")}
        variables = {"HF_HUB_OFFLINE": offline, "HF_ENDPOINT": state.url, **places}
        with (
            serving(
                tmp_path / "projects", "--folder", media, media / "clip.mp4", variables=variables
            ) as served,
            Visitor(browser, served) as visitor,
        ):
            page = visitor.page
            page.goto(served.address)
            page.wait_for_selector("#screen:not([hidden])")
            page.wait_for_selector("#disparity-note:not(:empty)")
            button = page.locator("#fetch-depth")
            if offline == "1":
                assert not button.is_visible()
                return
            button.wait_for(state="visible")
            assert "Depth Anything V2 Small (99 MB" in button.inner_text()
            assert not state.requests
            button.click()
            # this hub does not have it
            page.wait_for_selector("text=copy onnx/model.onnx of onnx-community/depth-anything-v2-small")
            assert any("depth-anything-v2-small" in path for path, _ in state.requests)
            assert button.is_enabled()
