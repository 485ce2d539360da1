"""From an empty page to a finished file, as an editor goes."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh.focus import read_keyframes
from anybokeh.optics.thin_lens import blur_at_f1
from studio.conftest import FRAMES, WIDTH
from studio.serving import serving
from studio.visitor import Visitor


@pytest.fixture(scope="module")
def served(tmp_path_factory, media):
    """A studio without a clip that may choose from the folder of media."""
    with serving(tmp_path_factory.mktemp("story") / "projects", "--folder", media) as running:
        yield running


@pytest.mark.slow
def test_from_an_empty_page_to_a_finished_file(browser, served, media, tmp_path) -> None:
    with Visitor(browser, served) as visitor:
        page = visitor.page
        assert page.locator("#empty").is_visible()

        # a clip, and its disparity
        visitor.drop(media / "clip.mp4")
        page.wait_for_selector("#screen:not([hidden])")
        assert visitor.text("#clip-name") == "clip.mp4"
        visitor.choose("#disparity-choose", media.name, "maps")
        visitor.saved()
        page.wait_for_selector("#working", state="hidden")
        page.click("[data-view=disparity]")
        page.wait_for_selector("#overlay:not([hidden])")
        seen = page.evaluate(
            "document.querySelector('#overlay').getContext('2d').getImageData(20, 90, 1, 1).data[0]"
        )
        assert seen == pytest.approx(255 * tiny.NEAR, abs=2)
        page.click("[data-view=refocused]")

        # click on what should be sharp, drag the blur
        visitor.click_picture(0.1, 0.5)
        visitor.shown()
        assert visitor.value("#focus") == pytest.approx(tiny.NEAR, abs=0.002)
        before = visitor.picture()
        visitor.unfold("Strength and assumed camera")
        visitor.drag("#blur", 70)
        visitor.shown()
        assert visitor.value("#blur") > 60
        assert visitor.picture() != before
        # the farthest of the ramp lies behind the near block
        farthest = tiny.NEAR - tiny.FAR / 4
        assert float(visitor.text("#blur-pixels").split()[0]) == pytest.approx(
            visitor.value("#blur") * farthest * WIDTH / 1024, abs=0.2
        )

        # scrub, keyframes
        visitor.scrub(0.2, 0.4, 0.55)
        assert 10 <= int(visitor.text("#time").split()[-1]) <= 15
        page.click("#add-key")
        visitor.click_picture(0.9, 0.5)
        visitor.shown()
        assert visitor.value("#focus") < 0.3
        assert page.locator("[data-field=focus] .key").count() == 2
        visitor.drag("[data-field=focus] .key >> nth=1", 60)
        page.click("[data-ease=linear]")
        page.keyboard.press("End")
        page.keyboard.press("m")
        visitor.saved()
        assert page.locator("[data-field=blur] .key").count() == 3
        visitor.drag("[data-field=blur] .key >> nth=2", 0, 20)
        page.keyboard.press("Delete")
        visitor.saved()
        assert page.locator("[data-field=blur] .key").count() == 2

        # the shape of the blur
        page.click("[data-shape='blades:6']")
        assert "blades%3A6" in visitor.shown()

        # play
        page.keyboard.press("Home")
        page.wait_for_selector(f".ready[data-frames='{FRAMES}']", state="attached")
        page.click("#play")
        page.wait_for_selector("#film", state="hidden")
        assert page.evaluate("Number(document.querySelector('#film').dataset.drawn)") > 0

        # render, cancel, go on
        page.locator("#codec").select_option("ffv1")
        page.click("#render")
        page.click("#renders [data-do=cancel]")
        page.wait_for_selector("#renders li[data-state=stopped]")
        page.click("#renders [data-do=resume]")
        page.wait_for_selector("#renders progress")
        page.wait_for_selector("#renders li[data-state=done]", timeout=60_000)

        # compare with a slider
        page.keyboard.press("3")
        page.locator("#source").select_option(index=1)
        visitor.shown()
        middle = page.locator("#divider").bounding_box()["x"]
        visitor.drag("#divider", -120)
        assert page.locator("#divider").bounding_box()["x"] == pytest.approx(middle - 120, abs=2)

        # take the results home
        with page.expect_download() as video:
            page.click("#renders [data-do=video]")
        with page.expect_download() as track:
            page.click("#track-file")
        video.value.save_as(tmp_path / "out.mkv")
        track.value.save_as(tmp_path / "track.json")
        page.click("#copy")
        page.wait_for_selector("#messages .note:has-text('Copied')")
        command = page.evaluate("navigator.clipboard.readText()")

    _check_track(tmp_path / "track.json")
    _check_video(tmp_path / "out.mkv", media / "clip.mp4")
    _check_command(command, tmp_path)


def _check_track(file: Path) -> None:
    first, leaving, second = read_keyframes(file).keyframes
    assert first.time == 0 and 0 < leaving.time < second.time > 0.5
    assert leaving.focus == first.focus != second.focus
    assert second.ease == "linear"
    assert first.blur == second.blur > 60


def _check_video(file: Path, clip: Path) -> None:
    result, source = _luma(file), _luma(clip)
    assert len(result) == FRAMES
    near, far = np.s_[:, 8:60], np.s_[:, 200:300]

    def difference(index: int, part: tuple) -> float:
        return float(np.abs(result[index][part].astype(int) - source[index][part].astype(int)).mean())

    # near is sharp at first, far at the end
    assert difference(0, near) < 1.5 and difference(0, far) > 8
    assert difference(FRAMES - 1, far) < difference(0, far) / 2
    assert difference(FRAMES - 1, near) > 8


def _luma(file: Path) -> list[np.ndarray]:
    with av.open(str(file)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def _check_command(command: str, folder: Path) -> None:
    """The copied command renders the very same frames."""
    words = shlex.split(command)
    assert words[:2] == ["anybokeh", "render"]
    subprocess.run([sys.executable, "-m", "anybokeh.cli", *words[1:]], cwd=folder, check=True, stderr=-3)
    assert all(
        np.array_equal(one, other)
        for one, other in zip(
            tiny.frames_of(folder / words[words.index("-o") + 1]),
            tiny.frames_of(folder / "out.mkv"),
            strict=True,
        )
    )


def test_the_page_counts_as_the_program_does(browser, served, media) -> None:
    """Keyframes and the equivalent f-number by the page's script, against the program and the thin lens."""
    clip = served.ask("/api/clips", {"path": str(media / "clip.mp4")})["id"]
    keyframes = [
        {"time": 0.1, "focus": 0.9, "blur": 10, "ease": "smooth"},
        {"frame": 9, "blur": 30},
        {"time": 0.61, "focus": 0.2, "ease": "linear"},
        {"time": 0.7, "focus": 0.4, "range": 0.1, "ease": "hold"},
        {"time": 0.9, "focus": 0.5, "blur": 3},
    ]
    track = served.projects / "track.json"
    track.write_text(json.dumps({"version": 1, "keyframes": keyframes}))
    expected = read_keyframes(track).evaluate(np.arange(FRAMES) / 25)
    with Visitor(browser, served) as visitor:
        found = visitor.page.evaluate(
            """async ([keyframes, count]) => {
                const track = await import("/static/track.js");
                const clock = {count, rate: 25, times: null};
                const at = (frame) => track.valuesAt(keyframes, clock, frame, () => null);
                return [...Array(count).keys()].map(at);
            }""",
            [keyframes, FRAMES],
        )
        aperture = visitor.page.evaluate(
            """async () => (await import("/static/camera.js")).fNumber(
                20, 0.5, {focal_length: 85, sensor_width: 36, subject_distance: 3})"""
        )
        upright = visitor.page.evaluate(
            """async () => (await import("/static/camera.js")).fNumber(
                20, 0.5, {focal_length: 85, sensor_width: 36, subject_distance: 3}, 9 / 16)"""
        )
    for name in ("focus", "blur", "range"):
        wanted = getattr(expected, name)
        got = np.array([one[name] for one in found])
        # the first keyframes say nothing of the range, which is then 0
        assert np.allclose(got[~np.isnan(wanted)], wanted[~np.isnan(wanted)], atol=1e-5), name
    # thin lens: a point at infinity, disparity 0, is a circle of diameter f^2 / (N (S - f)) on the sensor
    diameter = 2 * 20 * 0.5 / 1024 * 36
    assert aperture == pytest.approx(85**2 / (diameter * (3000 - 85)))
    # as the program tells it, for a focus of 0.5 at 3 m
    assert aperture == pytest.approx(blur_at_f1(85, 36, 1 / 3, 1 / 3 / 0.5) / 20)
    assert upright == pytest.approx(blur_at_f1(85, 36, 1 / 3, 1 / 3 / 0.5, 9 / 16) / 20)
    assert served.ask(f"/api/clips/{clip}")["frames"] == FRAMES


