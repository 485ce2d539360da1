"""Deinterlacing with ffmpeg's bwdif, one frame for each frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

from av.error import BlockingIOError, EOFError
from av.filter import Graph
from av.video.frame import VideoFrame


def deinterlaced(
    frames: Iterator[tuple[int, Fraction | None, VideoFrame]], tick: Fraction, from_start: bool
) -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
    """One progressive frame for each frame, from the first interlaced one on or from the start.

    bwdif looks one frame ahead.
    """
    graph: Graph | None = None
    waiting: deque[tuple[int, Fraction | None]] = deque()

    def drain() -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
        assert graph is not None
        while waiting:
            try:
                picture = graph.vpull()
            except (BlockingIOError, EOFError):
                return
            yield *waiting.popleft(), picture

    for pts, duration, frame in frames:
        if graph is None and not (from_start or frame.interlaced_frame):
            yield pts, duration, frame
            continue
        if graph is None:
            mode = "interlaced" if frame.interlaced_frame else "all"
            graph = Graph()
            entry = graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=tick
            )
            graph.link_nodes(
                entry,
                graph.add("bwdif", f"mode=send_frame:deint={mode}"),
                graph.add("buffersink"),
            ).configure()
        frame.pts, frame.time_base = pts, tick
        waiting.append((pts, duration))
        graph.vpush(frame)
        yield from drain()
    if graph is not None:
        graph.vpush(None)
        yield from drain()
