"""Depth networks of every type that is read, tiny and with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from anybokeh.disparity.find_network import find_network  # noqa: E402
from anybokeh.disparity.networks import load_depth_network  # noqa: E402
from anybokeh.errors import InputError  # noqa: E402
from disparity import tiny_networks  # noqa: E402

KINDS = ("depth_anything", "depth_pro", "dpt", "glpn", "zoedepth")
DOWN, ACROSS = 70, 126


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (DOWN, ACROSS, 3), np.uint8) for _ in range(3)]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("networks")
    return {kind: tiny_networks.save(folder / kind, kind) for kind in KINDS}


def load(folder: Path, **options):
    name = json.loads((folder / "config.json").read_text())["model_type"]
    side = {"depth_anything": 70, "glpn": 64, "zoedepth": 64}.get(name)
    return load_depth_network(str(folder), device="cpu", short_side=side, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_one_map_a_picture(kind: str, saved: dict[str, Path], pictures) -> None:
    maps = list(load(saved[kind]).estimate(iter(pictures)))
    assert len(maps) == 3
    height, width = maps[0].shape
    # networks round to their patches, of up to 32 pixels
    assert width / height == pytest.approx(ACROSS / DOWN, rel=0.15)
    assert all(np.isfinite(one).all() and one.min() >= 0 and one.dtype == np.float32 for one in maps)


def test_which_networks_tell_metres(saved: dict[str, Path], tmp_path: Path) -> None:
    metric = {kind for kind, folder in saved.items() if load(folder).metric}
    assert metric == {"glpn", "zoedepth"}
    other = tiny_networks.save(tmp_path / "m", "depth_anything", depth_estimation_type="metric", max_depth=20)
    assert load(other).metric
    network, _ = find_network(str(other), device="cpu", short_side=70)
    assert getattr(network, "metric", False)  # also on key frames


def test_the_network_sees_what_its_own_processor_shows_it(saved: dict[str, Path], pictures) -> None:
    # a picture of the network's size is not resampled, so both must agree
    processor = transformers.DPTImageProcessorPil(do_resize=False, do_pad=False)
    model = transformers.DepthAnythingForDepthEstimation.from_pretrained(saved["depth_anything"])
    values = processor(images=pictures[0], return_tensors="pt").pixel_values
    with torch.no_grad():
        expected = model(values).predicted_depth[0].numpy()
    found = next(load(saved["depth_anything"]).estimate(pictures))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert np.ptp(expected) > 0


def test_depth_becomes_nearness(tmp_path: Path, pictures) -> None:
    folder = tiny_networks.save(
        tmp_path / "m", "depth_anything", depth_estimation_type="metric", max_depth=20
    )
    model = transformers.DepthAnythingForDepthEstimation.from_pretrained(folder)
    network = load(folder)
    values = torch.from_numpy(network._preparation.prepared(pictures[0])[None])
    with torch.no_grad():
        depth = model(values).predicted_depth[0].numpy()
    np.testing.assert_allclose(next(network.estimate(pictures)), 1 / depth, rtol=1e-4)


def test_colours_and_size_are_taken_from_the_published_preprocessor(tmp_path: Path, pictures) -> None:
    folder = tiny_networks.save(tmp_path / "m", "depth_anything")
    plain = next(load(folder).estimate(pictures))
    facts = {"do_normalize": True, "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 1, 1]}
    tiny_networks.preprocessor(folder, **facts, size={"height": 42, "width": 42})
    network = load_depth_network(str(folder), device="cpu")
    prepared = network._preparation.prepared(np.full((42, 70, 3), 255, np.uint8))
    np.testing.assert_allclose(prepared[:, 0, 0], [0.9, 0.8, 0.7], rtol=1e-6)
    assert next(network.estimate(pictures)).shape == (42, 70)
    assert not np.allclose(next(load(folder).estimate(pictures)), plain)


def test_pictures_are_taken_only_as_they_are_needed(saved: dict[str, Path], pictures) -> None:
    taken = 0

    def counted():
        nonlocal taken
        for picture in pictures * 4:
            taken += 1
            yield picture

    for done, _ in enumerate(load(saved["dpt"]).estimate(counted()), 1):
        assert taken <= done + 1
    assert taken == 12


def test_identity_changes_with_weights_and_size(tmp_path: Path, saved: dict[str, Path]) -> None:
    folder = tmp_path / "m"
    identities = set()
    for seed in (0, 1):
        tiny_networks.save(folder, "depth_anything", seed)
        for side in (70, 84):
            identities.add(load_depth_network(str(folder), device="cpu", short_side=side).identity)
    assert len(identities) == 4


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model"])
def test_a_model_that_is_nowhere(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: there is no such folder"):
        load_depth_network(name)


def test_an_unreachable_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anybokeh.storage.hub.is_offline", lambda: False)
    monkeypatch.setattr("anybokeh.storage.hub._hub_answers", lambda: False)
    with pytest.raises(InputError, match="cannot be reached"):
        load_depth_network("nobody/no-such-model")


def test_a_model_that_estimates_no_depth(tmp_path: Path) -> None:
    transformers.BertConfig(hidden_size=8, num_hidden_layers=1).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="type 'bert', which estimates no depth"):
        load_depth_network(str(tmp_path))


def test_weights_that_are_pickled_are_not_read(tmp_path: Path) -> None:
    folder = tiny_networks.save(tmp_path / "m", "dpt")
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="safetensors"):
        load_depth_network(str(folder))


@pytest.mark.parametrize("damage", ["cut weights", "no json", "empty folder"])
def test_damaged_folders(tmp_path: Path, damage: str) -> None:
    folder = tiny_networks.save(tmp_path / "m", "dpt")
    if damage == "cut weights":
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[:1000])
    elif damage == "no json":
        (folder / "config.json").write_text("depth")
    else:
        folder = tmp_path / "empty"
        folder.mkdir()
    with pytest.raises(InputError, match="no depth model that can be read") as error:
        load_depth_network(str(folder))
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "side"), [("depth_anything", 3), ("depth_anything", 9999), ("depth_pro", 64)]
)
def test_sizes_that_cannot_be(kind: str, side: int, saved: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="pixels"):
        load_depth_network(str(saved[kind]), short_side=side)


def test_without_transformers_the_error_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(InputError, match=r"anybokeh\[depth\]"):
        load_depth_network("any/thing")
