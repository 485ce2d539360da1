"""Many clips from a manifest: all are tried, none is done twice."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.batch import run as running
from anybokeh.batch.manifest import Folders, read_manifest
from anybokeh.batch.metrics import Metrics
from anybokeh.batch.results import Results
from anybokeh.cli import main
from anybokeh.errors import InputError
from anybokeh.settings import RenderSettings

FAST = ["--device", "cpu", "--steady", "off", "--repair", "off"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Clips a.mkv and b.mkv with disparity maps."""
    for name in "ab":
        tiny.lossless(tmp_path / f"{name}.mkv", tiny.pictures(4))
        tiny.maps(tmp_path / f"{name}-maps", tiny.disparity(4))
    return tmp_path


def rows(*names: str) -> list[dict]:
    return [
        {"input": f"{n}.mkv", "output": f"out/{n}.mkv", "disparity": f"{n}-maps", "focus": "0.8", "blur": "8"}
        for n in names
    ]


def write(path: Path, entries: list[dict]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(name for entry in entries for name in entry)))
            table.writeheader()
            table.writerows(entries)
    else:
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def batch(manifest: Path, *options: str) -> int:
    return main(["batch", str(manifest), *FAST, *options])


@pytest.mark.slow
def test_failures_stop_nothing_and_a_restart_does_what_is_left(folder: Path) -> None:
    entries = [*rows("a", "none", "b"), {"input": "a.mkv", "output": "out/c.mkv", "blur": "much"}]
    manifest = write(folder / "list.csv", entries)
    metrics, log = folder / "metrics.prom", folder / "log.jsonl"
    assert batch(manifest, "--metrics", str(metrics), "--log", str(log), "--jobs", "2") == 1
    found = {line["row"]: line for line in lines(folder / "list.results.jsonl")}
    assert [found[row]["status"] for row in (1, 2, 3, 4)] == ["done", "failed", "done", "failed"]
    assert "none.mkv" in found[2]["error"] and "much" in found[4]["error"]
    assert found[1]["frames"] == 4 and found[1]["rendering"] > 0
    assert len(tiny.frames_of(folder / "out" / "b.mkv")) == 4
    text = metrics.read_text()
    assert 'anybokeh_batch_clips_total{status="done"} 2\n' in text
    assert 'anybokeh_batch_clips_total{status="failed"} 2\n' in text
    assert "anybokeh_batch_frames_total 8\n" in text
    assert {event["event"] for event in lines(log)} >= {"batch started", "clip started", "clip ended"}
    before = (folder / "out" / "a.mkv").stat().st_mtime_ns
    (folder / "none.mkv").write_bytes((folder / "a.mkv").read_bytes())
    (folder / "none-maps").symlink_to(folder / "a-maps")
    assert batch(manifest) == 1
    again = lines(folder / "list.results.jsonl")[4:]
    assert sorted((line["row"], line["status"]) for line in again) == [(2, "done"), (4, "failed")]
    assert (folder / "out" / "a.mkv").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_changed_row_is_not_taken_for_done(folder: Path) -> None:
    manifest = write(folder / "list.jsonl", rows("a"))
    assert batch(manifest) == 0
    before = (folder / "out" / "a.mkv").read_bytes()
    write(manifest, [{**rows("a")[0], "blur": 30}])
    assert batch(manifest) == 1
    assert "--overwrite" in lines(folder / "list.results.jsonl")[-1]["error"]
    assert (folder / "out" / "a.mkv").read_bytes() == before
    assert batch(manifest, "--overwrite") == 0
    assert (folder / "out" / "a.mkv").read_bytes() != before
    assert batch(manifest, "--overwrite") == 0
    assert len(lines(folder / "list.results.jsonl")) == 3


def test_official_lists(folder: Path, capsys: pytest.CaptureFixture) -> None:
    tiny.images(folder / "frames", tiny.pictures(4))
    names = [f"{i:05}_zf_0.8.png" for i in range(4)]
    tiny.maps(folder / "disp", tiny.disparity(4), names)
    (folder / "lists").mkdir()
    (folder / "lists" / "official.csv").write_text("aif_folder,disp_folder,k\nframes,disp,16\n")
    (folder / "out").mkdir()
    assert batch(folder / "lists" / "official.csv", "-o", str(folder / "out"), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["done"], report["frames"]) == (1, 4)
    assert len(list((folder / "out" / "frames").iterdir())) == 4


