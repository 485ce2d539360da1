"""Everybody can use the page: the rules of axe, the order of Tab, panels that go away."""

from __future__ import annotations

from pathlib import Path

import pytest

AXE = Path(__file__).parent / "axe" / "axe.min.js"

STOPS = """() => [...document.querySelectorAll("button, input, select, a[href], summary, [tabindex]")]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && !one.closest("[inert]"))
    .map((one) => one.outerHTML.slice(0, 100))"""


def violations(page) -> list[str]:
    """What axe finds, as rule and elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8") + "; undefined")
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(390, 844), (1440, 900), (2560, 1300)])
def test_axe_finds_nothing(visitor, size, theme) -> None:
    page = visitor.page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.keyboard.press("1")
    visitor.shown()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert violations(page) == []
    page.click("#help")
    assert violations(page) == []
    page.click("#keys-close")
    page.click("#choose")
    page.wait_for_selector("#chooser-list li")
    assert violations(page) == []
    page.click("#chooser-close")


def test_tab_stops_are_few_and_arrows_go_on(visitor) -> None:
    page = visitor.page
    visitor.click_picture(0.1, 0.5)
    visitor.scrub(0.6)
    visitor.click_picture(0.95, 0.5)
    visitor.saved()
    stops = page.evaluate(STOPS)
    assert 10 < len(stops) < 30, stops
    frame = visitor.text("#time")
    page.locator("#first").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "forward"
    assert visitor.text("#time") == frame
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "forward"
    # marks: Tab reaches the one that holds, from there to the others
    page.locator("[data-field=focus] .key[tabindex='0']").focus()
    page.keyboard.press("PageUp")
    assert page.evaluate("document.activeElement === document.querySelector('[data-field=focus] .key')")


def test_the_focus_stays_when_lists_are_drawn_again(visitor) -> None:
    page = visitor.page
    page.locator("#clips li button").first.focus()
    page.evaluate("window.focused = document.activeElement")
    page.evaluate(
        """async () => {
            const {state} = await import("/static/state.js");
            const other = {...state.clips[0], id: "other", name: "other"};
            state.clips = [other, ...state.clips.map((clip) => ({...clip}))];
        }"""
    )
    page.wait_for_selector("#clips li[data-id=other]")
    assert page.evaluate("document.activeElement === focused && focused.isConnected")


def test_panels_go_away_and_stay_away(visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 1280, "height": 760})
    wide = page.locator("#stage").bounding_box()["width"]
    page.click("[aria-controls=library]")
    page.click("[aria-controls=inspector]")
    assert not page.locator("#library").is_visible() and not page.locator("#inspector").is_visible()
    assert page.locator("#stage").bounding_box()["width"] == pytest.approx(wide + 220 + 288, abs=1)
    page.reload()
    visitor.shown()
    assert not page.locator("#library").is_visible()
    assert page.locator("[aria-controls=library]").get_attribute("aria-expanded") == "false"
    page.click("[aria-controls=library]")
    page.click("[aria-controls=inspector]")
    assert page.locator("#stage").bounding_box()["width"] == pytest.approx(wide, abs=1)
