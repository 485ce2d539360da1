"""Measure the studio: from the click to the changed preview, the start, and opening a long clip.

    python benchmarks/studio.py [--clicks N] [--seconds 600] [--size 1920x1080]

A 1080p clip of ten minutes is made by repeating the packets of a few seconds, with disparity maps for it in
one array. Reported: seconds until the page is usable, seconds and bytes read to open the clip (of how many),
what the server alone takes for a preview, in wall-clock and processor time, and to let a browser's graphics
card draw one; where there is Chromium, the median from the click to the changed picture, pictures a second
while a slider is dragged, and frames drawn while it plays. Stop other work for what is told in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from studio.serving import Served, serving

RATE, OWN = 25, 2
"""Frames a second, and seconds that are repeated."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=600, help="of the clip, an even number")
    parser.add_argument("--size", default="1920x1080", metavar="WIDTHxHEIGHT")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "media"
        folder.mkdir()
        clip = make_clip(folder / "long.mp4", options.seconds, width, height)
        maps = make_maps(folder / "maps.npy", options.seconds)
        begun = time.perf_counter()
        with serving(Path(scratch) / "projects", "--folder", folder, "--disparity", maps) as served:
            urllib.request.urlopen(served.address).read()
            served.ask("/api/studio")
            print(f"start to first answer: {time.perf_counter() - begun:.2f} s")
            key = measure_opening(served, clip, options.seconds)
            state = served.ask(f"/api/clips/{key}")
            document = state["document"] | {"disparity": str(maps)}
            values = {"revision": state["revision"], "document": document}
            served.ask(f"/api/clips/{key}", values, "PUT")
            known = lambda status: status["progress"]["disparity"]["state"] == "done"  # noqa: E731
            served.wait(f"/api/clips/{key}", known, 600)
            measure_server(served, key, options.clicks)
            measure_card(served, key, options.clicks)
            measure_page(served, options.clicks)


