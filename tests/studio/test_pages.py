"""Reloading, several tabs, the browser closed during a render, and that everybody can use the page."""

from __future__ import annotations

import pytest

from studio.serving import serving
from studio.visitor import Visitor


@pytest.fixture(scope="module")
def served(tmp_path_factory, media):
    """A studio with the clip and its disparity."""
    projects = tmp_path_factory.mktemp("pages") / "projects"
    with serving(projects, media / "clip.mp4", "--disparity", media / "maps") as running:
        yield running


@pytest.fixture
def visitor(browser, served):
    with Visitor(browser, served) as one:
        one.shown()
        yield one


def test_undo_redo_and_reload_lose_nothing(visitor) -> None:
    page = visitor.page
    visitor.click_picture(0.1, 0.5)
    visitor.saved()
    near = visitor.value("#focus")
    visitor.scrub(0.5)
    page.keyboard.press("m")
    visitor.click_picture(0.95, 0.5)
    page.wait_for_function("near => Number(document.querySelector('#focus').value) < near - 0.3", arg=near)
    visitor.shown()
    far, frame = visitor.value("#focus"), visitor.text("#time")
    assert far < near - 0.3
    page.keyboard.press("Control+z")
    page.wait_for_selector("#redo:not(:disabled)")
    assert visitor.value("#focus") == pytest.approx(near, abs=0.002)
    page.click("#redo")
    page.wait_for_selector("#redo:disabled")
    assert visitor.value("#focus") == far
    page.reload()
    visitor.shown()
    assert visitor.value("#focus") == far and visitor.text("#time") == frame
    assert page.locator("[data-field=focus] .key").count() == 2
    page.click("#undo")
    page.wait_for_selector("#redo:not(:disabled)")
    assert visitor.value("#focus") == pytest.approx(near, abs=0.002)


@pytest.mark.slow
def test_two_tabs_do_not_overwrite_each_other(browser, served, visitor) -> None:
    clip = served.ask("/api/studio")["clips"][0]["id"]
    state = served.ask(f"/api/clips/{clip}")
    with Visitor(browser, served) as other:
        other.shown()
        # the first tab does not hear of it before it makes a change of its own
        visitor.page.route("**/api/events*", lambda route: route.abort())
        visitor.page.reload()
        visitor.shown()
        other.unfold("Strength and assumed camera")
        other.page.locator("#blur-number").fill("33")
        other.page.keyboard.press("Tab")
        other.saved()
        visitor.page.locator("[data-shape='blades:7']").click()
        visitor.page.wait_for_selector("#messages .problem:has-text('Another tab has changed this clip')")
        assert visitor.value("#blur-number") == 33
        now = served.ask(f"/api/clips/{clip}")
        assert now["revision"] == state["revision"] + 1
        assert now["document"]["aperture"] == "disc"
        # and the other way round by itself
        visitor.page.unroute("**/api/events*")
        visitor.page.locator("[data-shape='blades:7']").click()
        other.page.wait_for_selector("[data-shape='blades:7'][aria-checked=true]")


@pytest.mark.slow
def test_a_render_goes_on_without_the_browser(browser, served) -> None:
    with Visitor(browser, served) as visitor:
        visitor.shown()
        visitor.page.click("#render")
        visitor.page.wait_for_selector("#renders progress:visible")
    done = served.status(lambda answer: answer["renders"][0]["state"] == "done")
    assert done["renders"][0]["done"] == 24
    with Visitor(browser, served) as visitor:
        visitor.page.wait_for_selector("#renders li[data-state=done]")


@pytest.mark.slow
def test_a_render_says_what_it_does_and_what_may_disappoint(browser, media, tmp_path) -> None:
    with serving(tmp_path / "projects", media / "clip.mp4", "--disparity", media / "maps") as served:
        _see_steps_and_notes(browser, served)


def _see_steps_and_notes(browser, served) -> None:
    steps = set()

    def done(answer) -> bool:
        steps.add(answer["renders"][0]["step"])
        return answer["renders"][0]["state"] == "done"

    with Visitor(browser, served) as visitor:
        visitor.shown()
        visitor.unfold("Strength and assumed camera")
        visitor.page.locator("#blur").fill("0.5")
        visitor.saved()
        visitor.page.click("#render")
        notes = visitor.page.locator("#renders .notes")
        notes.get_by_text("nothing is blurred").wait_for()
        answer = served.status(done)
        assert steps & {"finding the focus", "rendering", "joining"}
        visitor.page.wait_for_selector("#renders li[data-state=done]")
        assert notes.locator("li").count() == len(answer["renders"][0]["notes"])


def test_point_and_subject_are_followed(visitor) -> None:
    page = visitor.page
    page.click("[data-mode=follow]")
    visitor.scrub(0.3)
    visitor.click_picture(0.1, 0.5)
    page.wait_for_selector("#following:has-text('Follows the point')")
    assert page.locator(".key.follows").count() == 1
    assert visitor.value("#focus") == pytest.approx(0.8, abs=0.02)


