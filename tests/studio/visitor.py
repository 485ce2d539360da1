"""A user of the page."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import urlsplit

from studio.serving import Served


class Visitor:
    """One tab. Every request that it makes must go to the studio, and nothing may go wrong in its scripts."""

    def __init__(self, context, served: Served) -> None:
        self.served = served
        self.page = context.new_page()
        self.strangers: list[str] = []
        self.errors: list[str] = []
        own = urlsplit(served.address).netloc
        self.page.on("request", lambda request: self._see(request.url, own))
        self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        self.page.goto(served.address)
        self.page.wait_for_selector("body[data-ready]")

    def _see(self, url: str, own: str) -> None:
        if urlsplit(url).scheme not in ("blob", "data") and urlsplit(url).netloc != own:
            self.strangers.append(url)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, kind, error, trace) -> None:
        self.page.close()
        if kind is None:
            assert not self.strangers and not self.errors, (self.strangers, self.errors)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def value(self, selector: str) -> float:
        return float(self.page.locator(selector).input_value())

    def drop(self, file: Path) -> None:
        """Drop a file from the desktop onto the page."""
        content = base64.b64encode(file.read_bytes()).decode()
        self.page.evaluate(
            """([content, name]) => {
                const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], name));
                for (const kind of ["dragenter", "dragover", "drop"])
                    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true}));
            }""",
            [content, file.name],
        )

    def shown(self) -> str:
        """Wait until the refocused picture of what holds now is shown; returns what it was asked with."""
        self.saved()
        # scrubbing asks a moment later
        self.page.wait_for_timeout(120)
        stage = self.page.locator("#stage")
        for _ in range(300):
            wanted = stage.get_attribute("data-wanted")
            if wanted and wanted == stage.get_attribute("data-shown"):
                return wanted
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{stage.get_attribute('data-wanted')} is not shown")

    def unfold(self, title: str) -> None:
        """Open what is folded away under a title."""
        self.page.locator("details:not([open]) > summary", has_text=title).click()

    def saved(self) -> None:
        """Wait until every change is kept."""
        self.page.wait_for_selector("#saved:not(:has-text('saving'))", state="attached")

    def click_picture(self, x: float, y: float) -> None:
        """Click at shares of width and height."""
        room = self.page.locator("#screen").bounding_box()
        self.page.mouse.click(room["x"] + x * room["width"], room["y"] + y * room["height"])

    def scrub(self, *shares: float) -> None:
        """Drag along the timeline over these shares of its length."""
        room = self.page.locator(".lanes").bounding_box()
        places = [(room["x"] + share * room["width"], room["y"] + 12) for share in shares]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places:
            self.page.mouse.move(*place)
        self.page.mouse.up()

    def drag(self, selector: str, right: float, down: float = 0.0) -> None:
        """Drag something by so many pixels."""
        room = self.page.locator(selector).bounding_box()
        x, y = room["x"] + room["width"] / 2, room["y"] + room["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for part in (0.5, 1.0):
            self.page.mouse.move(x + part * right, y + part * down)
        self.page.mouse.up()

    def choose(self, opener: str, *names: str) -> None:
        """Choose from the folders by names, one inside the other."""
        self.page.click(opener)
        for name in names:
            self.page.locator("#chooser-list button", has=self.page.get_by_text(name, exact=True)).click()

    def picture(self) -> bytes:
        """What the middle of the page shows, as PNG."""
        return self.page.locator("#screen").screenshot()
