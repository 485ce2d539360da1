"""The scripts of examples/ run as a reader would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from clip import make

EXAMPLES = Path(__file__).parents[1] / "examples"

PRINTS = {
    "arrays_in_memory": "far wall: changed by 0.",
    "custom_depth_source": "ground.mp4: disparity is level ground",
    "custom_renderer": "gather: changes ",
    "exr_layers": "coverage.A",
    "measure": "| PSNR (dB)",
    "otio_track": "'focus 0, ease smooth'",
    "pictures": "background in focus, uint8 as before: subject changes by ",
    "render_a_clip": "refocused.mp4: 3 frames",
}
"""Something that each prints when all went well."""


def test_all_are_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTS)


NEEDS = {"exr_layers": "OpenEXR", "otio_track": "opentimelineio"}


@pytest.mark.slow
@pytest.mark.parametrize("name", PRINTS)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    done = _run(tmp_path, str(EXAMPLES / f"{name}.py"))
    assert done.returncode == 0, done.stderr
    assert PRINTS[name] in done.stdout
    assert "Warning" not in done.stderr
    assert name == "measure" or (tmp_path / "out" / "examples" / f"{name}.jpg").stat().st_size > 10_000


@pytest.mark.slow
def test_the_cells_of_the_notebook_run(tmp_path: Path) -> None:
    notebook = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))
    cells = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    assert all(one["outputs"] == [] and one["execution_count"] is None for one in cells)
    done = _run(tmp_path, "-c", "\n".join("".join(one["source"]) for one in cells))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "notebook.jpg").stat().st_size > 10_000


def test_a_renderer_of_another_package_is_found_by_name(tmp_path: Path) -> None:
    packages = _installed(tmp_path, "[anybokeh.renderers]\ngather = custom_renderer\n")
    make.video(tmp_path / "clip.mp4", tiny.pictures(3))
    tiny.maps(tmp_path / "maps", tiny.disparity(3))
    options = [
        "--disparity",
        "maps",
        "--focus",
        "0.8",
        "--steady",
        "off",
        "--repair",
        "off",
        "--grain",
        "off",
        "--renderer",
        "gather",
        "--json",
    ]
    done = _run(
        tmp_path,
        *("-m", "anybokeh.cli", "render", "clip.mp4", "-o", "out.mp4", *options),
        packages=packages,
    )
    assert done.returncode == 0, done.stderr
    assert '"renderer": "gather"' in done.stdout
    before, after = tiny.frames_of(tmp_path / "clip.mp4"), tiny.frames_of(tmp_path / "out.mp4")
    assert len(after) == 3
    assert after[0][:, 40:].std() < 0.8 * before[0][:, 40:].std()  # the far part is blurred


@pytest.mark.slow
def test_a_depth_source_of_another_package_is_found_by_name(tmp_path: Path) -> None:
    packages = _installed(tmp_path, "[anybokeh.disparity]\nground = custom_depth_source:choose_ground\n")
    make.video(tmp_path / "clip.mp4", tiny.pictures(2))
    (tmp_path / "list.csv").write_text("input,disparity,focus\nclip.mp4,ground,0.5\n")
    for arguments in (
        ("render", "clip.mp4", "-o", "out.mp4", "--disparity", "ground", "--focus", "0.5"),
        ("depth", "clip.mp4", "-o", "maps", "--disparity", "ground"),
        ("batch", "list.csv", "-o", "many"),  # it is no path that leaves the manifest's folder
    ):
        done = _run(tmp_path, "-m", "anybokeh", *arguments, packages=packages)
        assert done.returncode == 0, done.stderr
        if arguments[0] == "render":
            assert "note: disparity is level ground" in done.stderr
    levels = cv2.imread(str(min((tmp_path / "maps").iterdir())), cv2.IMREAD_UNCHANGED)[:, 0].astype(int)
    assert (np.diff(levels) >= 0).all() and levels[-1] > 200 + levels[0]
    unknown = _run(
        tmp_path, "-m", "anybokeh", "render", "clip.mp4", "--disparity", "ground", "--focus", "0.5"
    )
    assert unknown.returncode == 2 and unknown.stderr.count("\n") == 1


def _installed(folder: Path, entry_points: str) -> tuple[Path, Path]:
    """What pip writes for a package that lists an example, and the example's folder."""
    about = folder / "packages" / "custom-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: custom\nVersion: 1\n")
    (about / "entry_points.txt").write_text(entry_points)
    return about.parent, EXAMPLES


def _run(folder: Path, *arguments: str, packages: tuple[Path, ...] = ()) -> subprocess.CompletedProcess:
    """Python in a folder of its own, with a cache of its own."""
    paths = [*map(str, packages), *sys.path]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "ANYBOKEH_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200)
