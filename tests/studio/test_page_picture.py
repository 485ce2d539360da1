"""The picture while something moves: dragging, waiting, playing, zooming."""

from __future__ import annotations

import pytest

FRAME = "Number(document.querySelector('.playhead').getAttribute('aria-valuenow'))"


def test_pictures_are_shown_while_a_slider_is_dragged(visitor) -> None:
    page = visitor.page
    count = "Number(document.querySelector('#stage').dataset.pictures)"
    room = page.locator("#focus").bounding_box()
    y = room["y"] + room["height"] / 2
    page.mouse.move(room["x"] + 20, y)
    page.mouse.down()
    before = page.evaluate(count)
    # it never stands still, so no picture is of the newest value
    for step in range(60):
        page.mouse.move(room["x"] + 20 + step * (room["width"] - 40) / 60, y)
        page.wait_for_timeout(25)
    while_dragged = page.evaluate(count) - before
    shown = page.locator("#stage").get_attribute("data-shown")
    page.mouse.up()
    assert while_dragged >= 3
    assert "small=1" in shown
    assert "small" not in visitor.shown()


def test_slow_pictures_show_that_they_are_worked_on(visitor) -> None:
    page = visitor.page

    def late(route) -> None:
        page.wait_for_timeout(1500)
        route.continue_()

    visitor.unfold("Lens character")
    page.route("**/preview/*cats_eye=0.5*", late)
    page.locator("#cats-eye").fill("0.5")
    page.wait_for_selector("#stage.busy")
    page.wait_for_selector("#stage:not(.busy)")


@pytest.mark.parametrize(
    "deed",
    [
        "const {seek} = await import('/static/state.js'); seek(1); seek(0);",
        "const {toggle} = await import('/static/transport.js'); toggle(); toggle();",
    ],
    ids=["forth and back", "played for a moment"],
)
def test_the_picture_comes_back_with_the_frame(visitor, deed) -> None:
    page = visitor.page
    page.keyboard.press("Home")
    visitor.shown()
    count = "Number(document.querySelector('#stage').dataset.pictures)"
    before = page.evaluate(count)
    page.evaluate(f"async () => {{ {deed} }}")
    # what stands in for it is not counted
    page.wait_for_function(f"() => {count} > {before}")
    page.wait_for_selector("#after:not([hidden])")


def test_play_runs_the_playhead_and_stays_where_it_stops(visitor) -> None:
    page = visitor.page
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    page.wait_for_function(f"() => {FRAME} > 8")
    page.keyboard.press("k")
    frame = int(visitor.text("#time").split()[-1])
    assert frame > 8
    # what stands is the frame at which it stopped
    assert f"/preview/{frame}?" in visitor.shown()
    page.keyboard.press("ArrowLeft")
    assert int(visitor.text("#time").split()[-1]) == frame - 1


def test_what_plays_is_what_the_view_shows(visitor) -> None:
    page = visitor.page
    page.keyboard.press("Home")
    page.keyboard.press("2")
    page.keyboard.press("l")
    page.wait_for_selector("#film[data-view=original][data-frame]")
    page.keyboard.press("k")


def test_what_comes_next_is_made_ready_and_then_plays_every_frame(visitor) -> None:
    page = visitor.page
    page.keyboard.press("1")
    page.keyboard.press("Home")
    page.wait_for_selector(".ready[data-frames='24']", state="attached")
    with page.expect_request("**/sound?start=0*"):
        page.keyboard.press("l")
    page.wait_for_selector("#film", state="hidden")
    # up to the last frame, where it stops
    assert int(visitor.text("#time").split()[-1]) == 23
    assert page.evaluate("Number(document.querySelector('#film').dataset.drawn)") >= 8


def test_j_plays_backwards_and_l_again_plays_faster(visitor) -> None:
    page = visitor.page
    page.keyboard.press("End")
    page.keyboard.press("j")
    page.wait_for_function(f"() => {FRAME} < 20")
    assert visitor.text("#speed").startswith("-1")
    page.keyboard.press("k")
    page.keyboard.press("Home")
    page.keyboard.press("l")
    page.keyboard.press("l")
    assert visitor.text("#speed").startswith("2")
    page.keyboard.press("k")


def test_the_wheel_zooms_and_dragging_moves_without_focusing(visitor) -> None:
    page = visitor.page
    fitted = page.locator("#screen").bounding_box()
    focus = visitor.value("#focus")
    page.locator("#scale").select_option("2")
    assert page.locator("#screen").bounding_box()["width"] == pytest.approx(640, abs=1)
    page.mouse.move(fitted["x"] + 100, fitted["y"] + 100)
    page.mouse.wheel(0, -800)
    large = page.locator("#screen").bounding_box()
    assert large["width"] > 2000
    page.mouse.down()
    page.mouse.move(fitted["x"] + 60, fitted["y"] + 100, steps=3)
    page.mouse.up()
    moved = page.locator("#screen").bounding_box()
    assert moved["x"] == pytest.approx(large["x"] - 40, abs=2)
    assert visitor.value("#focus") == focus
    page.keyboard.press("z")
    assert page.locator("#screen").bounding_box()["width"] == pytest.approx(fitted["width"], abs=1)


@pytest.mark.parametrize(
    ("rate", "frame", "code"),
    [
        (25, 24, "00:00:00:24"),
        (24, 24 * 3661, "01:01:01:00"),
        (30000 / 1001, 1799, "00:00:59;29"),
        (30000 / 1001, 1800, "00:01:00;02"),
        (30000 / 1001, 17982, "00:10:00;00"),
        (60000 / 1001, 3600, "00:01:00;04"),
        (24000 / 1001, 24, "00:00:01:00"),
    ],
)
def test_time_code(visitor, rate, frame, code) -> None:
    found = visitor.page.evaluate(
        """async ([rate, frame]) => {
            const {timecode} = await import("/static/timecode.js");
            return timecode({count: 1e6, rate, times: null}, frame);
        }""",
        [rate, frame],
    )
    assert found == code


def test_in_and_out_bound_what_plays(visitor) -> None:
    page = visitor.page

    def go(frame: int) -> None:
        page.keyboard.press("Home")
        for _ in range(frame):
            page.keyboard.press(".")

    def frame() -> int:
        return int(visitor.text("#time").split()[-1])

    go(6)
    page.keyboard.press("i")
    go(12)
    page.keyboard.press("o")
    assert visitor.text("#part") == "Frames 6 to 12"
    for start in (0, 12, 20):
        go(start)
        page.evaluate("""() => {
            window.seen = [];
            const playhead = document.querySelector(".playhead");
            const see = () => seen.push(Number(playhead.getAttribute("aria-valuenow")));
            window.watching = new MutationObserver(see);
            watching.observe(playhead, {attributeFilter: ["aria-valuenow"]});
        }""")
        page.keyboard.press("l")
        page.wait_for_selector("#film", state="visible")
        page.wait_for_selector("#film", state="hidden")
        seen = page.evaluate("watching.disconnect() || seen")
        assert frame() == 12 and set(seen) <= set(range(6, 13)) and seen[0] == 6, (start, seen)
    page.keyboard.press("j")
    page.wait_for_selector("#film", state="visible")
    page.wait_for_selector("#film", state="hidden")
    assert frame() == 6
    page.click("#mark-clear")
    visitor.saved()
