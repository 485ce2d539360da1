"""Focus on what a video predictor follows, and how it is chosen from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus import frame_times, parse_focus
from anybokeh.focus.prompted import focus_on_prompt
from anybokeh.focus.resolve import FocusResolver
from anybokeh.subject import find, video_predictor
from anybokeh.subject.video_predictor import Predicted, Prompt

HEIGHT, WIDTH, COUNT = 60, 100, 30
TIMES = frame_times(COUNT, 24)
HIDDEN = range(18, 23)
PROMPT = Prompt(points=((0.3, 0.5),))


def disc(index: int) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return (x - 30 - index) ** 2 + (y - 30) ** 2 < 14**2


def frame(index: int) -> np.ndarray:
    inside = disc(index) & (index not in HIDDEN)
    return np.where(inside[..., None], np.uint8(230), np.uint8(20)).repeat(3, axis=2)


class Bright:
    """A predictor that follows what is bright. side: of the squares that it sees."""

    side = 48

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    def follow(self, frames: Iterable[np.ndarray], prompt: Prompt) -> Iterator[Predicted]:
        self.prompts.append(prompt)
        for one in frames:
            small = cv2.resize(one, (self.side, self.side), interpolation=cv2.INTER_AREA)
            share = (small.mean(axis=2) > 128).astype(np.float32)
            yield Predicted(share, 0.9 if share.any() else 0.1)


class Disparity:
    """The disc leans: 0.5 to 0.7, a little nearer in every frame; the rest is at 0.1."""

    name, count, size, official = "made up", COUNT, (WIDTH, HEIGHT), None

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        lean = np.linspace(-0.1, 0.1, HEIGHT, dtype=np.float32)[:, None] * HEIGHT / 28
        return np.where(disc(index), 0.6 + 0.003 * index + lean, np.float32(0.1)).astype(np.float32)


@pytest.mark.parametrize("at", [0, 12, COUNT - 1])
def test_an_object_is_followed_both_ways_and_held_where_it_is_hidden(at: int) -> None:
    read: list[int] = []

    def frames() -> Iterator[np.ndarray]:
        for index in range(COUNT):
            read.append(index)
            yield frame(index)

    track = focus_on_prompt(Disparity(), frames(), PROMPT, at, Bright(), TIMES)  # type: ignore[arg-type]
    assert read == list(range(COUNT))
    np.testing.assert_allclose(track.focus, 0.6 + 0.003 * np.arange(COUNT), atol=0.02)
    seen = np.array([index not in HIDDEN for index in range(COUNT)])
    np.testing.assert_array_equal(track.confidence > 0, seen)
    # most of the disc lies inside the range, and the rest of the picture far outside
    values = Disparity().read(5)[disc(5)]
    assert (np.abs(values - track.focus[5]) <= track.range[5]).mean() > 0.8
    assert track.range[5] < 0.2


def test_where_the_model_sees_nothing() -> None:
    frames = [frame(HIDDEN.start)] * 3
    with pytest.raises(InputError, match="sees nothing"):
        focus_on_prompt(Disparity(), frames, PROMPT, 1, Bright(), TIMES[:3])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="ends before"):
        focus_on_prompt(Disparity(), frames, PROMPT, 3, Bright(), TIMES[:3])  # type: ignore[arg-type]


def resolver(predictor: object) -> FocusResolver:
    def frames() -> Iterator[np.ndarray]:
        return map(frame, range(COUNT))

    # displayed twice as wide as stored
    return FocusResolver(
        Disparity(),
        TIMES,
        (2 * WIDTH, HEIGHT),
        frames,
        predictor=lambda: (predictor, "followed by it"),  # type: ignore[arg-type,return-value]
    )


def test_points_and_boxes_become_prompts_in_shares_of_the_displayed_frame() -> None:
    bright = Bright()
    for text in ("point:60,30@0.1", "box:20%,25%,92,75%@0.1"):
        resolve = resolver(bright)
        focus = resolve(parse_focus(text), np.arange(4, 8))
        np.testing.assert_allclose(focus, 0.6 + 0.003 * np.arange(4, 8), atol=0.02)
        assert (resolve.ranges[4:8] > 0.05).all() and np.isnan(resolve.ranges[-1])
        assert resolve.notes[0] == f"{text}: followed by it"
    point, _, box, _ = bright.prompts
    np.testing.assert_allclose(point.points, [(0.3, 0.5)])
    np.testing.assert_allclose(box.box, (0.2, 0.25, 0.46, 0.75))


def test_without_a_model_the_middle_of_a_box_is_followed() -> None:
    resolve = resolver(None)
    focus = resolve(parse_focus("box:40,10,80,50"), np.arange(3))
    np.testing.assert_allclose(focus, 0.6, atol=0.02)
    assert np.isnan(resolve.ranges).all()


def test_which_model_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "in_local_cache", lambda name: False)
    assert find.find_predictor("off")[0] is None
    predictor, line = find.find_predictor("auto")
    assert predictor is None and "--subject-model facebook/" in line
    monkeypatch.setattr(find, "in_local_cache", lambda name: name == "yonigozlan/EdgeTAM-hf")
    monkeypatch.setattr(find, "load_video_predictor", lambda name, device: (name, device))
    assert find.find_predictor("auto", "cpu") == (
        ("yonigozlan/EdgeTAM-hf", "cpu"),
        "followed by yonigozlan/EdgeTAM-hf",
    )
    assert find.find_predictor("some/model")[0] == ("some/model", "auto")


def test_nothing_is_fetched_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setattr("anybokeh.storage.hub.is_offline", lambda: True)
    monkeypatch.setattr("anybokeh.storage.hub._hub_answers", lambda: pytest.fail("asked the network"))
    with pytest.raises(InputError, match="HF_HUB_OFFLINE"):
        video_predictor.load_video_predictor("nobody/nothing")
