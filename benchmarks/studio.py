"""Measure the studio: from the click to the changed preview, the start, and opening a long clip.

    python benchmarks/studio.py [--clicks N]

A 1080p clip of ten minutes is made by repeating the packets of a few seconds, with disparity maps for it in
one array. Reported: seconds until the page is usable, seconds and bytes read to open the clip (of how many),
the median from the click to the changed picture in the page where there is Chromium, and what the server
alone takes for a preview, in wall-clock and processor time. Stop other work for the former.
"""

from __future__ import annotations

import argparse
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

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from studio.serving import Served, serving

SECONDS, RATE, OWN = 600, 25, 2
WIDTH, HEIGHT = 1920, 1080


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clicks", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "media"
        folder.mkdir()
        clip, maps = make_clip(folder / "long.mp4"), make_maps(folder / "maps.npy")
        begun = time.perf_counter()
        with serving(Path(scratch) / "projects", "--folder", folder, "--disparity", maps) as served:
            urllib.request.urlopen(served.address).read()
            served.ask("/api/studio")
            print(f"start to first answer: {time.perf_counter() - begun:.2f} s")
            key = measure_opening(served, clip)
            state = served.ask(f"/api/clips/{key}")
            document = state["document"] | {"disparity": str(maps)}
            values = {"revision": state["revision"], "document": document}
            served.ask(f"/api/clips/{key}", values, "PUT")
            known = lambda status: status["progress"]["disparity"]["state"] == "done"  # noqa: E731
            served.wait(f"/api/clips/{key}", known, 600)
            measure_server(served, key, options.clicks)
            measure_page(served, options.clicks)


def make_clip(path: Path) -> Path:
    """H.264 with a key frame every two seconds, of the same two seconds again and again."""
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.random((HEIGHT, WIDTH + 200, 3)).astype(np.float32), (0, 0), 2)
    noise = ((noise - noise.min()) / np.ptp(noise) * 255).astype(np.uint8)
    packets = []
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {"crf": "20", "g": str(OWN * RATE), "preset": "veryfast"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = encoder.options
        for index in range(OWN * RATE):
            frame = VideoFrame.from_ndarray(
                np.ascontiguousarray(noise[:, 2 * index : 2 * index + WIDTH]), "rgb24"
            )
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        kept = [(bytes(one), one.pts, one.dts, one.time_base, one.is_keyframe) for one in packets]
        for turn in range(SECONDS // OWN):
            for data, pts, dts, base, key in kept:
                packet = av.Packet(data)
                later = round(turn * OWN / base)
                packet.pts, packet.dts, packet.time_base = pts + later, dts + later, base
                packet.is_keyframe, packet.stream = key, stream
                container.mux(packet)
    return path


def make_maps(path: Path) -> Path:
    """One small map a frame: a near block that moves, before a ramp."""
    maps = np.lib.format.open_memmap(path, "w+", np.uint8, (SECONDS * RATE, 108, 192))
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


def measure_opening(served: Served, clip: Path) -> str:
    before, begun = bytes_read(served), time.perf_counter()
    key = served.ask("/api/clips", {"path": str(clip)})["id"]
    served.ask(f"/api/clips/{key}/frames/{SECONDS * RATE // 2}")
    seconds = time.perf_counter() - begun
    read = (bytes_read(served) - before) / 2**20
    size = clip.stat().st_size / 2**20
    print(f"opening {SECONDS} s of 1080p, and a frame in its middle: {seconds:.2f} s")
    print(f"read for that, with the program's own files: {read:.0f} MB; the clip has {size:.0f}")
    return key


def measure_server(served: Served, key: str, count: int) -> None:
    """Previews of one frame with another focus and blur each time."""
    times = []
    before = processor_seconds(served)
    for number in range(count):
        focus, blur = random.Random(number).random(), 8 + number % 40
        begun = time.perf_counter()
        served.ask(f"/api/clips/{key}/preview/100?focus={focus:.4f}&blur={blur}&range=0")
        times.append(time.perf_counter() - begun)
    spent = (processor_seconds(served) - before) / count
    print(
        f"preview by the server alone: median {1000 * statistics.median(times):.0f} ms, "
        f"{1000 * spent:.0f} ms of processor time with what goes on besides"
    )


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
                if stage.get_attribute("data-shown") != before:
                    times.append(int(stage.get_attribute("data-milliseconds") or 0))
                    break
        print(
            f"click to changed picture: median {statistics.median(times):.0f} ms, "
            f"most {max(times)} ms, {len(times)} clicks"
        )
        browser.close()


if __name__ == "__main__":
    main()
