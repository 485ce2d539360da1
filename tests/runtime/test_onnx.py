"""Small networks: the same from both libraries, whatever size they were written for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tiny
from anybokeh.runtime import onnx_session
from anybokeh.runtime.onnx import OnnxNetwork, with_any_size
from anybokeh.storage.pinned import FACE_NETWORK, SUBJECT_NETWORK, PinnedFile, find

FACES = ["537", "538", "539", "540"]


@pytest.mark.parametrize(
    ("file", "outputs", "written_for", "size"),
    [
        (SUBJECT_NETWORK, ["1959"], None, (320, 320)),
        (FACE_NETWORK, FACES, (10, 3, 32, 32), (96, 160)),
        (FACE_NETWORK, FACES, (10, 3, 32, 32), (64, 64)),
    ],
)
def test_both_libraries_say_the_same(
    file: PinnedFile,
    outputs: list[str],
    written_for: tuple[int, int, int, int] | None,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("onnxruntime")
    path = find(file)
    if path is None:
        pytest.skip(f"{file.title} is not here: anybokeh models get subject")
    ours = OnnxNetwork(path, outputs, written_for)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    theirs = OnnxNetwork(path, outputs, written_for)
    values = tiny.pictures(1, *size)[0].astype(np.float32).transpose(2, 0, 1)[None]
    values = values / 255 if file is SUBJECT_NETWORK else values
    one, other = ours(values), theirs(values)
    assert [each.shape for each in one] == [each.shape for each in other] and len(one) == len(outputs)
    for mine, yours in zip(one, other, strict=True):
        assert np.abs(mine - yours).max() < 1e-3
        assert np.ptp(mine) > 0


def test_it_takes_the_threads_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    given = []

    def session(model: bytes, options: Any, **_: Any) -> object:
        given.append(options)
        return object()

    monkeypatch.setattr(onnx_session, "available_threads", lambda: 3)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    OnnxNetwork(Path(__file__), ["1"])
    assert given[0].intra_op_num_threads == 3


def test_only_the_inputs_shape_is_freed() -> None:
    shape = b"\x0a\x02\x08\x0a\x0a\x02\x08\x03\x0a\x02\x08\x20\x0a\x02\x08\x20"
    free = b"\x0a\x02\x12\x00\x0a\x02\x08\x03\x0a\x02\x12\x00\x0a\x02\x12\x00"
    assert with_any_size(b"a" + shape + b"b" + shape, (10, 3, 32, 32)) == b"a" + free + b"b" + shape
    with pytest.raises(ValueError, match="no input"):
        with_any_size(shape, (10, 3, 64, 64))


def test_a_render_that_needs_no_network_loads_none(tmp_path: Path) -> None:
    tiny.lossless(tmp_path / "a.mkv", tiny.pictures(2))
    tiny.maps(tmp_path / "maps", tiny.disparity(2))
    script = (
        "import sys; from anybokeh.cli import main; "
        "status = main(['render', 'a.mkv', '-o', 'b.mkv', '--disparity', 'maps', '--focus', '0.5']); "
        "print(status, 'onnxruntime' in sys.modules)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "False"]
