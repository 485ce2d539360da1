"""What the page's drawing does where answers come late, are lost or fail: with a card that draws nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import anybokeh.studio

STATIC = Path(anybokeh.studio.__file__).parent / "static"
PAGE = '<div id="stage"><div id="card"><canvas></canvas></div></div>'
CARD = """
    export async function openCard(shaders, canvas, lost) {
        return window.card = {
            open: true, empties: 0, shows: 0,
            async attempt(work) {
                try {
                    return work();
                } finally {
                    await window.waits?.shift();
                }
            },
            give(arrays) {
                if (window.noMemory-- > 0) throw new GPUOutOfMemoryError("none");
            },
            async run() { return true; },
            show() { this.shows += 1; },
            empty() { this.empties += 1; },
            close() { this.open = false; },
            ...await window.opening?.(lost),
        };
    }
"""
PACKET = "export const opened = (data) => JSON.parse(new TextDecoder().decode(data));"
STUDIO = """
    window.asked = [];
    window.held = {};
    window.noMemory = 0;
    window.statuses = {};
    window.GPUOutOfMemoryError = class extends Error {};
    let scenes = 0;
    window.fetch = async (path) => {
        const [, kind] = path.match(/(plan|outlines|kernels)/) ?? [null, "scene"];
        asked.push(path);
        const answer = kind === "scene"
            ? { header: { scene: `s${(scenes += 1)}`, kernels: path.match(/a=./)[0] }, arrays: {} }
            : { header: {}, arrays: {} };
        if (held[kind]) await new Promise((resolve) => held[kind].push(resolve));
        const status = statuses[kind]?.shift() ?? 200;
        if (!status) throw new TypeError("no answer");
        return new Response(JSON.stringify(answer), { status });
    };
    window.again = 0;
    window.drag = (focus, of = "/card/0?a=1 1") => {
        window.repeat = () => drag(focus, of);
        return card_page.draws({ of, values: { focus, blur: 100, range: 0 } }, true);
    };
    window.last = () => {
        const told = document.querySelector("#stage").dataset.card;
        return Number(new URLSearchParams(told).get("focus"));
    };
    const asking = (part) => asked.filter((one) => one.includes(part));
    window.smalls = () => asking("/card/0").map((one) => one.includes("small=1"));
    window.count = (part) => asking(part).length;
    window.rest = () => new Promise((resolve) => setTimeout(resolve, 60));
