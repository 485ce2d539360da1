"""Focus as decisions: clicks, marks and keys mean the moment under the playhead."""

from __future__ import annotations

import pytest

from studio.serving import serving
from studio.visitor import Visitor


@pytest.fixture
def visitor(browser, media, tmp_path):
    """A clip that nobody has touched yet."""
    with (
        serving(tmp_path / "projects", media / "clip.mp4", "--disparity", media / "maps") as served,
        Visitor(browser, served) as one,
    ):
        one.shown()
        yield one


def marks(visitor) -> int:
    return visitor.page.locator("[data-field=focus] .key").count()


def test_a_second_click_is_a_second_decision(visitor) -> None:
    page = visitor.page
    assert page.locator("[data-field=focus] .key.automatic").count() == 1
    visitor.click_picture(0.1, 0.5)
    visitor.shown()
    near = visitor.value("#focus")
    assert marks(visitor) == 1 and page.locator(".key.automatic").count() == 0
    visitor.scrub(0.8)
    visitor.click_picture(0.95, 0.5)
    visitor.shown()
    assert marks(visitor) == 2
    assert visitor.value("#focus") < near - 0.3
    page.keyboard.press("Home")
    assert visitor.value("#focus") == near
    # it holds until focus sets off, half a second before
    visitor.scrub(0.2)
    assert visitor.value("#focus") == near
    # the next one starts from this one, whatever becomes of it
    page.keyboard.press("Home")
    visitor.click_picture(0.5, 0.5)
    visitor.shown()
    changed = visitor.value("#focus")
    assert changed != near
    visitor.scrub(0.2)
    assert visitor.value("#focus") == changed


def test_del_means_the_decision_under_the_playhead(visitor) -> None:
    page = visitor.page
    visitor.click_picture(0.1, 0.5)
    visitor.scrub(0.6)
    visitor.click_picture(0.95, 0.5)
    visitor.saved()
    page.locator("[data-field=focus] .key").nth(1).click()
    visitor.scrub(0.3)
    page.keyboard.press("Delete")
    visitor.saved()
    assert marks(visitor) == 2
    page.locator("[data-field=focus] .key").nth(1).click()
    page.keyboard.press("Delete")
    visitor.saved()
    assert marks(visitor) == 1


def test_the_arrows_move_the_playhead_whatever_was_clicked(visitor) -> None:
    page = visitor.page

    def frame() -> int:
        return int(visitor.text("#time").split()[-1])

    page.keyboard.press("Home")
    visitor.click_picture(0.5, 0.5)
    page.keyboard.press("ArrowRight")
    assert frame() == 1 and not page.locator("#cross").is_visible()
    page.click("[data-view=compare]")
    page.keyboard.press("ArrowRight")
    assert frame() == 2
    assert page.locator("#views [data-view=compare]").get_attribute("aria-checked") == "true"
    page.keyboard.press(".")
    page.keyboard.press(",")
    page.keyboard.press(",")
    assert frame() == 1
    page.locator("#range").click()
    range_set = visitor.value("#range")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert frame() == 1 and visitor.value("#range") == range_set > 0
    # K is pause, and adds nothing
    page.keyboard.press("k")
    visitor.saved()
    assert marks(visitor) == 1


def test_subject_is_lit_where_the_subject_is_followed(visitor) -> None:
    page = visitor.page
    page.click("[data-mode=subject]")
    visitor.saved()
    page.wait_for_selector("[data-mode=subject][aria-checked=true]")
    page.keyboard.press("Control+z")
    page.wait_for_selector("[data-mode=subject][aria-checked=false]")
    page.wait_for_selector("[data-mode=distance][aria-checked=true]")


def test_a_click_with_a_modifier_follows(visitor) -> None:
    page = visitor.page
    page.keyboard.down("Shift")
    visitor.click_picture(0.1, 0.5)
    page.keyboard.up("Shift")
    page.wait_for_selector("#following:has-text('Follows the point')")
    assert page.locator("[data-field=focus] .key.follows").count() == 1


def test_a_stop_sets_the_blur_of_the_whole_clip(visitor) -> None:
    page = visitor.page
    visitor.click_picture(0.1, 0.5)
    visitor.scrub(0.6)
    visitor.click_picture(0.95, 0.5)
    visitor.saved()
    page.locator("#stop").fill("9")
    visitor.saved()
    page.wait_for_function("document.querySelector('#f-number').textContent === 'f/2.8'")
    titles = [one.get_attribute("title") for one in page.locator("[data-field=blur] .key").all()]
    assert len(titles) == 2 and len({title.split("blur")[1] for title in titles}) == 1


