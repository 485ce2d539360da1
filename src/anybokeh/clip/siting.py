"""Where subsampled chroma lies between the luma pixels.

swscale takes unspecified chroma for centred, as in JPEG. Video means left-sited when it says nothing, and
some decoders say nothing; half a pixel of colour shift costs 10 dB on a frame decoded and encoded again.
PyAV shows no chroma location, so it is set with a filter, and found out by what swscale makes of it.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

# their decoders state the location, or centred is right
_TRUSTED = frozenset({"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4", "mjpeg"})


class LeftSited:
    """Marks frames as left-sited; their pixels are shared, not copied."""

    def __init__(self) -> None:
        self._graph: Graph | None = None

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """The frame with its chroma location set; all frames must be of one format and size."""
        if self._graph is None:
            self._graph = _tagging(frame, "left")
        if frame.pts is None:
            frame.pts = 0
        self._graph.vpush(frame)
        return self._graph.vpull()


def is_subsampled(pixel_format: str) -> bool:
    """Whether chroma is stored at a lower resolution than luma."""
    stored = av.VideoFormat(pixel_format, 16, 16)
    return stored.chroma_width(16) < 16 or stored.chroma_height(16) < 16


def must_be_set(frame: VideoFrame, codec: str) -> bool:
    """Whether a decoded frame has no chroma location of its own though its chroma is subsampled."""
    return codec not in _TRUSTED and is_subsampled(frame.format.name) and _acts_centred(frame)


def _acts_centred(frame: VideoFrame) -> bool:
    """Subsample a test pattern that inherits the frame's properties, and the same pattern centred."""
    scale = VideoReformatter()
    pattern = scale.reformat(frame, 16, 16, "rgb24")
    noise = np.random.default_rng(0).integers(0, 256, pattern.planes[0].buffer_size, np.uint8)
    pattern.planes[0].update(noise.tobytes())
    pattern.pts = 0
    graph = _tagging(pattern, "center")
    graph.vpush(pattern)
    return np.array_equal(_subsampled(pattern), _subsampled(graph.vpull()))


def _subsampled(pattern: VideoFrame) -> np.ndarray:
    small = VideoReformatter().reformat(pattern, format="yuv420p", interpolation=Interpolation.BICUBIC)
    return small.to_ndarray()


def _tagging(frame: VideoFrame, location: str) -> Graph:
    graph = Graph()
    entry = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 90000)
    )
    graph.link_nodes(
        entry, graph.add("setparams", f"chroma_location={location}"), graph.add("buffersink")
    ).configure()
    return graph