ESCAPES = {
    "output above": {"output": "../x.mkv"},
    "absolute output": {"output": "/tmp/x.mkv"},
    "output folder itself": {"output": "."},
    "input above": {"input": "../../etc/passwd"},
    "absolute input": {"input": "/etc/passwd"},
    "input by a link": {"input": "link/passwd"},
    "maps": {"disparity": "/etc"},
    "mask": {"focus": "mask:../.."},
    "track": {"track": "/etc/passwd"},
    "model": {"renderer": "/etc"},
    "model above": {"renderer": "../.."},
    "aperture": {"aperture": "image:/etc/hostname"},
    "matte": {"matte": "/etc"},
    "subject model": {"subject_model": "../.."},
    "unknown column": {"colour": "red"},
    "a column for all rows only": {"overwrite": "on"},
    "nested": {"input": {"a": 1}},
    "null byte": {"input": "a\0.mkv"},
}


@pytest.mark.parametrize("name", ESCAPES)
def test_manifests_cannot_lead_outside(folder: Path, name: str) -> None:
    (folder / "link").symlink_to("/etc")
    manifest = write(folder / "list.jsonl", [{**rows("a")[0], **ESCAPES[name]}])
    (row,) = read_manifest(manifest, Folders(folder, folder, folder), RenderSettings())
    assert row.error is not None and "row 1" in row.error


URLS = {
    "a URL without a root": ("input", "s3://bucket/a.mkv", False),
    "another bucket": ("input", "s3://other/a.mkv", True),
    "a longer name": ("input", "s3://bucket/dataset/a.mkv", True),
    "steps upwards": ("input", "../a.mkv", True),
    "steps upwards in a URL": ("input", "s3://bucket/data/../a.mkv", True),
    "an absolute path": ("input", "/etc/passwd", True),
    "a file": ("input", "file:///etc/passwd", True),
    "a chain": ("input", "s3://bucket/data/simplecache::file://etc", True),
    "maps": ("disparity", "gs://other/maps", True),
    "mask": ("focus", "mask:s3://other/mask", True),
    "track": ("track", "s3://other/t.json", True),
    "model": ("renderer", "s3://other/model", True),
    "output": ("output", "s3://other/x.mkv", True),
}


@pytest.mark.parametrize("name", URLS)
def test_urls_in_manifests_cannot_lead_outside(folder: Path, name: str) -> None:
    column, text, root = URLS[name]
    top = "s3://bucket/data" if root else folder
    good = {"input": "a.mkv", "output": "out/a.mkv", "disparity": "maps/a"}
    manifest = write(folder / "list.jsonl", [good, {**good, column: text}])
    fine, bad = read_manifest(manifest, Folders(folder, top, top), RenderSettings())
    assert fine.error is None and bad.error is not None and "row 2" in bad.error
    if root:
        assert (fine.input, fine.output) == ("s3://bucket/data/a.mkv", "s3://bucket/data/out/a.mkv")
        assert fine.settings.disparity == "s3://bucket/data/maps/a"


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "input,output\n", '"'])
def test_what_is_no_manifest_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture, content: str
) -> None:
    (tmp_path / "list.csv").write_text(content)
    assert batch(tmp_path / "list.csv") == 2
    (err,) = capsys.readouterr().err.splitlines()
    assert "list.csv: " in err


def test_a_row_that_names_no_path_fails_alone(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "list.csv").write_text("input,output\n\0,b")
    assert batch(tmp_path / "list.csv") == 1
    failed, summary = capsys.readouterr().err.splitlines()
    assert "row 1" in failed and "is no path" in failed and "0 done, 1 failed" in summary


def test_outputs_may_not_be_named_twice(folder: Path) -> None:
    manifest = write(folder / "list.jsonl", [*rows("a"), {**rows("b")[0], "output": "out/a.mkv"}])
    assert batch(manifest) == 1
    assert "another row" in {line["row"]: line for line in lines(folder / "list.results.jsonl")}[2]["error"]


@pytest.mark.slow
def test_a_dying_worker_is_replaced(folder: Path) -> None:
    """Killed in the middle of a clip, which is then resumed by another."""
    tiny.lossless(folder / "a.mkv", tiny.pictures(60))
    np.save(folder / "a.npy", tiny.disparity(60))
    entries = [{**rows("a")[0], "disparity": "a.npy"}, rows("b")[0]]
    manifest = write(folder / "list.jsonl", entries)
    command = [sys.executable, "-m", "anybokeh.cli", "batch", str(manifest), *FAST]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 60
        while not list((folder / "out").glob(".a.mkv.anybokeh/*.segment")):
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.002)
        for child in _children(process.pid):
            os.kill(child, signal.SIGKILL)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    found = {line["row"]: line for line in lines(folder / "list.results.jsonl")}
    assert found[1]["status"] == found[2]["status"] == "done"
    assert found[1]["resumed"] in (24, 48, 60) or found[1]["seconds"] == 0
    assert len(tiny.frames_of(folder / "out" / "a.mkv")) == 60
    assert sorted(f.name for f in (folder / "out").iterdir()) == ["a.mkv", "b.mkv"]


