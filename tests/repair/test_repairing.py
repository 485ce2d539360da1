"""Repair of clips with the bundled network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from anybokeh.errors import InputError
from anybokeh.repair import RepairSettings, joined_gains, repair, repaired, repairing
from anybokeh.repair.lamp_light import Light
from anybokeh.repair.lamps_over_time import REACH
from anybokeh.repair.weights import read_safetensors, read_weights
from anybokeh.runtime.threads import available_threads
from disparity import damaged
from repair import random_networks

FRAMES = 4
ALL = RepairSettings(disparity=True, highlights=True)


@pytest.fixture(scope="module")
def clip() -> tuple[np.ndarray, np.ndarray]:
    return damaged.scene(FRAMES, height=160, width=256)


def test_outputs_that_are_not_proven_change_nothing(clip, tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    torch = pytest.importorskip("torch")

    from anybokeh.training.repair.export import write_weights

    frames, exact = clip
    tensors = {name: torch.from_numpy(values) for name, values in random_networks.tensors().items()}
    write_weights(tmp_path, tensors, random_networks.CONFIG)
    given = damaged.grown(damaged.blurred(exact))
    kept = repair(frames, given, RepairSettings(folder=tmp_path))
    np.testing.assert_array_equal(kept.disparity, given)
    assert kept.radiance is None
    write_weights(tmp_path / "good", tensors, replace(random_networks.CONFIG, proven=("disparity",)))
    assert (repair(frames, given, RepairSettings(folder=tmp_path / "good")).disparity != given).any()


def test_exact_disparity_stays(clip) -> None:
    frames, exact = clip
    found = repair(frames, exact, ALL).disparity
    assert np.abs(found - exact).mean() < 0.01


def test_a_stream_is_as_the_whole(clip) -> None:
    frames, exact = clip
    given = damaged.grown(exact)
    pictures = (frames.transpose(0, 2, 3, 1) * 255 + 0.5).astype(np.uint8)
    read: list[int] = []

    def items():
        for index, (picture, one) in enumerate(zip(pictures, given, strict=True)):
            read.append(index)
            yield index, picture, one, one

    handed = []
    for index, disparity, _ in repaired(items(), ALL):
        # no more frames are waited for than lamps are decided over, and than can be at work
        assert len(read) <= index + REACH + 2 * available_threads()
        handed.append((index, disparity))
    assert [index for index, _ in handed] == list(range(FRAMES))
    whole = repair(pictures.transpose(0, 3, 1, 2) / np.float32(255), given, ALL).disparity
    np.testing.assert_allclose(np.stack([one for _, one in handed]), whole, atol=1e-6)


def test_single_frames_and_none_at_all(clip) -> None:
    frames, exact = clip
    assert repair(frames[:1], exact[:1], ALL).disparity.shape == (1, 160, 256)
    assert not list(repaired([], ALL))


def test_parts_can_be_left_out(clip) -> None:
    frames, exact = clip
    given = damaged.grown(exact)
    white = frames.copy()
    white[:, :, 60:70, 60:70] = 1
    lit = repair(white, given, replace(ALL, disparity=False))
    np.testing.assert_array_equal(lit.disparity, given)
    assert lit.radiance is not None and lit.radiance.shape == frames.shape
    assert lit.radiance[:, :, 60:70, 60:70].min() > 1.5
    assert (lit.radiance[white < 0.9] == 1).all()
    assert repair(white, given, replace(ALL, highlights=False)).radiance is None
    assert (repair(white, given, ALL).disparity != given).any()


def test_edges_of_large_frames_stay_sharp() -> None:
    frames = np.full((1, 3, 900, 1600), 0.3, np.float32)
    frames[..., 500:] = 0.8
    given = np.full((1, 900, 1600), 0.2, np.float32)
    given[..., 504:] = 0.9
    found = repair(frames, given, ALL).disparity[0]
    inside = found[100:800]
    assert np.abs(inside[:, :490] - 0.2).max() < 0.01 and np.abs(inside[:, 520:] - 0.9).max() < 0.01


def test_gains_of_frames_without_highlights_are_one() -> None:
    assert joined_gains([None, None]) is None
    joined = joined_gains([None, Light((2, 2), np.array([1]), np.array([0]), np.full((1, 3), 2.0))])
    expected = np.ones((2, 3, 2, 2))
    expected[1, :, 1, 0] = 4
    np.testing.assert_array_equal(joined, expected)


def test_bad_input_is_reported(clip, tmp_path: Path) -> None:
    frames, exact = clip
    with pytest.raises(InputError, match=r"disparity has shape \(3, 160, 256\): expected \(4, 160, 256\)"):
        repair(frames, exact[:3])
    with pytest.raises(InputError, match="loose disparity has shape"):
        repair(frames, exact, loose=exact[:3])
    with pytest.raises(InputError, match=r"config.json: cannot be read"):
        repair(frames, exact, RepairSettings(folder=tmp_path))


def test_safetensors_are_read_without_their_library(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    tensors = {name: values.astype(np.float32) for name, values in random_networks.tensors().items()}
    library.save_file(tensors, tmp_path / "model.safetensors", {"about": "{}"})
    found = read_safetensors(tmp_path / "model.safetensors")
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        np.testing.assert_array_equal(found[name], values)
    whole = (tmp_path / "model.safetensors").read_bytes()
    for bad in (whole[:-50], whole[:4], b"", b"\xff" * 100):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises(InputError, match="no whole safetensors file"):
            read_safetensors(tmp_path / "bad")


def test_the_bundled_network_is_small() -> None:
    config, tensors = read_weights()
    assert sum(values.nbytes for values in tensors.values()) < 10e6
    assert set(config.proven) <= {"disparity", "highlights"}


def test_frames_share_the_processors_not_their_products() -> None:
    def products() -> list[int]:
        return [one["num_threads"] for one in threadpool_info() if one["internal_api"] == "openblas"]

    before = products()
    if not before:
        pytest.skip("numpy is not built with OpenBLAS here")
    frame, given = np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), np.float32)
    found = repaired(iter([(0, frame, given, given)] * 3), RepairSettings(disparity=True))
    next(found)
    assert set(products()) == {1}
    found.close()  # type: ignore[attr-defined]
    assert products() == before


def test_what_is_not_finite_is_refused(clip) -> None:
    frames, exact = clip
    broken = exact.copy()
    broken[1, 5, 7] = np.nan
    with pytest.raises(InputError, match=r"^disparity: holds NaN"):
        repair(frames, broken)
    with pytest.raises(InputError, match=r"^loose disparity: holds NaN"):
        repair(frames, exact, loose=broken)


@pytest.mark.parametrize(("height", "most"), [(64, 4), (1024, 2), (4096, 1)])
def test_fewer_large_pictures_are_at_work_at_once(
    height: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairing, "available_threads", lambda: 4)
    picture = np.broadcast_to(np.uint8(0), (height, 2048, 3))
    read: list[int] = []
    items = ((read.append(number) or number, picture) for number in range(8))
    ahead = [
        len(read) - done for done, _ in enumerate(repairing._each(lambda number, picture: number, items))
    ]
    assert ahead[0] == max(ahead) == most
    assert len(ahead) == 8
