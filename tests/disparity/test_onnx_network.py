"""Depth networks in ONNX files, against the same network in transformers; files that are something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("transformers")

from anybokeh.disparity.networks import load_depth_network  # noqa: E402
from anybokeh.disparity.onnx_network import SHORT_SIDE, load_onnx_network  # noqa: E402
from anybokeh.errors import InputError  # noqa: E402
from disparity import tiny_networks  # noqa: E402

DOWN, ACROSS = 70, 126


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (DOWN, ACROSS, 3), np.uint8) for _ in range(2)]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_networks.save(tmp_path_factory.mktemp("networks") / "m", "depth_anything")


@pytest.fixture(scope="module")
def any_size(saved: Path) -> Path:
    return tiny_networks.export(saved, saved.parent / "any.onnx", (DOWN, ACROSS), any_size=True)


@pytest.fixture(scope="module")
def fixed(saved: Path) -> Path:
    return tiny_networks.export(saved, saved.parent / "fixed.onnx", (70, 84))


@pytest.mark.parametrize("side", [70, 98])
def test_maps_are_those_of_transformers(side: int, saved: Path, any_size: Path, pictures) -> None:
    expected = list(load_depth_network(str(saved), device="cpu", short_side=side).estimate(pictures))
    found = list(load_onnx_network(any_size, device="cpu", short_side=side).estimate(pictures))
    assert len(found) == 2 and found[0].shape == expected[0].shape and found[0].dtype == np.float32
    spread = float(np.ptp(expected[0]))
    assert spread > 0
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3 * spread)


def test_the_usual_size(any_size: Path) -> None:
    picture = np.zeros((288, 512, 3), np.uint8)
    (found,) = load_onnx_network(any_size, device="cpu").estimate([picture])
    assert found.shape == (SHORT_SIDE, 700)


def test_a_network_of_one_size_gives_maps_of_the_picture_s_shape(fixed: Path, pictures) -> None:
    network = load_onnx_network(fixed, device="cpu")
    for picture in (pictures[0], pictures[0].transpose(1, 0, 2)):
        (found,) = network.estimate([picture])
        height, width = picture.shape[:2]
        assert found.shape[1] / found.shape[0] == pytest.approx(width / height, rel=0.02)
        assert max(found.shape) >= 70
    with pytest.raises(InputError, match="84x70 pixels only"):
        load_onnx_network(fixed, short_side=70)


def test_metres_become_nearness_where_the_configuration_says_so(
    any_size: Path, tmp_path: Path, pictures
) -> None:
    (plain,) = load_onnx_network(any_size, short_side=70).estimate(pictures[:1])
    (tmp_path / "onnx").mkdir()
    file = shutil.copy(any_size, tmp_path / "onnx/model.onnx")
    (tmp_path / "config.json").write_text(json.dumps({"depth_estimation_type": "metric"}))
    network = load_onnx_network(Path(file), short_side=70)
    assert network.metric and not load_onnx_network(any_size, short_side=70).metric
    (found,) = network.estimate(pictures[:1])
    np.testing.assert_allclose(found, 1 / np.maximum(plain, 1e-3), rtol=1e-3)


def test_identity_changes_with_weights_and_size(saved: Path, any_size: Path, tmp_path: Path) -> None:
    other = tiny_networks.save(tmp_path / "m", "depth_anything", seed=1)
    file = tiny_networks.export(other, tmp_path / "any.onnx", (70, 84), any_size=True)
    identities = {
        load_onnx_network(one, name="same", short_side=side).identity
        for one in (any_size, file)
        for side in (70, 84)
    }
    assert len(identities) == 4


def graph(
    path: Path,
    inputs: Sequence[Sequence[object]] = ((1, 3, "h", "w"),),
    *,
    operation: str = "ReduceMean",
    outputs: int = 1,
    kind: int = 1,
) -> Path:
    """A network of one operation."""
    helper = onnx.helper
    names = [f"in{index}" for index in range(len(inputs))]
    options = {"axes": [1], "keepdims": 0} if operation == "ReduceMean" else {}
    nodes = [helper.make_node(operation, names, [f"out{index}"], **options) for index in range(outputs)]
    described = [
        helper.make_tensor_value_info(name, kind, shape) for name, shape in zip(names, inputs, strict=True)
    ]
    results = [helper.make_tensor_value_info(f"out{index}", kind, None) for index in range(outputs)]
    model = helper.make_model(
        helper.make_graph(nodes, "g", described, results), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 8
    onnx.save(model, path)
    return path


def test_any_network_with_a_picture_and_a_map_is_taken(tmp_path: Path, pictures) -> None:
    (found,) = load_onnx_network(graph(tmp_path / "mean.onnx"), short_side=70).estimate(pictures[:1])
    brightness = pictures[0].astype(np.float32).mean(axis=2)
    assert np.corrcoef(found.ravel(), brightness.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"inputs": [(1, 3, "h", "w"), (1, 3, "h", "w")], "operation": "Add"}, "has 2 inputs"),
        ({"outputs": 2}, "2 outputs"),
        ({"inputs": [(1, 3, 8, "h", "w")]}, "takes float values of shape"),
        ({"inputs": [(1, 1, "h", "w")]}, "takes float values of shape"),
        ({"inputs": [(4, 3, "h", "w")]}, "takes float values of shape"),
        ({"operation": "GlobalAveragePool"}, "one map out"),
        ({"kind": 11}, "takes double values"),
    ],
)
def test_networks_for_something_else(options: dict, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as error:
        load_onnx_network(graph(tmp_path / "a.onnx", **options))
    assert len(str(error.value).splitlines()) == 1
    assert "expected a depth network" in str(error.value)


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "missing", "folder"])
def test_damaged_files(damage: str, any_size: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    whole = any_size.read_bytes()
    content = {"cut": whole[: len(whole) // 2], "text": b"no network\n" * 9, "empty": b""}.get(damage)
    if content is not None:
        file.write_bytes(content)
    elif damage == "folder":
        file.mkdir()
    with pytest.raises(InputError, match=r"a\.onnx") as error:
        load_onnx_network(file)
    assert len(str(error.value).splitlines()) == 1


def test_a_device_that_this_onnx_runtime_cannot_use(any_size: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    assert load_onnx_network(any_size, device="cuda").device == "cpu"
