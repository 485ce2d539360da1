"""What the page draws on its own graphics card while something is dragged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest

import tiny
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings
from anybokeh.studio.document import STILL, Document
from anybokeh.studio.folders import Folders
from anybokeh.studio.preview import render_still
from anybokeh.studio.project import Project
from anybokeh.studio.session import ClipSession
from anybokeh.studio.turns import Turns
from clip import make
from studio.conftest import CARD_ARGUMENTS
from studio.serving import Served
from studio.visitor import Visitor

HEIGHT, WIDTH, FRAMES = 72, 128, 3
LEAST = 45.0
"""Decibels against the preview, before that is packed as JPEG."""
PLAIN = {"aperture": "disc", "spherical": 0, "axial_colour": 0, "field_curvature": 0}
PLAIN |= {"anamorphic": 1, "highlights": "0", "breathing": 0}
"""What tests change of the document, as it is by default."""
SPY = """
    Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false });
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...given) {
        return (window.device = await requestDevice.apply(this, given));
    };
    const { submit } = GPUQueue.prototype;
    GPUQueue.prototype.submit = function (...given) {
        submit.apply(this, given);
        const canvas = document.querySelector("#card canvas");
        // what a canvas shows can be read in the task that drew it
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        if (data[3]) window.drawn = [canvas.width, Array.from(data)];
    };
"""


@pytest.fixture(scope="module")
def card_browser(chromium) -> Iterator:
    """Chromium with WebGPU; skips where it gives no adapter."""
    with chromium(CARD_ARGUMENTS) as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.route("**/*", lambda route: route.fulfill(body="", content_type="text/html"))
        page.goto("http://127.0.0.1:9/")
        if not page.evaluate("async () => Boolean(await navigator.gpu?.requestAdapter())"):
            pytest.skip("drawing in the page is not tested: this Chromium has no WebGPU")
        page.close()
        context.add_init_script(SPY)
        yield context


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    """A clip that a driver in software draws soon; the studio of this module shows it."""
    folder = tmp_path_factory.mktemp("small")
    make.video(folder / "clip.mp4", tiny.pictures(FRAMES, HEIGHT, WIDTH), options={"crf": "12"})
    tiny.maps(folder / "maps", tiny.disparity(FRAMES, HEIGHT, WIDTH))
    return folder


@pytest.fixture(scope="module")
def session(media, tmp_path_factory) -> Iterator[ClipSession]:
    """The same clip, opened here."""
    document = Document(options={"disparity": str(media / "maps")})
    folder = tmp_path_factory.mktemp("project")
    project = Project(folder / "project", media / "clip.mp4", document, lambda: np.zeros(FRAMES))
    opened = ClipSession("key", media / "clip.mp4", project, Folders.of([media]), Turns())
    assert opened.disparity.wait(60)
    assert opened.finish(0)
    yield opened
    opened.close()


class Dragger(Visitor):
    """A visitor whose browser has a card, or what passes for one."""

    def __init__(self, context, served: Served) -> None:
        self.told: list[str] = []
        super().__init__(context, served)

    def open(
        self, options: dict | None = None, focus: float = 0.3, blur: float = 16, range: float = 0
    ) -> None:
        """Begin with these options of the document, on the first frame, as a render makes its scene."""
        self.page.on("console", lambda message: self.told.append(message.text))
        keyframes = json.dumps(
            [{"time": 0.0, "focus": focus, "blur": blur, "range": range, "ease": "smooth"}]
        )
        self.page.evaluate(
            f"""async () => {{
                const [{{ state, values }}, {{ commit }}, card] = await Promise.all(
                    ["state", "saving", "card"].map((name) => import(`/static/${{name}}.js`))
                );
                card.limits.slowest = Infinity;
                window.heldValues = values;
                commit({{ ...state.document, ...{json.dumps(options)}, keyframes: {keyframes} }});
                await card.prepare();
            }}"""
        )
        self.shown()
        self.page.wait_for_selector("#stage[data-shown*='scene=whole']")

    def grab(self, selector: str) -> None:
        """Press the mouse on a slider's knob."""
        room = self.page.locator(selector).bounding_box()
        self.slider, self.room = selector, room
        self.page.mouse.move(room["x"] + self.share() * room["width"], room["y"] + room["height"] / 2)
        self.page.mouse.down()

    def share(self) -> float:
        """Where the knob stands, along the slider."""
        low, high, value = (
            float(self.page.locator(self.slider).evaluate(f"one => one.{name}"))
            for name in ("min", "max", "value")
        )
        return (value - low) / (high - low)

    def pull(self, share: float) -> None:
        """Move the mouse to a place along the slider."""
        self.page.mouse.move(
            self.room["x"] + share * self.room["width"], self.room["y"] + self.room["height"] / 2
        )

    def drawn(self) -> tuple[FrameFocus, np.ndarray]:
        """Wait until what holds is drawn; with what, and the picture (height, width, 3) uint8."""
        self.page.wait_for_function(
            """() => {
                const told = new URLSearchParams(document.querySelector("#stage").dataset.card);
                const now = heldValues();
                const isDrawn = (name) => Math.abs(Number(told.get(name)) - now[name]) < 0.006;
                return document.querySelector("#card.drawn") && Object.keys(now).every(isDrawn);
            }"""
        )
        values = parse_qs(self.page.locator("#stage").get_attribute("data-card"))
        width, data = self.page.evaluate("drawn")
        picture = np.array(data, np.uint8).reshape(-1, width, 4)[..., :3]
        return FrameFocus(*(float(values[name][0]) for name in ("focus", "blur", "range"))), picture


