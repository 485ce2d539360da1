"""Estimated disparity: normalised once, cached whole, whatever estimates it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.clip import ClipInfo, open_clip
from anybokeh.clip.times import source_times
from anybokeh.disparity import choose
from anybokeh.disparity.estimating import EstimatedDisparity, estimate_disparity
from anybokeh.errors import InputError
from anybokeh.job.analysis import analyse
from anybokeh.runtime import cache
from anybokeh.runtime.map_file import MapFile, write_maps
from anybokeh.settings import RenderSettings

FRAMES = 9


class Fake:
    """Tells nearness from brightness, on a scale of its own."""

    def __init__(self, name: str = "fake", fail_at: int | None = None) -> None:
        self.name = name
        self.identity = name
        self.runs = 0
        self.seen = 0
        self._fail_at = fail_at

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        self.runs += 1
        for index, picture in enumerate(pictures):
            if index == self._fail_at:
                raise KeyboardInterrupt
            self.seen += 1
            yield 5 + 0.1 * picture[::2, ::2, 1].astype(np.float32)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "disparity"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey frames that become brighter, from 20 to 180 and back in columns."""
    ramp = np.linspace(0, 60, tiny.WIDTH)[None, :, None] * np.ones((tiny.HEIGHT, 1, 3))
    pictures = [(20 + 12 * index + ramp).astype(np.uint8) for index in range(FRAMES)]
    return tiny.lossless(tmp_path_factory.mktemp("clip") / "a.mkv", pictures)


class Metric(Fake):
    """Takes brightness for 1 / metres."""

    metric = True


def estimated(clip: Path, estimator: Fake, shown: range | None = None) -> EstimatedDisparity:
    with open_clip(clip) as reader:
        times = source_times(reader.info)
        return estimate_disparity(reader.info, FRAMES, estimator, shown=shown, times=times)