def make_clip(path: Path, seconds: int, width: int, height: int) -> Path:
    """H.264 with a key frame every two seconds, of the same two seconds again and again."""
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.random((height, width + 200, 3)).astype(np.float32), (0, 0), 2)
    noise = ((noise - noise.min()) / np.ptp(noise) * 255).astype(np.uint8)
    packets = []
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {"crf": "20", "g": str(OWN * RATE), "preset": "veryfast"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = encoder.options
        for index in range(OWN * RATE):
            frame = VideoFrame.from_ndarray(
                np.ascontiguousarray(noise[:, 2 * index : 2 * index + width]), "rgb24"
            )
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        kept = [(bytes(one), one.pts, one.dts, one.time_base, one.is_keyframe) for one in packets]
        for turn in range(seconds // OWN):
            for data, pts, dts, base, key in kept:
                packet = av.Packet(data)
                later = round(turn * OWN / base)
                packet.pts, packet.dts, packet.time_base = pts + later, dts + later, base
                packet.is_keyframe, packet.stream = key, stream
                container.mux(packet)
    return path


def make_maps(path: Path, seconds: int) -> Path:
    """One small map a frame: a near block that moves, before a ramp."""
    maps = np.lib.format.open_memmap(path, "w+", np.uint8, (seconds * RATE, 108, 192))
    maps[:] = np.linspace(20, 120, 192).astype(np.uint8)
    for index in range(len(maps)):
        maps[index, 30:90, index % 100 : index % 100 + 60] = 210
    maps.flush()
    return path


def bytes_read(served: Served) -> int:
    lines = Path(f"/proc/{served.process.pid}/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


def processor_seconds(served: Served) -> float:
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_opening(served: Served, clip: Path, length: int) -> str:
    before, begun = bytes_read(served), time.perf_counter()
    key = served.ask("/api/clips", {"path": str(clip)})["id"]
    served.ask(f"/api/clips/{key}/frames/{length * RATE // 2}")
    seconds = time.perf_counter() - begun
    read = (bytes_read(served) - before) / 2**20
    size = clip.stat().st_size / 2**20
    print(f"opening {length} s of it, and a frame in its middle: {seconds:.2f} s")
    print(f"read for that, with the program's own files: {read:.0f} MB; the clip has {size:.0f}")
    return key


def measure_server(served: Served, key: str, count: int) -> None:
    """Previews of one frame with another focus and blur each time."""
    times = []
    before = processor_seconds(served)
    for number in range(count):
        focus, blur = random.Random(number).random(), 8 + number % 40
        begun = time.perf_counter()
        served.ask(f"/api/clips/{key}/preview/40?focus={focus:.4f}&blur={blur}&range=0")
        times.append(time.perf_counter() - begun)
    spent = (processor_seconds(served) - before) / count
    print(
        f"preview by the server alone: median {1000 * statistics.median(times):.0f} ms, "
        f"{1000 * spent:.0f} ms of processor time with what goes on besides"
    )


def measure_card(served: Served, key: str, count: int) -> None:
    """What a browser's graphics card is given: a scene once, and a plan at each step."""
    focus = "focus=0.3&blur=24&range=0"
    served.ask(f"/api/clips/{key}/card/40?{focus}")
    begun = time.perf_counter()
    data = served.ask(f"/api/clips/{key}/card/41?{focus}")
    print(f"scene for a card: {1000 * (time.perf_counter() - begun):.0f} ms, {len(data) / 2**20:.1f} MB")
    header = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])
    steps = f"/api/card/{header['scene']}/plan?blur=24&range=0&focus="
    times, plan, before = [], {"steps": []}, processor_seconds(served)
    for number in range(10 * count):
        begun = time.perf_counter()
        plan = served.ask(f"{steps}{0.3 + 0.001 * number:.4f}")
        times.append(time.perf_counter() - begun)
    spent = (processor_seconds(served) - before) / len(times)
    size = len(json.dumps(plan)) / 1000
    print(f"plan for a card: median {1000 * statistics.median(times):.1f} ms, {size:.1f} kB")
    print(f"processor time of a plan: {1000 * spent:.1f} ms; {len(plan['steps'])} steps")


def measure_page(served: Served, count: int) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("no Chromium here: the page is not measured")
        return
    from playwright.sync_api import sync_playwright

    from studio.conftest import ARGUMENTS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        begun = time.perf_counter()
        page.goto(served.address)
        page.wait_for_selector("body[data-ready]")
        print(f"page usable: {time.perf_counter() - begun:.2f} s")
        page.wait_for_selector("#after:not([hidden])")
        page.wait_for_timeout(1500)
        room = page.locator("#screen").bounding_box()
        assert room is not None
        stage, times = page.locator("#stage"), []
        for number in range(count):
            before = stage.get_attribute("data-shown")
            x, y = (0.1 + 0.8 * random.Random(7 * number + one).random() for one in range(2))
            page.mouse.click(room["x"] + x * room["width"], room["y"] + y * room["height"])
            for _ in range(100):
                page.wait_for_timeout(50)
                shown = stage.get_attribute("data-shown")
                if shown != before and shown == stage.get_attribute("data-wanted"):
                    times.append(
                        [int(stage.get_attribute(f"data-{one}") or 0) for one in ("milliseconds", "sharp")]
                    )
                    break
        for place, what in enumerate(("changed picture", "picture at full size")):
            if not times:
                print(f"click to {what}: none within 5 s")
                continue
            taken = [one[place] for one in times]
            print(
                f"click to {what}: median {statistics.median(taken):.0f} ms, "
                f"most {max(taken)} ms, {len(taken)} clicks"
            )
        measure_dragging(page)
        measure_playing(page)
        browser.close()


def measure_dragging(page: Any) -> None:
    """A slider that never stands still for four seconds."""
    room = page.locator("#focus").bounding_box()
    y, count = room["y"] + room["height"] / 2, "Number(document.querySelector('#stage').dataset.pictures)"
    page.mouse.move(room["x"] + 20, y)
    page.mouse.down()
    page.mouse.move(room["x"] + 30, y)
    page.wait_for_timeout(300)
    before, begun = page.evaluate(count), time.perf_counter()
    while time.perf_counter() - begun < 4:
        page.mouse.move(room["x"] + 20 + 40 * (time.perf_counter() - begun), y)
        page.wait_for_timeout(16)
    pictures = (page.evaluate(count) - before) / (time.perf_counter() - begun)
    page.mouse.up()
    print(f"while a slider is dragged: {pictures:.1f} pictures a second")


def measure_playing(page: Any) -> None:
    """Three seconds of it, once they are ready."""
    drawn = "Number(document.querySelector('#film').dataset.drawn || 0)"
    page.keyboard.press("Home")
    ready = "Number(document.querySelector('.ready').dataset.frames || 0)"
    for _ in range(600):
        page.wait_for_timeout(100)
        if page.evaluate(ready) >= 4 * RATE:
            break
    begun = time.perf_counter()
    page.keyboard.press("Space")
    while not page.evaluate(drawn):
        if time.perf_counter() - begun > 30:
            print("playing what is ready: nothing was drawn within 30 s")
            return
        page.wait_for_timeout(5)
    first, before = time.perf_counter() - begun, page.evaluate(drawn)
    page.wait_for_timeout(3000)
    print(
        f"playing what is ready: begins after {first:.2f} s, "
        f"{page.evaluate(drawn) - before} of {3 * RATE} frames drawn in 3 s"
    )
    page.keyboard.press("Space")


if __name__ == "__main__":
    main()