def _children(pid: int) -> list[int]:
    """Worker processes: those that are Python's spawned mains."""
    found = []
    for task in Path("/proc").iterdir():
        if task.name.isdecimal():
            try:
                parent = int((task / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (task / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == pid and b"spawn_main" in words:
                found.append(int(task.name))
    return found


def test_a_torn_line_of_the_results_is_forgotten(tmp_path: Path) -> None:
    good = json.dumps({"row": 1, "status": "done", "output": "o", "digest": "d"}) + "\n"
    (tmp_path / "r.jsonl").write_text(good + '{"row": 2, "sta')
    with Results(tmp_path / "r.jsonl") as results:
        assert results.digest_of(Path("o")) == "d"
        results.add({"row": 2, "status": "failed", "output": "p", "digest": "e"})
    assert [line["row"] for line in lines(tmp_path / "r.jsonl")] == [1, 2]
    (tmp_path / "mine.jsonl").write_text("my notes\n")
    with pytest.raises(InputError, match="no results file"):
        Results(tmp_path / "mine.jsonl")
    assert (tmp_path / "mine.jsonl").read_text() == "my notes\n"


def test_processors_are_shared_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "processors", lambda: (0, 1, 2, 3, 6, 7, 8))
    for jobs in (1, 2, 3, 7):
        shares = [share.processors for share in running._shares(jobs, None)]
        assert sorted(one for share in shares for one in share) == [0, 1, 2, 3, 6, 7, 8]
        assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(len(share.processors) == 1 for share in running._shares(9, None))


@pytest.mark.slow
def test_long_manifests_are_read_row_by_row(tmp_path: Path) -> None:
    """Many rows, none of which is read before it is asked for."""
    manifest = tmp_path / "list.csv"
    with manifest.open("w") as file:
        file.write("input,output\n")
        file.writelines(f"{i}.mp4,out/{i}.mp4\n" for i in range(20_000))
    found = read_manifest(manifest, Folders(tmp_path, tmp_path, tmp_path), RenderSettings())
    assert next(found).input == str(tmp_path / "0.mp4")
    first = manifest.stat().st_size // 2
    with manifest.open("r+") as file:
        file.truncate(first)
    assert 8_000 < sum(1 for row in found if row.error is None) < 12_000


def test_metrics_are_written_whole(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "m.prom")
    metrics.add({"status": "done", "frames": 10, "resumed": 4, "rendering": 1.5})
    metrics.write()
    assert "anybokeh_batch_frames_total 6\n" in (tmp_path / "m.prom").read_text()
    assert 'stage_seconds_total{stage="rendering"} 1.5\n' in (tmp_path / "m.prom").read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["m.prom"]


@pytest.mark.slow
def test_a_batch_on_a_cluster(folder: Path, capfd: pytest.CaptureFixture) -> None:
    pytest.importorskip("ray")
    manifest = write(folder / "list.jsonl", rows("a", "none", "b"))
    assert batch(manifest, "--ray", "local", "--json") == 1
    report = json.loads(capfd.readouterr().out)
    assert (report["done"], report["failed"], report["frames"]) == (2, 1, 8)
    assert len(tiny.frames_of(folder / "out" / "b.mkv")) == 4


def test_outputs_without_a_name_lie_beside_the_inputs_or_in_their_folder(folder: Path) -> None:
    bare = [{name: value for name, value in row.items() if name != "output"} for row in rows("a")]
    assert batch(write(folder / "beside.jsonl", bare)) == 0
    assert batch(write(folder / "own.jsonl", bare), "-o", str(folder / "out")) == 0
    assert (folder / "a.bokeh.mkv").is_file() and (folder / "out" / "a.mkv").is_file()
    # a second run finds them done
    assert batch(folder / "beside.jsonl") == 0
    assert [line["output"] for line in lines(folder / "beside.results.jsonl")] == [
        str(folder / "a.bokeh.mkv")
    ]