def test_one_scale_for_the_whole_clip(clip: Path) -> None:
    source = estimated(clip, Fake())
    maps = np.stack([source.read(index) for index in range(FRAMES)])
    assert source.count == FRAMES and source.name == "fake"
    assert maps.dtype == np.float32 and maps.min() == 0 and maps.max() == 1
    # every frame is brighter than the last by the same amount; normalised alone they would be equal
    middles = maps[:, tiny.HEIGHT // 4, tiny.WIDTH // 4]
    assert np.diff(middles) == pytest.approx(np.full(FRAMES - 1, np.diff(middles)[0]), abs=0.01)
    assert np.diff(middles)[0] > 0.05


def test_maps_come_at_the_frame_s_size(clip: Path) -> None:
    source = estimated(clip, Fake())
    frame = np.zeros((tiny.HEIGHT, tiny.WIDTH, 3), np.uint8)
    assert source.read(0).shape == (tiny.HEIGHT // 2, tiny.WIDTH // 2)
    assert source.read(0, frame).shape == (tiny.HEIGHT, tiny.WIDTH)


def test_a_clip_is_estimated_once(clip: Path, folder: Path) -> None:
    first = Fake()
    expected = estimated(clip, first).read(3)
    second = Fake()
    np.testing.assert_array_equal(estimated(clip, second).read(3), expected)
    assert (first.runs, second.runs) == (1, 0)
    other = Fake("other settings")
    estimated(clip, other)
    assert other.runs == 1
    assert len(list(folder.iterdir())) == 2


def test_another_clip_of_the_same_name_is_estimated_anew(clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.mkv"
    copy.write_bytes(clip.read_bytes())
    same, changed = Fake(), Fake()
    estimated(clip, Fake())
    estimated(copy, same)
    tiny.lossless(copy, tiny.pictures(FRAMES))
    estimated(copy, changed)
    assert (same.runs, changed.runs) == (0, 1)


def test_an_interrupted_estimate_leaves_nothing(clip: Path, folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        estimated(clip, Fake(fail_at=4))
    assert list(folder.iterdir()) == []
    again = Fake()
    estimated(clip, again)
    assert again.seen == FRAMES


def test_the_cache_is_bounded(clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    for number in range(3):
        estimated(clip, Fake(str(number)))
        newest = max(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (number, number))
        sizes.append(newest.stat().st_size)
    monkeypatch.setenv("ANYBOKEH_CACHE_MB", str(2.5 * max(sizes) / (1 << 20)))
    used = Fake("0")
    estimated(clip, used)
    estimated(clip, Fake("3"))
    assert used.runs == 0
    kept = [Fake(str(number)) for number in range(4)]
    for fake in (kept[3], kept[0]):
        estimated(clip, fake)
    assert [kept[3].runs, kept[0].runs] == [0, 0]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("text", ["plenty", "-1", "nan"])
def test_a_bad_bound(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYBOKEH_CACHE_MB", text)
    with pytest.raises(InputError, match="ANYBOKEH_CACHE_MB"):
        cache.limit_bytes()


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYBOKEH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/some/where")
    assert cache.cache_folder() == Path("/some/where/anybokeh/disparity")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == Path.home() / ".cache/anybokeh/disparity"


def test_a_cache_that_cannot_be_written_to_does_not_matter(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = estimated(clip, Fake())
    assert source.read(0).max() < 1
    source.close()
    # what lay in a temporary folder is gone
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.maps").write_bytes(b"PK")
    with pytest.raises(InputError, match="delete it"):
        MapFile(tmp_path / "x.maps", "x", 1)


def test_values_survive_storage(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    maps = rng.uniform(-3, 40, (4, 31, 47)).astype(np.float32)
    assert write_maps(tmp_path / "m", iter(maps), 4) == 4
    stored = MapFile(tmp_path / "m", "m", 4)
    low, high = np.percentile(maps, (0.5, 99.5))
    expected = ((maps - low) / (high - low)).clip(0, 1)
    for index in range(4):
        np.testing.assert_allclose(stored.read(index), expected[index], atol=2e-3)
    step = np.abs(np.diff(stored.read(0).reshape(-1)))
    assert step[step > 0].min() < 1e-3


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_a_flat_clip(value: float, tmp_path: Path) -> None:
    write_maps(tmp_path / "m", [np.full((4, 6), value, np.float32)] * 2, 2)
    np.testing.assert_array_equal(MapFile(tmp_path / "m", "m", 2).read(1), 0)


def test_no_frames(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frames"):
        write_maps(tmp_path / "m", [], 1)


def test_only_the_part_that_is_shown_is_looked_at(clip: Path) -> None:
    whole, part = Fake(), Fake()
    estimated(clip, whole)
    source = estimated(clip, part, range(3, 6))
    assert (whole.seen, part.seen) == (FRAMES, 3)
    np.testing.assert_array_equal(source.read(0), source.read(3))
    np.testing.assert_array_equal(source.read(8), source.read(5))
    assert source.read(4).mean() > source.read(3).mean()


@pytest.fixture
def salient(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake("salient")
    monkeypatch.setitem(choose.BUILT_IN, "salient", "disparity.test_estimating:built_in")

    def built_in(info: ClipInfo, times: np.ndarray, settings: choose.EstimateSettings) -> choose.Source:
        return choose.Source(estimate_disparity(info, len(times), fake, shown=settings.shown, times=times))

    monkeypatch.setattr("disparity.test_estimating.built_in", built_in)
    return fake


def built_in(info: ClipInfo, times: np.ndarray, settings: choose.EstimateSettings) -> choose.Source:
    raise NotImplementedError


def test_auto_falls_back_on_what_is_built_in_and_says_why(clip: Path, salient: Fake) -> None:
    with open_clip(clip) as reader:
        analysis = analyse(reader, RenderSettings(focus=0.5))
    assert analysis.disparity.name == "salient"
    assert salient.seen == FRAMES
    assert len(analysis.notes) == 1
    assert (
        "salient" in analysis.notes[0]
        and "Depth Anything V2 Small is not on this machine" in analysis.notes[0]
    )


def test_auto_takes_the_network_where_it_can_be_loaded(
    clip: Path, salient: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Fake("network")
    monkeypatch.setattr(choose, "find_usual_network", lambda **_: (network, ("from a network",)))
    with open_clip(clip) as reader:
        analysis = analyse(reader, RenderSettings(focus=0.5))
    assert network.seen == FRAMES and salient.seen == 0
    assert analysis.notes == ("from a network",)


@pytest.mark.parametrize("name", ["owner/model", "owner/model:a.onnx", "none.onnx"])
def test_a_network_that_was_named_is_not_replaced(name: str, clip: Path, salient: Fake) -> None:
    with open_clip(clip) as reader, pytest.raises(InputError, match=name):
        analyse(reader, RenderSettings(focus=0.5, disparity=name))
    assert salient.seen == 0


def test_auto_with_nothing_to_estimate_with(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "BUILT_IN", {})
    with open_clip(clip) as reader, pytest.raises(InputError, match="--disparity PATH"):
        analyse(reader, RenderSettings(focus=0.5))


def test_a_part_of_a_long_clip_does_not_estimate_all_of_it(
    clip: Path, salient: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anybokeh.job.analysis._AROUND", 1)
    with open_clip(clip, start=0.16, end=0.22) as reader:
        analyse(reader, RenderSettings(focus=0.5, disparity="salient", start=0.16, end=0.22))
    assert 3 <= salient.seen <= 5


@pytest.mark.parametrize(
    "name",
    [
        *("auto", "salient", "owner/model", "a.onnx", "a/b/c.ONNX", "/a/b.onnx"),
        *("owner/model:onnx/model.onnx", "owner/model@main:model.onnx", "onnx-community/model@1.0"),
    ],
)
def test_names_of_estimators(name: str) -> None:
    assert choose.is_estimated(name)


@pytest.mark.parametrize(
    "name", ["maps", "maps.npy", "a/b/c", "/a/b", "./b", "owner/clip.mp4", "tests/none", "tests"]
)
def test_paths_are_no_names_of_networks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    assert not choose.is_estimated(name)


def test_a_folder_is_a_network_if_it_holds_a_configuration(tmp_path: Path) -> None:
    assert not choose.is_estimated(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    assert choose.is_estimated(tmp_path)


def test_metres_of_an_estimator_that_tells_them(clip: Path) -> None:
    source = estimated(clip, Metric())
    assert source.metres is not None
    with open_clip(clip) as reader:
        pictures = [frame.pixels for frame in reader]
    (nearness,) = Fake().estimate(pictures[4:5])
    assert source.metres.nearness(source.read(4)) == pytest.approx(nearness, abs=0.02)
    assert pickle.loads(pickle.dumps(source)).metres == source.metres
    assert estimated(clip, Fake()).metres is None
