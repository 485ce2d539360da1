"""Completion scripts: shells run them and offer what the parser takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from anybokeh.cli import main, make_parser
from anybokeh.completion import SHELLS, completion_script
from anybokeh.completion.words import commands_of

OFFERED = {
    ("anybokeh", "re"): {"render"},
    ("anybokeh", "models", ""): {"list", "get", "add", "show", "verify"},
    ("anybokeh", "models", "get", ""): {"subject", "faces", "depth", "all"},
    ("anybokeh", "render", "--devi"): {"--device"},
    ("anybokeh", "render", "clip.mp4", "--device", ""): {"auto", "cpu", "webgpu", "cuda", "mps"},
    ("anybokeh", "render", "clip.mp4", "--codec", "x"): set(),
    ("anybokeh", "completion", "f"): {"fish"},
}
"""Words, the last of them begun, and what completes it."""


def test_every_command_and_option_of_the_parser_is_known() -> None:
    parser, names = make_parser()
    commands = {one.path: one for one in commands_of(parser)}
    assert {choice.word for choice in commands[()].choices} == set(names)
    assert ("models", "verify") in commands
    (device,) = [flag for flag in commands[("render",)].flags if "--device" in flag.names]
    assert device.takes and device.values == ("auto", "cpu", "webgpu", "cuda", "mps")
    (again,) = [flag for flag in commands[("render",)].flags if "--resume" in flag.names]
    assert not again.takes


@pytest.mark.parametrize("words", OFFERED, ids=" ".join)
def test_bash_completes(words: tuple[str, ...], tmp_path: Path) -> None:
    script = _script("bash", tmp_path)
    ask = (
        f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _anybokeh; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert _words(["bash", "--norc", "-c", ask, "-", *words]) == OFFERED[words]


@pytest.mark.parametrize("words", OFFERED, ids=" ".join)
def test_fish_completes(words: tuple[str, ...], tmp_path: Path) -> None:
    script = _script("fish", tmp_path)
    line = " ".join(words)
    offered = _words(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"], tmp_path)
    assert {word.split("\t")[0] for word in offered} == OFFERED[words]


@pytest.mark.parametrize("words", OFFERED, ids=" ".join)
def test_zsh_completes(words: tuple[str, ...], tmp_path: Path) -> None:
    script = _script("zsh", tmp_path)
    # stand-ins for what belongs to an interactive shell: they print what they are given
    ask = (
        "compdef() { : }; _files() { : }; compadd() { shift; print -rl -- $@ }; "
        f"_describe() {{ print -rl -- ${{(P)2}} }}; source {script}; words=($@); CURRENT=$#; _anybokeh"
    )
    offered = {word.partition(":")[0] for word in _words(["zsh", "-f", "-c", ask, "-", *words])}
    assert {word for word in offered if word.startswith(words[-1])} == OFFERED[words]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(shell: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["completion", shell]) == 0
    assert capsys.readouterr().out == completion_script(shell, make_parser()[0])


@pytest.mark.parametrize("arguments", [["completion"], ["completion", "tcsh"]])
def test_a_shell_that_it_does_not_know_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and ("SHELL" in err)


def _script(shell: str, folder: Path) -> Path:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    file = folder / f"anybokeh.{shell}"
    file.write_text(completion_script(shell, make_parser()[0]))
    return file


def _words(command: list[str], folder: Path | None = None) -> set[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
    assert not done.stderr, done.stderr
    return set(done.stdout.split("\n")) - {""}