def test_several_clips_keep_their_own_settings(browser, served, media) -> None:
    tiny.lossless(media / "other.mkv", tiny.pictures(6, 90, 160))
    with Visitor(browser, served) as visitor:
        page = visitor.page
        before = page.locator("#clips li").count()
        visitor.choose("#choose", media.name, "other.mkv")
        page.wait_for_selector("#clip-name:has-text('other.mkv')")
        assert page.locator("#clips li").count() == before + 1
        page.click("[data-shape='blades:9']")
        visitor.saved()
        page.locator("#clips li button:has-text('clip.mp4')").first.click()
        page.wait_for_selector("#clip-name:has-text('clip.mp4')")
        assert page.locator("[data-shape='blades:9']").get_attribute("aria-checked") == "false"
        # the address names the clip, so that a reload finds it
        page.locator("#clips li button:has-text('other.mkv')").click()
        page.wait_for_selector("#clip-name:has-text('other.mkv')")
        page.reload()
        page.wait_for_selector("[data-shape='blades:9'][aria-checked=true]")
        page.locator("#clips li:has-text('other.mkv') .away").click(force=True)
        page.wait_for_selector("#empty")
        page.wait_for_selector("#clips li:has-text('other.mkv')", state="detached")
        # opened again, everything is there
        visitor.choose("#choose", media.name, "other.mkv")
        page.wait_for_selector("[data-shape='blades:9'][aria-checked=true]")