def test_a_small_rack_is_seen(visitor) -> None:
    heights = visitor.page.evaluate(
        """async () => {
            const {commit} = await import("/static/saving.js");
            const {state} = await import("/static/state.js");
            const first = {time: 0, focus: 0.67, blur: 16, range: 0, ease: "linear"};
            commit({...state.document, keyframes: [first, {time: 0.8, focus: 0.62}]});
            const keys = document.querySelectorAll("[data-field=focus] .key");
            return [...keys].map((one) => parseFloat(one.style.top));
        }"""
    )
    room = visitor.page.locator(".lane[data-field=focus]").bounding_box()["height"]
    assert heights[1] - heights[0] > 0.25 * room


@pytest.mark.parametrize(
    "keyframes",
    [
        [{"time": 0, "focus": 0.5}],
        [{"time": 0, "focus": 0.5, "ease": "smooth"}, {"time": 0.4, "focus": 0.2, "ease": "linear"}],
        [
            {"time": 0, "focus": 0.5, "ease": "hold"},
            {"time": 0.2, "focus": 0.5, "ease": "smooth"},
            {"time": 0.6, "focus": 0.1, "ease": "hold"},
            {"time": 0.8, "focus": 0.7, "ease": "smooth"},
        ],
        [
            {"time": 0, "focus": 0.5, "blur": 3, "ease": "hold"},
            {"time": 0.2, "focus": 0.5, "blur": 9, "ease": "linear"},
            {"time": 0.6, "focus": 0.1, "ease": "linear"},
        ],
    ],
)
def test_every_track_is_decisions_and_back(browser, media, tmp_path, keyframes) -> None:
    with (
        serving(tmp_path / "projects", "--folder", media) as served,
        Visitor(browser, served) as visitor,
    ):
        back, full = visitor.page.evaluate(
            """async (keyframes) => {
                const {decisionsOf, keyframesOf} = await import("/static/decisions.js");
                const track = await import("/static/track.js");
                const clock = {count: 25, rate: 25, times: null};
                return [keyframesOf(decisionsOf(keyframes, clock), clock), track.filled(keyframes, clock)];
            }""",
            keyframes,
        )
    assert back == full


def test_a_click_on_an_outlined_subject_decides_on_it(visitor) -> None:
    page = visitor.page
    square = [[0.6, 0.2], [0.9, 0.2], [0.9, 0.8], [0.6, 0.8]]
    page.route(
        "**/subjects/*", lambda route: route.fulfill(json=[{"focus": "subject:1", "outlines": [square]}])
    )
    page.keyboard.press("End")
    page.wait_for_selector("#outlines path", state="attached")
    visitor.click_picture(0.3, 0.5)
    visitor.saved()
    key = page.locator("[data-field=focus] .key").last
    assert "follows" not in (key.get_attribute("title") or "")
    visitor.click_picture(0.75, 0.5)
    visitor.saved()
    assert "follows subject:1" in (key.get_attribute("title") or "")


def test_a_double_click_on_a_subject_keeps_it_to_the_end(visitor) -> None:
    page = visitor.page
    square = [[0.6, 0.2], [0.9, 0.2], [0.9, 0.8], [0.6, 0.8]]
    page.route(
        "**/subjects/*", lambda route: route.fulfill(json=[{"focus": "subject:1", "outlines": [square]}])
    )
    visitor.click_picture(0.1, 0.5)
    for place in (0.5, 0.9):
        visitor.scrub(place)
        page.keyboard.press("m")
        visitor.saved()
    visitor.scrub(0.3)
    page.wait_for_selector("#outlines path", state="attached")
    room = page.locator("#screen").bounding_box()
    page.mouse.dblclick(room["x"] + 0.75 * room["width"], room["y"] + 0.5 * room["height"])
    note = page.locator("#messages .note", has_text="2 later decisions are gone")
    note.wait_for()
    visitor.saved()
    assert marks(visitor) == 2
    assert "follows subject:1" in page.locator("[data-field=focus] .key").last.get_attribute("title")
    note.get_by_text("Undo", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('[data-field=focus] .key').length === 4")
    assert note.count() == 0
