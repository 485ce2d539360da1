"""Which network a name means, and how it is run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("transformers")
hub = pytest.importorskip("huggingface_hub")

from anybokeh.disparity import networks  # noqa: E402
from anybokeh.disparity.carrying import KeyFramed  # noqa: E402
from anybokeh.disparity.find_network import find_network, find_usual_network, is_hub_id  # noqa: E402
from anybokeh.errors import InputError  # noqa: E402
from anybokeh.storage import pinned  # noqa: E402
from anybokeh.storage.pinned import DEPTH_SMALL  # noqa: E402
from disparity import tiny_networks  # noqa: E402
from disparity.test_onnx_network import graph  # noqa: E402

COMMIT = "0123456789012345678901234567890123456789"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph(tmp_path_factory.mktemp("onnx") / "mean.onnx")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    monkeypatch.setattr(hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def kept(cache: Path, model: str, path: str, file: Path, reference: str = "main") -> Path:
    """Put a file into a cache of the hub."""
    folder = cache / f"models--{model.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / reference).write_text(COMMIT)
    target = folder / "snapshots" / COMMIT / path
    target.parent.mkdir(parents=True)
    return Path(shutil.copy(file, target))


def test_a_file(file: Path) -> None:
    network, notes = find_network(str(file))
    assert isinstance(network, KeyFramed) and network.name == str(file)
    assert notes == (f"disparity comes from {file}; check the licence of its weights",)
    pictures = [np.full((40, 60, 3), shade, np.uint8) for shade in (50, 60, 70)]
    found = list(network.estimate(pictures))
    assert len(found) == 3 and found[0].shape == (392, 588)


@pytest.mark.parametrize(
    ("name", "model", "path", "reference"),
    [
        ("onnx-community/depth-anything-v2-base", None, "onnx/model.onnx", "main"),
        ("onnx-community/depth-anything-v2-base@second", None, "onnx/model.onnx", "second"),
        ("owner/name:small.onnx", "owner/name", "small.onnx", "main"),
        ("owner/name@second:some/small.onnx", "owner/name", "some/small.onnx", "second"),
    ],
)
def test_files_at_the_hub(
    name: str, model: str | None, path: str, reference: str, cache: Path, file: Path
) -> None:
    kept(cache, model or name.partition("@")[0], path, file, reference)
    network, notes = find_network(name, short_side=70)
    assert network.name == name
    assert ("CC-BY-NC-4.0" in notes[0]) == (model is None)


@pytest.mark.parametrize(
    "name", ["onnx-community/none", "owner/none:a.onnx", "owner/none", "none.onnx", "none/none.onnx"]
)
def test_networks_that_are_nowhere(name: str, cache: Path) -> None:
    with pytest.raises(InputError, match=name) as error:
        find_network(name)
    assert len(str(error.value).splitlines()) == 1


def test_a_hub_id_without_a_file_is_one_of_transformers(tmp_path: Path) -> None:
    folder = tiny_networks.save(tmp_path / "m", "depth_anything")
    network, notes = find_network(str(folder), device="cpu")
    assert isinstance(network, KeyFramed) and "check the licence" in notes[0]


def test_a_device_without_a_provider_is_told(file: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    _, notes = find_network(str(file), device="cuda")
    assert notes[0].endswith("on the processor: this ONNX Runtime has nothing for cuda")


def test_networks_on_a_graphics_card_see_every_frame(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from anybokeh.disparity import onnx_network

    opened = onnx_network.open_session
    monkeypatch.setattr(
        onnx_network, "open_session", lambda *given: (opened(*given)[0], "DmlExecutionProvider")
    )
    network, _ = find_network(str(file))
    assert isinstance(network, onnx_network.OnnxDepthNetwork) and network.device == "dml"


@pytest.mark.parametrize("here", [True, False])
def test_the_usual_network(here: bool, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "find", lambda _: file if here else None)
    monkeypatch.setattr(pinned, "obtain", lambda files: [file for _ in files])
    network, notes = find_usual_network()
    assert network.name == DEPTH_SMALL.title
    how = "found on this machine" if here else "fetched"
    assert notes == (f"disparity comes from Depth Anything V2 Small (Apache-2.0), {how}",)


def test_the_usual_network_of_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_networks.save(tmp_path / "m", "depth_anything")
    monkeypatch.setattr(pinned, "find", lambda _: None)
    monkeypatch.setattr("anybokeh.storage.hub.in_local_cache", lambda _: True)
    loaded = networks.load_depth_network
    monkeypatch.setattr(networks, "load_depth_network", lambda _, **options: loaded(str(folder), **options))
    _, notes = find_usual_network(device="cpu")
    assert "in the hub's cache" in notes[0]


def test_no_usual_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "find", lambda _: None)
    monkeypatch.setattr("anybokeh.storage.hub.in_local_cache", lambda _: False)
    with pytest.raises(InputError, match="Depth Anything V2 Small is not on this machine") as error:
        find_usual_network()
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["a/b/c", "a", "a/b:c", "./a/b", "/a/b", "a/b.c:d/e.txt"])
def test_what_is_no_hub_id(name: str) -> None:
    assert not is_hub_id(name)


def test_onnx_runtime_is_loaded_only_where_it_is_used() -> None:
    code = (
        "import sys, anybokeh.job.analysis, anybokeh.disparity.find_network, "
        "anybokeh.disparity.carrying, anybokeh.disparity.onnx_network; "
        "print('onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