def test_the_last_wish_wins_and_no_change_is_lost(browser, served, media) -> None:
    """However late answers come: another clip is chosen, or the same opened anew, while a change waits."""
    tiny.lossless(media / "late.mkv", tiny.pictures(6, 90, 160))
    first = served.ask("/api/clips", {"path": str(media / "clip.mp4")})["id"]
    other = served.ask("/api/clips", {"path": str(media / "late.mkv")})["id"]
    with Visitor(browser, served) as visitor:
        page = visitor.page
        shown, kept, wrong = page.evaluate(
            """async ([first, other]) => {
                const parts = ["clips", "saving", "state"].map((name) => import(`/static/${name}.js`));
                const page = Object.assign({}, ...(await Promise.all(parts)));
                await page.open(first);
                // answers of the first clip come late
                const fetched = window.fetch;
                window.fetch = async (...asked) => {
                    const answer = await fetched(...asked);
                    if (String(asked[0]).includes(first)) await new Promise((done) => setTimeout(done, 150));
                    return answer;
                };
                const shown = [];
                page.whenever(() => page.state.document?.aperture, (aperture) => shown.push(aperture));
                const change = (aperture) => page.commit({...page.state.document, aperture});
                change("blades:5");
                const anew = page.renew();
                change("blades:6");
                await anew;
                await page.settled();
                const kept = [page.state.document.aperture];
                const last = shown.slice(shown.indexOf("blades:6"));
                const wrong = last.filter((aperture) => aperture !== "blades:6");
                change("blades:7");
                const back = page.open(first);
                await page.open(other);
                change("blades:8");
                await back;
                await page.settled();
                kept.push(page.state.document.aperture);
                await page.open(first);
                const opening = page.open(other);
                const late = page.renew();
                await opening;
                await late;
                return [page.state.clip.id, kept, wrong];
            }""",
            [first, other],
        )
    assert shown == other
    assert kept == ["blades:6", "blades:8"]
    # a change that waits is shown all the time
    assert wrong == []
    assert served.ask(f"/api/clips/{first}")["document"]["aperture"] == "blades:7"
    assert served.ask(f"/api/clips/{other}")["document"]["aperture"] == "blades:8"