@pytest.fixture
def dragger(card_browser, served) -> Iterator[Dragger]:
    with Dragger(card_browser, served) as one:
        yield one


def decibels(picture: np.ndarray, session: ClipSession, focus: FrameFocus, options: dict) -> float:
    """How near a picture is to the preview."""
    given = {name: value for name, value in options.items() if name in STILL}
    settings = with_values(RenderSettings(), given)
    scene = session.best_scene(0, settings)
    expected = render_still([scene], [focus], settings.lens, session.info.transfer)[0]
    assert picture.shape == expected.shape
    return 10 * np.log10(255**2 / max(np.mean((picture.astype(float) - expected) ** 2), 1e-9))


def slow(*values: object):
    """A lens of which one is looked at anyway."""
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("options", "slider", "begin"),
    [
        ({}, "#focus", {"focus": 0.3, "blur": 100}),
        slow({"aperture": "blades:6,roundness=0.2", "spherical": 0.5}, "#blur", {"focus": 0.75, "blur": 60}),
        slow(
            {"axial_colour": 0.05, "field_curvature": 0.2},
            "#range",
            {"focus": 0.2, "blur": 90, "range": 0.05},
        ),
        slow({"anamorphic": 1.5, "highlights": "4"}, "#focus", {"focus": 0.7, "blur": 300}),
    ],
)
def test_the_page_draws_the_preview_while_a_slider_is_dragged(
    dragger: Dragger, session: ClipSession, options: dict, slider: str, begin: dict
) -> None:
    dragger.open({**PLAIN, **options}, **begin)
    if slider == "#blur":
        dragger.unfold("Strength and assumed camera")
    dragger.grab(slider)
    dragger.pull(dragger.share() + 0.05)
    dragger.pull(dragger.share() + 0.1)
    focus, picture = dragger.drawn()
    found = decibels(picture, session, focus, options)
    print(f"{options} {begin}: {found:.1f} dB")
    assert found > LEAST
    dragger.page.mouse.up()
    dragger.shown()
    dragger.page.wait_for_selector("#card:not(.drawn)", state="attached")
    assert not dragger.told


