"""Frames a second of two Ray workers with a thread each, against one.

    python benchmarks/ray_throughput.py --frames 192

Renders one clip on a local cluster with one worker and then with two, each bound to a processor of its own,
and compares all packets. Starting the cluster and its workers is not counted: a render before warms them up.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import av

from anybokeh import render_clip
from anybokeh.cluster import Cluster, ClusterSettings
from memory import write_clip, write_grey


def main() -> None:
    """Print both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=192)
    parser.add_argument("--size", default="1024x576", metavar="WIDTHxHEIGHT")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    rates, packets = {}, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip.mp4", options.frames, (width, height))
        write_grey(folder / "disparity.mkv", options.frames, (width, height))
        for workers in options.workers:
            with Cluster(ClusterSettings("local", cpus=1, workers=workers)) as cluster:
                seconds = []
                for _ in range(1 + options.repeats):
                    began = time.perf_counter()
                    render_clip(
                        folder / "clip.mp4",
                        folder / "out.mp4",
                        disparity=folder / "disparity.mkv",
                        focus=0.8,
                        device="cpu",
                        overwrite=True,
                        cluster=cluster,
                    )
                    seconds.append(time.perf_counter() - began)
            with av.open(str(folder / "out.mp4")) as container:
                packets.append([bytes(packet) for packet in container.demux(video=0)])
            rates[workers] = options.frames / min(seconds[1:])
            print(f"{workers} workers: {rates[workers]:.2f} frames a second", flush=True)
    least, most = options.workers[0], options.workers[-1]
    print(f"ratio {rates[most] / rates[least]:.2f}; packets equal: {packets[0] == packets[-1]}")


if __name__ == "__main__":
    main()
