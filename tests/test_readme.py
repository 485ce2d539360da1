"""The README's commands and Python blocks work as they stand there, on tiny inputs named as there."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from _pytest.mark import ParameterSet

from anybokeh.cli import main
from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA
from clip import make

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FRAMES = 3
SIZE, LARGE = (128, 72), (648, 328)
"""(width, height); the large one has the point 640,300."""

SMALLER = {
    "anybokeh eval": "--quick made --renderers layered --rivals none --disparity exact --no-videos -o report",
    "anybokeh synth": "--count 1 --frames 2 --size 64x36",
}
"""Appended so that a command takes seconds; the last option wins."""

SLOW = ("anybokeh eval", "anybokeh batch", "--renderer nano", "--cats-eye")

NOT_RUN = {
    "facebook/sam2.1-hiera-tiny": "a network of the hub",
    "anybokeh studio": "serves until it is stopped; tests/studio runs it",
    "anybokeh demo": "renders 48 frames of 1024x576; tests/demo runs it",
    "anybokeh train": "takes an hour; tests/training runs every stage",
    "anybokeh models add": "needs the official weights; tests/models adds a tiny release",
}
"""Commands whose arguments are read but which are not run, and why."""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _commands() -> list[str]:
    """Commands in blocks without a language and in code spans; option spans of the table, as commands."""
    found = []
    for line in "\n".join(_blocks("")).splitlines():
        command = line.partition("#")[0].strip()
        if command.startswith("anybokeh "):
            found.append(command)
    for row in re.findall(r"^\|(.*)\|$", README, re.MULTILINE):
        spans = re.split(r"`([^`]*)`", row)
        for span, after in zip(spans[1::2], spans[2::2], strict=True):
            if span.startswith(("--focus", "point:")) or (span.startswith("--") and " " in span):
                option = span if span.startswith("--") else f"--focus {span}"
                suffix = re.match(r" \((?:\w+, )?(\.\w+)\)", after)
                given = "" if "--disparity" in span else " --disparity maps/"
                found.append(
                    f"anybokeh render clip.mp4 -o out{suffix[1] if suffix else '.mp4'} {option}{given}"
                )
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    found += [span.replace("…", "").strip() for span in re.findall(r"`(anybokeh [^`]+)`", prose)]
    return list(dict.fromkeys(found))


COMMANDS = _commands()


def _run_here() -> list[ParameterSet]:
    commands = [command for command in COMMANDS if not any(part in command for part in NOT_RUN)]
    return [
        pytest.param(command, marks=[pytest.mark.slow] if any(part in command for part in SLOW) else [])
        for command in commands
    ]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A working folder: frames of the demo clip a second apart, maps and masks, named as in the README."""
    command = request.node.callspec.params["command"] if hasattr(request.node, "callspec") else ""
    folder = tmp_path / "work"
    folder.mkdir()
    size = LARGE if "640,300" in command else SIZE
    pictures, maps, masks = (_read(MEDIA / name, size) for name in ("clip.mp4", "disparity.mkv", "mask.mkv"))
    make.video(folder / "clip.mp4", pictures, step=12800)
    for name, images in (("maps", maps), ("masks", masks), ("frames", pictures), ("clip", pictures)):
        (folder / name).mkdir()
        for index, image in enumerate(images):
            kept = image[..., ::-1] if name in ("frames", "clip") else image[..., 0]
            cv2.imwrite(str(folder / name / f"{index:05}.png"), kept)
    (folder / "focus.json").write_text('{"version": 1, "keyframes": [{"time": 0, "focus": 0.6, "blur": 24}]}')
    cv2.imwrite(str(folder / "heart.png"), cv2.circle(np.zeros((32, 32), np.uint8), (16, 16), 12, 255, -1))
    (folder / "list.csv").write_text("input,output,disparity,focus\nclip.mp4,clip.mp4,maps,0.6\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ANYBOKEH_HOME", str(tmp_path / "home"))
    if "eval" in command:
        assert main(["synth", "made", "--count", "1", "--frames", "2", "--size", "96x54"]) == 0
    return folder


@cache
def _media(name: str) -> list[np.ndarray]:
    with open_clip(MEDIA / name, end=0.1) as clip:
        return [frame.pixels for frame in clip][:FRAMES]


def _read(path: Path, size: tuple[int, int]) -> list[np.ndarray]:
    return [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in _media(path.name)]


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 30
    assert "anybokeh render clip.mp4 -o out.mp4 --disparity maps/ --focus 0.6 --blur 24" in COMMANDS
    assert "anybokeh render clip.mp4 -o out.mkv --codec ffv1 --disparity maps/" in COMMANDS
    for part in NOT_RUN:
        assert any(part in command for command in COMMANDS), f"{part} is no longer in the README"


@pytest.mark.parametrize("command", _run_here())
def test_a_command_runs(command: str, here: Path) -> None:
    more = next((options for start, options in SMALLER.items() if command.startswith(start)), "")
    arguments = shlex.split(f"{command} {more}")[1:]
    output = Path(arguments[arguments.index("-o") + 1]) if "-o" in arguments else None
    if output is not None:
        _remove(output)  # an input elsewhere in the README
    if "--help" in command:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
        return
    assert main(arguments) == 0
    assert output is None or output.exists()


@pytest.mark.parametrize("command", [c for c in COMMANDS if any(part in c for part in NOT_RUN)])
def test_a_command_that_cannot_run_here_has_good_arguments(
    command: str, capsys: pytest.CaptureFixture
) -> None:
    # what is unknown is complained of only when all else was understood
    with pytest.raises(SystemExit):
        main([*shlex.split(command)[1:], "--surely-unknown"])
    assert "unknown argument '--surely-unknown'" in capsys.readouterr().err


def test_python_blocks_run(here: Path) -> None:
    frames = np.random.default_rng(0).random((2, 3, 36, 64), np.float32)
    names = {"frames": frames, "disparity": np.full((2, 36, 64), 0.2, np.float32)}
    blocks = _blocks("python")
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert (here / "out.mp4").exists()
    refocused = names["refocused"]
    assert refocused.shape == frames.shape
    assert np.abs(refocused - frames).mean() > 0.05  # it is far from the focus


def test_extras_and_make_targets_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    table = README.split("| `pip install 'anybokeh[…]'` | for |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)`", table)
    assert named and set(named) <= set(extras)
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^make (\w+)", "\n".join(_blocks("")), re.MULTILINE)
    assert targets and all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_files_that_it_links_to_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if "://" not in link]
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