@pytest.mark.slow
def test_outlines_follow_a_long_drag(dragger: Dragger, session: ClipSession) -> None:
    held: list = []
    dragger.page.route("**/outlines?*", lambda route: held.append(route))
    # there are none where all is nearly sharp
    dragger.open(PLAIN, focus=0.2, blur=8)
    dragger.unfold("Strength and assumed camera")
    dragger.grab("#blur")
    dragger.pull(0.2)
    dragger.drawn()
    dragger.pull(0.7)
    focus, picture = dragger.drawn()
    before = decibels(picture, session, focus, {})
    count = "Number(document.querySelector('#stage').dataset.cardPictures)"
    pictures = dragger.page.evaluate(count)
    for one in held:
        one.continue_()
    dragger.page.route("**/outlines?*", lambda route: route.continue_())
    dragger.page.wait_for_function(f"() => {count} > {pictures}")
    # those that were held were of a focus on the way
    dragger.page.wait_for_timeout(4000)
    focus, picture = dragger.drawn()
    after = decibels(picture, session, focus, {})
    print(f"outlines of the beginning: {before:.1f} dB, fetched again: {after:.1f} dB")
    assert 25 < before < after - 10
    assert after > LEAST
    dragger.page.mouse.up()
    dragger.shown()


def test_what_is_dragged_back_shows_the_picture_that_is_there(dragger: Dragger) -> None:
    dragger.open(PLAIN, focus=0.3)
    # the second time the scene is there already, and no picture of the studio comes between
    for _ in range(2):
        dragger.page.evaluate(
            """async () => {
                const { state, show } = await import("/static/state.js");
                window.before = state.document;
                const [keyframe] = state.document.keyframes;
                show({ ...state.document, keyframes: [{ ...keyframe, focus: 0.6 }] });
            }"""
        )
        dragger.drawn()
        dragger.page.evaluate("async () => (await import('/static/saving.js')).commit(before)")
        dragger.page.wait_for_selector("#card:not(.drawn)", state="attached")
        dragger.shown()
    # nor does a picture come that was being drawn
    dragger.page.wait_for_timeout(3000)
    assert dragger.page.locator("#card.drawn").count() == 0


def drag_on(dragger: Dragger) -> str:
    """Drag farther without a card; what the studio shows then."""
    for share in (0.5, 0.55, 0.6):
        dragger.pull(share)
        dragger.page.wait_for_timeout(300)
    dragger.page.wait_for_selector("#stage[data-shown*='small=1']")
    shown = dragger.page.locator("#stage").get_attribute("data-shown")
    dragger.page.mouse.up()
    assert "small" not in dragger.shown()
    return shown


def test_a_lost_card_leaves_the_drawing_to_the_studio(dragger: Dragger) -> None:
    dragger.open(PLAIN, focus=0.3)
    dragger.grab("#focus")
    dragger.pull(0.4)
    dragger.drawn()
    dragger.page.evaluate("device.destroy()")
    dragger.page.wait_for_selector("#card:not(.drawn)", state="attached")
    assert "small=1" in drag_on(dragger)
    assert len(dragger.told) == 1 and "not this browser's graphics card" in dragger.told[0]


def test_a_shader_that_does_not_compile_leaves_the_drawing_to_the_studio(
    card_browser, served: Served
) -> None:
    shaders = served.ask("/api/shaders")
    shaders["points"]["source"] += "\nfn broken() -> f32 { return true; }"
    answer = json.dumps(shaders)
    card_browser.route(
        "**/api/shaders", lambda route: route.fulfill(body=answer, content_type="application/json")
    )
    with Dragger(card_browser, served) as dragger:
        dragger.open(PLAIN, focus=0.3)
        dragger.grab("#focus")
        assert "small=1" in drag_on(dragger)
        assert sum("not this browser's graphics card" in one for one in dragger.told) == 1
    card_browser.unroute("**/api/shaders")


def test_a_lens_that_breathes_is_left_to_the_studio(dragger: Dragger) -> None:
    dragger.open({**PLAIN, "breathing": 0.1}, focus=0.3)
    dragger.grab("#focus")
    with dragger.page.expect_response("**/card/0?*") as answer:
        dragger.pull(0.4)
    assert answer.value.status == 204
    assert "small=1" in drag_on(dragger)
    assert not dragger.told


def test_without_webgpu_nothing_is_asked_of_a_card(browser, served: Served) -> None:
    with Dragger(browser, served) as dragger:
        asked: list[str] = []
        dragger.page.on("request", lambda request: asked.append(request.url))
        dragger.open(PLAIN, focus=0.3)
        dragger.grab("#focus")
        assert "small=1" in drag_on(dragger)
        assert not any("/card/" in one or "/api/shaders" in one for one in asked)