"""


@pytest.fixture
def page(browser) -> Iterator:
    """The page's card.js alone, its card opened."""
    page = browser.new_page()

    def serve(route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name == "card_device.js":
            route.fulfill(body=CARD, content_type="text/javascript")
        elif name == "packet.js":
            route.fulfill(body=PACKET, content_type="text/javascript")
        elif name.endswith(".js"):
            route.fulfill(body=(STATIC / name).read_text(), content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page.route("**/*", serve)
    page.goto("http://127.0.0.1:9/")
    page.evaluate(STUDIO)
    yield page
    page.close()


def told(page, script: str):
    """What a script returns, run once the card is opened."""
    opening = """
        window.card_page = await import("/static/card.js");
        await card_page.prepare(() => { again += 1; window.repeat?.(); });
    """
    return page.evaluate(f"async () => {{ {opening} {script} }}")


def test_late_outlines_do_not_bring_an_earlier_focus_back(page) -> None:
    found = told(
        page,
        """
        drag(0.3); await rest();
        held.outlines = [];
        drag(0.5); await rest();
        drag(0.6); await rest();
        drag(0.8); await rest();
        const before = [last(), count("outlines")];
        for (const one of held.outlines.splice(0)) one();
        held.outlines = null;
        await rest();
        return [before, last(), asked.filter((one) => one.includes("outlines")).at(-1), count("outlines")];
        """,
    )
    assert found[:2] == [[0.8, 1], 0.8]
    assert "focus=0.8" in found[2] and found[3] == 2


def test_outlines_of_a_former_scene_do_not_hold_up_those_of_the_next(page) -> None:
    found = told(
        page,
        """
        drag(0.3); await rest();
        held.outlines = [];
        drag(0.5); await rest();
        card_page.hide();
        const next = (focus) => drag(focus, "/card/1?a=1 1");
        next(0.3); await rest();
        next(0.3); await rest();
        next(0.6); await rest();
        return asked.filter((one) => one.includes("outlines"));
        """,
    )
    assert ["focus=0.5" in found[0], "focus=0.6" in found[-1], len(found)] == [True, True, 2]


@pytest.mark.parametrize(("kind", "status"), [("scene", 0), ("kernels", 0), ("kernels", 422)])
def test_a_scene_whose_answer_was_lost_is_asked_for_at_the_next_step(page, kind: str, status: int) -> None:
    found = told(
        page,
        f"""
        statuses.{kind} = [{status}];
        drag(0.3); await rest();
        const before = [count("/card/0"), again];
        drag(0.4); await rest();
        return [before, count("/card/0"), drag(0.4), card.open];
        """,
    )
    assert found == [[1, 0], 2, True, True]


def test_a_scene_that_the_studio_cannot_make_is_asked_for_once(page) -> None:
    found = told(
        page,
        """
        statuses.scene = [422];
        drag(0.3); await rest();
        drag(0.4); await rest();
        return [count("/card/0"), card.open];
        """,
    )
    assert found == [1, True]


@pytest.mark.parametrize("fits", [True, False])
def test_a_scene_that_is_too_much_for_the_card_comes_smaller(page, fits: bool) -> None:
    found = told(
        page,
        f"""
        window.noMemory = {1 if fits else 100};
        drag(0.3); await rest();
        drag(0.3); await rest();
        return [smalls(), card.open];
        """,
    )
    assert found == [[False, True], fits]


def test_short_memory_is_heeded_where_another_scene_is_wanted_by_then(page) -> None:
    found = told(
        page,
        """
        let release;
        window.waits = [new Promise((resolve) => { release = resolve; })];
        window.noMemory = 1;
        drag(0.3, "/card/1?a=1 1"); await rest();
        held.kernels = [];
        drag(0.3); await rest();
        release(); await rest();
        for (const one of held.kernels.splice(0)) one();
        held.kernels = null; await rest();
        return [smalls(), drag(0.3), card.open];
        """,
    )
    assert found == [[False, True], True, True]


def test_kernels_are_given_again_where_they_did_not_all_arrive(page) -> None:
    found = told(
        page,
        """
        window.noMemory = 1;
        drag(0.3); await rest();
        return [count("kernels"), card.empties, drag(0.3)];
        """,
    )
    assert found == [2, 1, True]


def test_kernels_that_were_given_before_others_do_not_count_as_there(page) -> None:
    found = told(
        page,
        """
        let release;
        window.waits = [new Promise((resolve) => { release = resolve; })];
        drag(0.3, "/card/0?a=1 1"); await rest();
        drag(0.3, "/card/0?a=2 1"); await rest();
        release(); await rest();
        drag(0.3, "/card/0?a=1 1"); await rest();
        return count("kernels");
        """,
    )
    assert found == 3


def test_pictures_that_are_slow_come_smaller(page) -> None:
    found = told(
        page,
        """
        card_page.limits.slowest = -1;
        drag(0.3); await rest();
        for (const one of [0.3, 0.31, 0.32, 0.33]) { drag(one); await rest(); }
        return smalls();
        """,
    )
    assert found == [False, True]


def test_a_plan_that_the_studio_cannot_make_leaves_the_drawing_to_it(page) -> None:
    found = told(
        page,
        """
        statuses.plan = Array(100).fill(500);
        drag(0.3); await rest(); drag(0.4); await rest();
        return [count("plan"), card.open, drag(0.4)];
        """,
    )
    assert found == [1, False, False]


def test_a_plan_of_a_scene_that_is_not_known_any_more_fetches_it_again(page) -> None:
    found = told(
        page,
        """
        statuses.plan = [422];
        drag(0.3); await rest(); drag(0.4); await rest();
        return [count("/card/0"), card.open, drag(0.4)];
        """,
    )
    assert found == [2, True, True]


def test_a_plan_of_a_former_scene_that_fails_leaves_the_next_alone(page) -> None:
    found = told(
        page,
        """
        held.plan = [];
        drag(0.3); await rest();
        const next = (focus) => drag(focus, "/card/1?a=1 1");
        next(0.3); await rest();
        next(0.5);
        statuses.plan = [500];
        held.plan.splice(0)[0](); held.plan = null;
        await rest();
        return [card.open, last(), count("/card/1")];
        """,
    )
    assert found == [True, 0.5, 1]


def test_a_card_that_is_lost_while_it_is_opened_is_closed(page) -> None:
    page.evaluate("() => { window.opening = async (lost) => lost('it was lost'); }")
    assert told(page, "return [card.open, drag(0.3), count('/card/0')];") == [False, False, 0]


def test_a_device_whose_shaders_do_not_come_is_given_back(browser) -> None:
    page = browser.new_page()
    source = json.dumps((STATIC / "card_device.js").read_text())
    page.route("**/*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto("http://127.0.0.1:9/")
    found = page.evaluate(
        f"""async () => {{
            let lose, destroyed = 0;
            const device = {{
                lost: new Promise((resolve) => {{ lose = resolve; }}),
                destroy() {{ destroyed += 1; lose({{ message: "destroyed" }}); }},
            }};
            const adapter = {{ info: {{ isFallbackAdapter: false }}, requestDevice: async () => device }};
            const gpu = {{ requestAdapter: async () => adapter }};
            Object.defineProperty(navigator, "gpu", {{ value: gpu }});
            const blob = new Blob([{source}], {{ type: "text/javascript" }});
            const {{ openCard }} = await import(URL.createObjectURL(blob));
            const reasons = [];
            const tell = (reason) => reasons.push(reason);
            const shaders = async () => {{ throw new Error("no shaders"); }};
            await openCard(shaders, null, tell).catch(({{ message }}) => tell(message));
            await new Promise((resolve) => setTimeout(resolve, 20));
            return [destroyed, reasons];
        }}"""
    )
    page.close()
    assert found == [1, ["no shaders"]]
