"""Segments rendered on a real Ray cluster come out as they do here, whatever happens to workers."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.cluster.cluster_settings import ClusterSettings
from anybokeh.errors import InputError
from anybokeh.render.segment_plan import SegmentPlan, cut
from anybokeh.runtime.log import Log
from anybokeh.segments.plan import segment_count
from anybokeh.segments.work_folder import folder_of

FRAMES, LENGTH = 60, 8


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    np.save(folder / "d.npy", tiny.disparity(FRAMES))
    tiny.lossless(folder / "a.mkv", tiny.pictures(FRAMES))
    return folder


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes with a processor each."""
    pytest.importorskip("ray")
    from anybokeh.cluster import Cluster

    with Cluster(ClusterSettings("local", cpus=1, workers=2)) as cluster:
        yield cluster


def render(inputs: Path, output: Path, **options):
    defaults = {"disparity": inputs / "d.npy", "focus": 0.8, "device": "cpu", "segment_frames": LENGTH}
    return render_clip(inputs / "a.mkv", output, **{**defaults, **options})


def content(output: Path) -> list:
    """Packets of a video, or the images of a folder."""
    if output.is_dir():
        return [(file.name, file.read_bytes()) for file in sorted(output.iterdir())]
    with av.open(str(output)) as container:
        return [(p.pts, p.dts, p.is_keyframe, bytes(p)) for p in container.demux(video=0) if p.size]


@pytest.mark.parametrize(
    ("output", "options"),
    [("b.mp4", {}), ("b", {"start": 0.2, "end": 1.9}), ("b.mkv", {"codec": "ffv1", "focus": "auto"})],
)
def test_the_result_is_that_of_one_machine(
    inputs: Path, tmp_path: Path, cluster, output: str, options
) -> None:
    (tmp_path / "here").mkdir()
    alone = render(inputs, tmp_path / "here" / output, **options)
    report = render(inputs, tmp_path / output, cluster=cluster, **options)
    assert content(tmp_path / output) == content(tmp_path / "here" / output)
    assert (report.frames, report.renderer) == (alone.frames, alone.renderer)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([output, "here"])


def test_estimated_disparity_travels_to_the_workers(
    inputs: Path, tmp_path: Path, cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers, whose cache is another, need not look through the clip again."""
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    options = {"disparity": "salient", "focus": 0.6}
    render(inputs, tmp_path / "here.mkv", **options)
    render(inputs, tmp_path / "b.mkv", cluster=cluster, **options)
    assert content(tmp_path / "b.mkv") == content(tmp_path / "here.mkv")


def test_a_killed_worker_loses_nothing(inputs: Path, tmp_path: Path, cluster) -> None:
    render(inputs, tmp_path / "here.mkv")
    killed: list[int] = []

    def kill(done: int, total: int | None) -> None:
        events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
        workers = [event["worker"] for event in events if event["event"] == "segment rendered"]
        if workers and len(killed) < 2:
            killed.append(int(workers[-1].rsplit(":", 1)[1]))
            os.kill(killed[-1], signal.SIGKILL)

    with Log(tmp_path / "log") as log:
        render(inputs, tmp_path / "b.mkv", cluster=cluster, progress=kill, log=log)
    assert content(tmp_path / "b.mkv") == content(tmp_path / "here.mkv")
    events = [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()]
    assert len(killed) == 2 and events.count("worker lost") >= 1
    assert events.count("segment rendered") == -(-FRAMES // LENGTH)


def test_stopped_on_the_cluster_resumed_here(inputs: Path, tmp_path: Path, cluster) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int | None) -> None:
        if done >= 3 * LENGTH:
            raise Stop

    render(inputs, tmp_path / "here.mkv")
    with pytest.raises(Stop):
        render(inputs, tmp_path / "b.mkv", cluster=cluster, progress=stop)
    assert folder_of(tmp_path / "b.mkv").exists() and not (tmp_path / "b.mkv").exists()
    assert render(inputs, tmp_path / "b.mkv", resume=True).resumed >= 3 * LENGTH
    assert content(tmp_path / "b.mkv") == content(tmp_path / "here.mkv")


def test_what_is_wrong_with_a_render_is_reported_in_one_line(inputs: Path, tmp_path: Path, cluster) -> None:
    with pytest.raises(InputError, match="renderer is 'no'") as error:
        render(inputs, tmp_path / "b.mkv", cluster=cluster, renderer="no")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_an_address_without_a_cluster() -> None:
    pytest.importorskip("ray")
    from anybokeh.cluster import Cluster

    with pytest.raises(InputError, match="ray nonsense"):
        Cluster(ClusterSettings("nonsense"))
    for wrong in ({"cpus": 0}, {"gpus": -1.0}, {"workers": 0}, {"address": ""}):
        with pytest.raises(InputError):
            ClusterSettings(**{"address": "auto", **wrong})


@pytest.mark.parametrize(
    ("plan", "length"),
    [
        (SegmentPlan(8), 24),
        (SegmentPlan(4, 2, 3), 8),
        (SegmentPlan(20, 4, 4, 4, 5), 20),
        (SegmentPlan(6, 0, 0, 1, 9), 12),
    ],
)
def test_segments_are_known_before_they_are_cut(plan: SegmentPlan, length: int) -> None:
    for frames in range(120):
        count = held = 0
        for items, before, after in cut(range(frames), plan):
            held += len(items) - before - after
            if held >= length:
                count, held = count + 1, 0
        assert segment_count(frames, plan, length) == count + (held > 0)
