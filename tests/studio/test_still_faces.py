"""Faces of the frames that are looked at."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from anybokeh.studio import still_faces as module
from anybokeh.studio.session import ClipSession


def test_one_thread_at_a_time_uses_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, most, made = [], [], []

    class Network:
        def __init__(self, file: Path) -> None:
            made.append(file)
            time.sleep(0.05)

        def __call__(self, picture: np.ndarray) -> list[tuple[int, int, int, int]]:
            busy.append(1)
            most.append(len(busy))
            time.sleep(0.05)
            busy.pop()
            return [(0, 0, 2, 2), (8, 4, 8, 4)]

    monkeypatch.setattr(module, "find", lambda _: tmp_path / "network.onnx")
    monkeypatch.setattr(module, "FaceNetwork", Network)
    monkeypatch.setattr(module, "view", lambda picture: SimpleNamespace(close=picture))
    proxies = SimpleNamespace(picture=lambda _: np.zeros((16, 32, 3), np.uint8))
    session = cast(Any, SimpleNamespace(proxies=proxies))

    def look(index: int) -> Any:
        return module.still_faces(cast(ClipSession, session), index)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(look, range(8)))
    assert len(made) == 1 and set(most) == {1}
    assert found == [[(0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 2 / 32, 2 / 16)]] * 8
