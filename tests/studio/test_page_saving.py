"""What the page says of saving is true, and what was not saved is not lost."""

from __future__ import annotations


def clip_of(served) -> dict:
    return served.ask(f"/api/clips/{served.ask('/api/studio')['clips'][0]['id']}")


def test_without_the_server_it_says_not_saved_and_sends_again(visitor, served) -> None:
    page = visitor.page
    page.context.set_offline(True)
    page.locator("[data-shape='blades:5']").click()
    page.wait_for_selector("#saved:text-is('not saved')")
    page.wait_for_selector("#banner:visible:has-text('does not answer')")
    # it lasts, and the change goes on being shown
    page.wait_for_timeout(2500)
    assert visitor.text("#saved") == "not saved" and page.locator("#banner").is_visible()
    assert page.locator("[data-shape='blades:5']").get_attribute("aria-checked") == "true"
    page.locator("[data-shape='blades:6']").click()
    page.context.set_offline(False)
    page.wait_for_selector("#saved:text-is('saved')")
    page.wait_for_selector("#banner", state="hidden")
    assert clip_of(served)["document"]["aperture"] == "blades:6"


def test_what_is_refused_is_kept_in_the_page_until_it_is_taken_back(visitor, served) -> None:
    page = visitor.page
    before = clip_of(served)["document"]["aperture"]
    refuse = lambda route: (  # noqa: E731
        route.fulfill(status=422, json={"error": "the disk is full"})
        if route.request.method == "PUT"
        else route.continue_()
    )
    page.route("**/api/clips/*", refuse)
    page.locator("[data-shape='blades:8']").click()
    page.wait_for_selector("#banner:visible:has-text('the disk is full')")
    assert visitor.text("#saved") == "not saved"
    # a reload keeps it too
    page.reload()
    page.wait_for_selector("[data-shape='blades:8'][aria-checked=true]")
    page.wait_for_selector("#banner:visible:has-text('the disk is full')")
    page.click("#banner-back")
    page.wait_for_selector(f"[data-shape='{before}'][aria-checked=true]")
    page.wait_for_selector("#saved:text-is('saved')")
    page.unroute("**/api/clips/*")
    page.locator("[data-shape='blades:9']").click()
    page.wait_for_selector("#saved:text-is('saved')")
    visitor.saved()
    assert clip_of(served)["document"]["aperture"] == "blades:9"


def test_an_answer_that_got_lost_is_no_conflict(visitor, served) -> None:
    page = visitor.page

    def lose(route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        route.fetch()
        route.abort()
        page.unroute("**/api/clips/*")

    page.route("**/api/clips/*", lose)
    page.locator("[data-shape='blades:7']").click()
    page.wait_for_selector("#saved:text-is('not saved')")
    page.wait_for_selector("#saved:text-is('saved')")
    assert page.locator("#messages .problem").count() == 0
    assert clip_of(served)["document"]["aperture"] == "blades:7"


def test_what_another_page_changed_during_a_drag_is_not_written_over(visitor, served) -> None:
    page = visitor.page
    key = served.ask("/api/studio")["clips"][0]["id"]
    room = page.locator("#focus").bounding_box()
    y = room["y"] + room["height"] / 2
    page.mouse.move(room["x"] + 20, y)
    page.mouse.down()
    page.mouse.move(room["x"] + 40, y)
    before = clip_of(served)
    changed = before["document"] | {"aperture": "blades:8"}
    answer = served.ask(f"/api/clips/{key}", {"revision": before["revision"], "document": changed}, "PUT")
    page.evaluate(
        """([key, revision]) => new Promise((resolve) => {
            const stream = new EventSource(`/api/events?clip=${key}`);
            stream.addEventListener("status", ({data}) => {
                if (JSON.parse(data).revision < revision) return;
                stream.close();
                resolve();
            });
        })""",
        [key, answer["revision"]],
    )
    # the page's own stream tells it too
    page.wait_for_timeout(700)
    page.mouse.move(room["x"] + 60, y)
    page.mouse.up()
    page.wait_for_selector("#messages .problem")
    visitor.saved()
    assert clip_of(served)["document"]["aperture"] == "blades:8"
    assert page.locator("[data-shape='blades:8']").get_attribute("aria-checked") == "true"


def test_changes_are_sent_again_though_the_browser_has_no_room_for_them(visitor, served) -> None:
    page = visitor.page
    page.evaluate(
        """Storage.prototype.setItem = () => {
            throw new DOMException("full", "QuotaExceededError");
        }; undefined"""
    )
    page.context.set_offline(True)
    page.locator("[data-shape='blades:5']").click()
    page.wait_for_selector("#saved:text-is('not saved')")
    page.context.set_offline(False)
    page.wait_for_selector("#saved:text-is('saved')")
    page.locator("[data-shape='blades:6']").click()
    page.wait_for_selector("#saved:text-is('saved')")
    visitor.saved()
    assert clip_of(served)["document"]["aperture"] == "blades:6"


def test_what_a_number_shows_when_it_is_left_is_kept(visitor, served) -> None:
    page = visitor.page
    visitor.unfold("Strength and assumed camera")
    number = page.locator("#blur-number")
    number.press("Control+a")
    # whole numbers are valid, the last digit makes it none
    number.press_sequentially("40.5")
    number.blur()
    page.wait_for_function("document.querySelector('#blur-number').value === '40'")
    visitor.saved()
    assert {one["blur"] for one in clip_of(served)["document"]["keyframes"] if "blur" in one} == {40}
