"""The scripts of examples/ run as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tiny
from clip import make

EXAMPLES = Path(__file__).parents[1] / "examples"

PRINTS = {
    "arrays_in_memory": "far wall: ",
    "custom_depth_source": "ground.mp4: disparity is level ground",
    "custom_renderer": "gather: changes ",
    "measure": "| PSNR (dB)",
    "render_a_clip": "refocused.mp4: 3 frames",
}
"""Something that each prints when all went well."""


def test_all_are_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRINTS)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    done = _run(tmp_path, str(EXAMPLES / f"{name}.py"))
    assert done.returncode == 0, done.stderr
    assert PRINTS[name] in done.stdout
    assert "Warning" not in done.stderr


def test_a_renderer_of_another_package_is_found_by_name(tmp_path: Path) -> None:
    # what pip writes for a package that lists the example under the entry points
    about = tmp_path / "packages" / "custom_renderer-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: custom-renderer\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[anybokeh.renderers]\ngather = custom_renderer\n")
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
        "--renderer",
        "gather",
        "--json",
    ]
    done = _run(
        tmp_path,
        *("-m", "anybokeh.cli", "render", "clip.mp4", "-o", "out.mp4", *options),
        packages=(about.parent, EXAMPLES),
    )
    assert done.returncode == 0, done.stderr
    assert '"renderer": "gather"' in done.stdout
    before, after = tiny.frames_of(tmp_path / "clip.mp4"), tiny.frames_of(tmp_path / "out.mp4")
    assert len(after) == 3
    assert after[0][:, 40:].std() < 0.8 * before[0][:, 40:].std()  # the far part is blurred


def _run(folder: Path, *arguments: str, packages: tuple[Path, ...] = ()) -> subprocess.CompletedProcess:
    """Python in a folder of its own, with a cache of its own."""
    paths = [*map(str, packages), *sys.path]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "ANYBOKEH_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200)
