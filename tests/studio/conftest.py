"""A browser, where there is one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tiny
from clip import make
from studio.serving import Served, serving
from studio.visitor import Visitor

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HEIGHT, WIDTH, FRAMES = 180, 320, 24


CARD_ARGUMENTS = [
    *(one for one in ARGUMENTS if one != "--disable-gpu"),
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    # without Vulkan for the page, canvases cannot show what was drawn
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
"""Of a browser whose graphics card is a driver in software: slow, but right."""


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Starts Chromium of the system with arguments of its own; what needs it skips where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("the studio's page is not tested: there is no Chromium (apt-get install chromium)")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the studio's page is not tested: playwright is not installed"
    )

    @contextmanager
    def start(arguments: list[str]) -> Iterator:
        with tempfile.TemporaryDirectory() as profile:
            context = running.chromium.launch_persistent_context(
                profile,
                executable_path=path,
                args=arguments,
                headless=True,
                accept_downloads=True,
                viewport={"width": 1280, "height": 760},
                permissions=["clipboard-read", "clipboard-write"],
            )
            context.set_default_timeout(60_000)
            yield context
            context.close()

    with playwright.sync_playwright() as running:
        yield start


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator:
    """Chromium without a window, and without a graphics card."""
    with chromium(ARGUMENTS) as context:
        yield context


@pytest.fixture(scope="session")
def media(tmp_path_factory) -> Path:
    """A folder with clip.mp4 (H.264, sound) and its disparity in maps/, near on the left."""
    folder = tmp_path_factory.mktemp("media")
    pictures = tiny.pictures(FRAMES, HEIGHT, WIDTH)
    make.video(folder / "clip.mp4", pictures, options={"crf": "12", "g": "8"}, audio=("eng",))
    tiny.maps(folder / "maps", tiny.disparity(FRAMES, HEIGHT, WIDTH))
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory, media) -> Iterator[Served]:
    """A studio of a module's own, with the clip and its disparity."""
    projects = tmp_path_factory.mktemp("studio") / "projects"
    with serving(projects, media / "clip.mp4", "--disparity", media / "maps") as running:
        yield running


@pytest.fixture
def visitor(browser, served) -> Iterator[Visitor]:
    """Somebody who sees its page."""
    with Visitor(browser, served) as one:
        one.shown()
        yield one
