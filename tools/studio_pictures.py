"""Take the pictures of the studio in docs/images: the demo clip in headless Chromium.

python tools/studio_pictures.py [FOLDER]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import cv2
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]

DEMO = ROOT / "src/anybokeh/demo"


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from studio.conftest import ARGUMENTS
    from studio.serving import serving

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images"
    chromium = shutil.which("chromium") or sys.exit("there is no Chromium: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(
            Path(scratch) / "projects", DEMO / "clip.mp4", "--disparity", DEMO / "disparity.mkv"
        ) as studio,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, size, theme in (("studio", (1280, 760), "dark"), ("studio-light", (1920, 1080), "light")):
            page = browser.new_page(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if theme == "dark" else "light",
            )
            page.goto(studio.address)
            _work(page, first=theme == "dark")
            file = folder / f"{name}.png"
            page.screenshot(path=file)
            picture = cv2.imread(str(file))
            assert picture is not None
            cv2.imwrite(str(file.with_suffix(".jpg")), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
            file.unlink()
            page.close()
        browser.close()


def _work(page: Page, first: bool) -> None:
    """Pull the focus from the astronaut to the lamps behind her, and look at it."""
    page.wait_for_selector("#after:not([hidden])", timeout=60_000)
    page.wait_for_timeout(1000)
    if first:
        _click(page, "#screen", 0.37, 0.3)
        page.locator("summary", has_text="Strength").click()
        page.locator("#blur").fill("40")
        page.locator("#blur").dispatch_event("change")
        _click(page, ".lanes", 0.7, 0.05)
        page.wait_for_timeout(800)
        _click(page, "#screen", 0.72, 0.22)
        page.wait_for_timeout(1500)
        _click(page, ".lanes", 0.12, 0.05)
        page.keyboard.press("3")
    else:
        page.keyboard.press("p")
    page.mouse.move(5, 300)
    page.wait_for_timeout(3000)


def _click(page: Page, selector: str, x: float, y: float) -> None:
    room = page.locator(selector).bounding_box()
    assert room is not None
    page.mouse.click(room["x"] + x * room["width"], room["y"] + y * room["height"])


if __name__ == "__main__":
    main()
