"""`anybokeh models`: networks are fetched ahead and listed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from anybokeh.cli import main
from anybokeh.storage import pinned
from anybokeh.storage.downloading import Content
from anybokeh.storage.pinned import HubFile, PinnedFile
from storage.serving import serving

DATA = b"a small network" * 1000


def test_networks_are_fetched_ahead_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    content = Content(len(DATA), hashlib.sha256(DATA).hexdigest())
    file = PinnedFile("small.onnx", "Small", content, "MIT", HubFile("owner/name", "model.onnx"))
    for name in ("SUBJECT_NETWORK", "FACE_NETWORK", "DEPTH_SMALL"):
        monkeypatch.setattr(pinned, name, file)
    for name in ("ANYBOKEH_CACHE", "XDG_CACHE_HOME", "HF_HOME", "ANYBOKEH_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert main(["models"]) == 0
    assert "Small\t0 MB, MIT\tnot here; anybokeh models get subject\n" in capsys.readouterr().out
    assert main(["models", "get", "depth"]) == 2
    out, err = capsys.readouterr()
    assert not out and "HF_HUB_OFFLINE" in err and err.count("\n") == 1
    monkeypatch.delenv("HF_HUB_OFFLINE")
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.files["/owner/name/resolve/main/model.onnx"] = DATA
        assert main(["models", "get", "all"]) == 0
    place = tmp_path / "ANYBOKEH_CACHE" / "weights" / "small.onnx"
    out, err = capsys.readouterr()
    assert out == f"Small: {place}\n" and place.read_bytes() == DATA
    assert err.startswith("note: fetching Small (0 MB, MIT) once from the hub") and err.count("\n") == 1
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.endswith(f"\nSmall\t0 MB, MIT\t{place}\n")
