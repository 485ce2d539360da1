"""Focus on what was clicked or boxed, as a video predictor follows it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.files import DisparitySource
from anybokeh.errors import InputError
from anybokeh.filters.smoothing import bridge, steady
from anybokeh.focus.extent import covering, extent
from anybokeh.focus.mask import values_in_mask
from anybokeh.focus.subject import SubjectTrack
from anybokeh.subject.video_predictor import Predicted, Prompt, VideoPredictor

_QUALITY = 95
_IN_VIEW = 0.5


def focus_on_prompt(
    disparity: DisparitySource,
    frames: Iterable[np.ndarray],
    prompt: Prompt,
    at: int,
    predictor: VideoPredictor,
    times: np.ndarray,
    *,
    first: int = 0,
) -> SubjectTrack:
    """Follow an object forwards and backwards through the clip; memory does not grow with its length.

    Args:
        frames: consecutive frames in order, RGB (height, width, 3); read once.
        prompt: what to follow in the frame at index `at` of them.
        times: (frames,) seconds of these frames.
        first: index of their first in the clip.

    Returns:
        Focus, range and confidence of these frames; the confidence is 0 where it is out of view.

    Raises:
        InputError: the frames end before `at`, or the predictor sees nothing where the prompt is.
    """

    def measure(index: int, found: Predicted) -> tuple[float, float, float]:
        inside = found.share > 0.5
        if found.confidence < _IN_VIEW or not inside.any():
            return np.nan, np.nan, 0.0
        values = values_in_mask(disparity.read(first + index), inside)
        if not values.size:
            return np.nan, np.nan, 0.0
        middle = float(np.median(values))
        return middle, extent(values, middle), found.confidence

    ordered = iter(frames)
    with tempfile.TemporaryFile() as spool:
        # Frames before the prompt wait on disk: they are needed backwards, and may be many.
        ends = [0]
        for _ in range(at):
            frame = next(ordered, None)
            if frame is None:
                break
            small = cv2.resize(eight_bit(frame), (predictor.side,) * 2, interpolation=cv2.INTER_AREA)
            data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
            ends.append(ends[-1] + spool.write(data))
        start = next(ordered, None)
        if start is None:
            raise InputError(f"what to follow is given for frame {first + at} but the clip ends before")
        ahead = [
            measure(at + step, found)
            for step, found in enumerate(predictor.follow(chain([start], ordered), prompt))
        ]
        earlier = predictor.follow(chain([start], _backwards(spool, ends)), prompt) if at else iter(())
        behind = [measure(at - step, found) for step, found in enumerate(earlier)][1:]
    middle, extents, confidence = np.array(behind[::-1] + ahead).reshape(-1, 3).T
    if np.isnan(middle[at]):
        raise InputError("the model sees nothing there; give another place, or --subject-model off")
    focus = steady(bridge(middle))
    reach = covering(middle, extents, focus, times)
    found = (values.clip(0, 1).astype(np.float32) for values in (focus, reach, confidence))
    return SubjectTrack(*found)


def _backwards(spool, ends: list[int]) -> Iterator[np.ndarray]:
    for begin, end in zip(ends[-2::-1], ends[:0:-1], strict=True):
        spool.seek(begin)
        yield np.asarray(cv2.imdecode(np.frombuffer(spool.read(end - begin), np.uint8), cv2.IMREAD_COLOR))
