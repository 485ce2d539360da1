"""The options for which the page makes controls by itself."""

from __future__ import annotations

import pytest

from anybokeh.errors import InputError
from anybokeh.studio.document import Document, parse_document
from anybokeh.studio.folders import Folders
from anybokeh.studio.options import options_of_page
from studio.serving import serving
from studio.visitor import Visitor

CONTROLS = {one["name"]: one for one in options_of_page()}


def test_texts_are_texts_even_where_they_mean_a_number() -> None:
    assert (CONTROLS["grain"]["kind"], CONTROLS["grain"]["usual"]) == ("text", "match")
    assert (CONTROLS["protect"]["kind"], CONTROLS["protect"]["usual"]) == ("text", "auto")
    assert CONTROLS["dither"]["kind"] == "switch"
    assert CONTROLS["breathing"]["kind"] == "number"


def test_an_empty_text_is_the_default() -> None:
    values = Document().to_json() | {"keyframes": [{"time": 0, "focus": 0.5}], "grain": None, "protect": None}
    document = parse_document(values, Folders(()), Document(options={"grain": "off"}))
    assert (document.options["grain"], document.options["protect"]) == ("match", "auto")
    with pytest.raises(InputError, match="grain is 'much': expected match, off or a share"):
        parse_document(values | {"grain": "much"}, Folders(()), Document())


@pytest.mark.slow
def test_they_work_in_the_page(browser, media, tmp_path) -> None:
    arguments = (tmp_path / "projects", media / "clip.mp4", "--disparity", media / "maps")
    with serving(*arguments) as served, Visitor(browser, served) as visitor:
        (clip,) = (one["id"] for one in served.ask("/api/studio")["clips"])
        page = visitor.page
        visitor.shown()
        page.locator("summary", has_text="More options").click()

        def put(name: str, text: str) -> dict:
            page.locator(f"#option-{name}").fill(text)
            page.keyboard.press("Tab")
            visitor.saved()
            return served.ask(f"/api/clips/{clip}")["document"]

        def refuse(name: str, text: str, why: str) -> None:
            page.locator(f"#option-{name}").fill(text)
            page.keyboard.press("Tab")
            page.wait_for_selector(f"#banner-text:has-text('{why}')")
            page.click("#banner-back")
            visitor.saved()
            assert served.ask(f"/api/clips/{clip}")["document"][name] in ("match", "auto")

        assert put("grain", "0.25")["grain"] == "0.25"
        assert put("grain", "")["grain"] == "match"
        page.wait_for_function("document.querySelector('#option-grain').value === 'match'")
        refuse("grain", "much", "expected match, off or a share")
        page.wait_for_function("document.querySelector('#option-grain').value === 'match'")
        refuse("protect", str(tmp_path / "mask.png"), "outside of the folders")
        before = page.locator("#stage").get_attribute("data-wanted")
        assert put("protect", "off")["protect"] == "off"
        assert visitor.shown() != before and "protect=off" in visitor.shown()
        page.locator("#option-dither").uncheck()
        visitor.saved()
        assert served.ask(f"/api/clips/{clip}")["document"]["dither"] is False
        # the shape of the aperture keeps its turn, also as a disc in between
        page.locator("summary", has_text="Lens character").click()
        page.click("[data-shape='blades:6']")
        page.locator("#rotation").fill("40")
        page.click("[data-shape='disc']")
        visitor.saved()
        assert served.ask(f"/api/clips/{clip}")["document"]["aperture"] == "disc,rotation=40"
        page.click("[data-shape='blades:6']")
        visitor.saved()
        assert served.ask(f"/api/clips/{clip}")["document"]["aperture"] == "blades:6,rotation=40"
        # In and Out are the frames under the playhead
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("i")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("o")
        visitor.saved()
        document = served.ask(f"/api/clips/{clip}")["document"]
        assert (document["first"], document["last"]) == (1, 3)
        assert visitor.text("#part") == "Frames 1 to 3"
