"""What pages are given to draw frames on their own graphics cards."""

from __future__ import annotations

import json
import struct
import sys

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.finish.bars import Inside
from anybokeh.finish.protection import Protection
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.optics.lens import Lens
from anybokeh.studio.card_scenes import CardScenes
from anybokeh.studio.packet import packet
from anybokeh.studio.whole_scene import StillScene

FOCUS = FrameFocus(0.3, 100)


def opened(data: bytes) -> tuple[dict, dict[str, bytes]]:
    """As packet.js takes it apart."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    return header, {name: data[begin : begin + size] for name, (begin, size) in header["arrays"].items()}


def still(height: int = 24, width: int = 40) -> StillScene:
    rng = np.random.default_rng(3)
    disparity = np.full((height, width), 0.2, np.float32)
    disparity[:, : width // 2] = 0.8
    return StillScene(rng.integers(0, 256, (height, width, 3), np.uint8), disparity)


def test_a_packet_holds_arrays_at_whole_vectors() -> None:
    arrays = {"one": np.arange(5, dtype=np.uint8), "two": np.arange(3, dtype=np.float32), "none": np.zeros(0)}
    data = packet({"name": "välue"}, arrays)
    header, found = opened(data)
    assert header["name"] == "välue"
    assert {name: values.tobytes() for name, values in arrays.items()} == found
    assert all(begin % 16 == 0 for begin, _ in header["arrays"].values())
    assert len(data) % 16 == 0


def test_a_scene_has_all_that_its_plan_binds_and_needs_no_card_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wgpu", None)
    scenes = CardScenes()
    data = scenes.open(still(), FOCUS, Lens(axial_colour=0.05), "bt709")
    assert data is not None
    header, arrays = opened(data)
    _, kernels = opened(scenes.kernels(header["scene"]))
    _, outlines = opened(scenes.outlines(header["scene"], FOCUS))
    plan = scenes.plan(header["scene"], FOCUS, 1)
    unpacking = header["unpacking"]
    given = {*arrays, *kernels, *unpacking["sizes"]}
    assert set(unpacking["names"]) <= given
    assert set(plan["names"]) <= given | set(plan["sizes"])
    assert {name: arrays[name] for name in outlines} == outlines
    assert (header["width"], header["height"]) == (40, 24)
    assert [header[name] for name in ("left", "top", "across", "down")] == [0, 0, 1, 1]


def test_more_room_is_for_more_samples() -> None:
    scenes = CardScenes()
    header, _ = opened(scenes.open(still(), FOCUS, Lens(), "srgb") or b"")
    sizes = [scenes.plan(header["scene"], FOCUS, room)["sizes"]["points"] for room in (1, 2)]
    assert sizes[1] == 2 * sizes[0]


def test_scenes_of_one_size_share_kernels() -> None:
    scenes = CardScenes()
    names = [
        opened(scenes.open(still(), FOCUS, lens, "srgb") or b"")[0]["kernels"] for lens in (Lens(), Lens())
    ]
    other = opened(scenes.open(still(), FOCUS, Lens(blades=5), "srgb") or b"")[0]["kernels"]
    assert names[0] == names[1] != other


def test_what_lies_between_bars_is_told_where() -> None:
    whole = still().protected(Protection(Inside(6, 18, 0, 40)), 0)
    header, arrays = opened(CardScenes().open(whole, FOCUS, Lens(), "srgb") or b"")
    assert (header["width"], header["height"]) == (40, 12)
    assert [header[name] for name in ("left", "top", "across", "down")] == [0, 0.25, 1, 0.5]
    assert len(arrays["bytes"]) == 3 * 40 * 12


class Mask:
    """Nothing is protected, but it might be."""

    def read(self, index: int) -> np.ndarray:
        return np.zeros((24, 40), np.float32)


def test_what_a_card_does_not_draw_is_left_to_the_studio() -> None:
    scenes = CardScenes()
    assert scenes.open(still(), FOCUS, Lens(breathing=0.1), "srgb") is None
    assert scenes.open(still().protected(Protection(None, Mask()), 0), FOCUS, Lens(), "srgb") is None


def test_only_the_last_scenes_are_known() -> None:
    scenes = CardScenes()
    names = [opened(scenes.open(still(), FOCUS, Lens(), "srgb") or b"")[0]["scene"] for _ in range(5)]
    assert scenes.plan(names[-1], FOCUS, 1)["steps"]
    with pytest.raises(InputError, match="this scene is not known any more"):
        scenes.plan(names[0], FOCUS, 1)