def test_the_picture_is_focused_by_keys(visitor) -> None:
    page = visitor.page
    page.locator("#stage").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert page.locator("#cross").is_visible()
    before = visitor.shown()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert visitor.shown() != before
    assert visitor.value("#focus") < 0.3
    page.locator("[data-field=blur] .key").first.focus()
    blur = visitor.value("#blur-number")
    page.keyboard.press("ArrowUp")
    visitor.saved()
    assert visitor.value("#blur-number") == blur + 1


def test_the_timeline_shows_pictures_after_zooming(visitor) -> None:
    page = visitor.page
    count = page.locator(".thumbs img").count()
    page.wait_for_selector(f".thumbs img:nth-child({count})[data-loaded]")
    before = page.locator(".ruler").inner_text()
    page.click("#zoom-in")
    page.click("#zoom-in")
    page.wait_for_selector(f".thumbs img:nth-child({count})[data-loaded]")
    assert page.locator(".ruler").inner_text() != before
    assert page.locator(".thumbs img:not([src])").count() == 0
    page.click("#zoom-all")
    assert page.locator(".ruler").inner_text() == before


@pytest.mark.slow
def test_a_lens_by_name_moves_its_controls_which_can_be_moved_on(visitor) -> None:
    page = visitor.page
    page.locator("summary", has_text="Lens character").click()
    before = visitor.picture()
    page.locator("#lens").select_option("modern 85")
    asked = visitor.shown()
    assert "lens=modern+85" in asked and "onion%3D0.5" in asked
    assert visitor.value("#onion") == 0.5 and visitor.value("#cats-eye") == 0.35
    assert visitor.picture() != before
    page.locator("#option-axial_colour").fill("0.02")
    page.keyboard.press("Tab")
    asked = visitor.shown()
    assert "axial_colour=0.02" in asked and "lens=modern+85" in asked
    page.locator("#lens").select_option("")
    asked = visitor.shown()
    assert "lens=" not in asked and "axial_colour=0&" in asked
    assert visitor.value("#onion") == 0


def test_peaking_paints_what_is_sharp(visitor) -> None:
    page = visitor.page
    visitor.unfold("Strength and assumed camera")
    page.locator("#blur-number").fill("60")
    page.keyboard.press("Tab")
    visitor.click_picture(0.1, 0.5)
    visitor.shown()
    page.check("#peaking")
    page.wait_for_selector("#overlay:not([hidden])")
    page.wait_for_timeout(300)
    near, far = page.evaluate(
        """[[20, 90], [250, 90]].map((place) =>
            document.querySelector("#overlay").getContext("2d").getImageData(...place, 1, 1).data[3])"""
    )
    assert near > 0 and far == 0
    page.uncheck("#peaking")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(390, 844), (960, 600), (1280, 720), (1920, 1080), (2560, 1300)])
def test_everything_fits_and_has_a_name(visitor, size, theme) -> None:
    page = visitor.page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(150)
    assert visitor.page.locator("#screen").bounding_box()["height"] > 100
    found = page.evaluate(
        """() => {
            const shown = [...document.querySelectorAll("button, input, select, a, [role=slider]")].filter(
                (one) => one.checkVisibility());
            const name = (one) => one.getAttribute("aria-label") || one.innerText?.trim() || one.title
                || [...(one.labels ?? [])].map((label) => label.innerText).join("");
            const rooms = [".tools", ".transport", ".bar"].map((one) => document.querySelector(one));
            const isCut = (room) => room.scrollWidth > room.clientWidth + 1;
            return {
                nameless: shown.filter((one) => !name(one)).map((one) => one.outerHTML),
                wide: document.documentElement.scrollWidth,
                cut: rooms.filter(isCut).map((one) => one.className),
                contrast: ["color", "backgroundColor"].map((one) => getComputedStyle(document.body)[one]),
            };
        }"""
    )
    assert not found["nameless"] and not found["cut"]
    assert found["wide"] <= size[0]
    text, ground = (int(colour.split("(")[1].split(",")[0]) for colour in found["contrast"])
    assert (text > 200 and ground < 60) if theme == "dark" else (text < 60 and ground > 200)


@pytest.mark.slow
def test_a_render_goes_on_after_the_studio_was_stopped(media, tmp_path) -> None:
    arguments = (tmp_path / "projects", media / "clip.mp4", "--disparity", media / "maps")
    with serving(*arguments) as served:
        clip = served.ask("/api/studio")["clips"][0]["id"]
        render = served.ask(f"/api/clips/{clip}/render", {"codec": "h264"})["id"]
        served.status(lambda answer: answer["renders"][0]["state"] == "working")
    # the clip is still on the list, and its render is found before anybody opens it
    with serving(arguments[0], "--folder", media, "--disparity", media / "maps") as served:
        assert served.status()["renders"][0]["state"] == "stopped"
        served.ask(f"/api/renders/{render}", {"do": "resume"})
        served.status(lambda answer: answer["renders"][0]["state"] == "done")
        assert served.ask(f"/api/renders/{render}/file")[4:8] == b"ftyp"
        served.ask(f"/api/renders/{render}", method="DELETE")
        assert served.status()["renders"] == []
        assert not list((tmp_path / "projects").glob("*/renders/*"))
