"""Every option of a render, in every place that derives from the table."""

from __future__ import annotations

import argparse
import json
import pickle
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from anybokeh.batch.manifest import columns
from anybokeh.cli import make_parser
from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.options import Flag, PathRule, option
from anybokeh.options.command_line import add_options, read_options, words_of
from anybokeh.options.option import Leaf, check, choices, flags, is_path
from anybokeh.options.paths import paths_of, with_paths
from anybokeh.options.reference import options_table
from anybokeh.options.values import values_of, with_values
from anybokeh.segments.fingerprint import fingerprint
from anybokeh.settings import RenderSettings
from anybokeh.studio.document import OPTIONS, Document
from anybokeh.studio.options import options_of_page

FLAGS = flags(RenderSettings)
NAMES = [flag.name for flag in FLAGS]
BY_NAME = {flag.name: (flag, own) for flag, own in FLAGS.items()}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a file that options may name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thing").write_text("contents")
    return tmp_path


def another(name: str) -> Any:
    """A value of an option that is not its default, as JSON has it."""
    texts = {
        "aperture": "image:thing",
        "highlights": "4,0.9,0.05",
        "focal_length": 85.0,
        "sensor_width": 24.0,
        "camera": "phone",
        "grain": "0.5",
        "lens": "petzval",
        "axial_colour": 0.05,
        "breathing": 0.1,
    }
    if name in texts:
        return texts[name]
    leaf: Leaf = BY_NAME[name][1][0]
    if leaf.rule.path is not None:
        return f"{leaf.rule.path.prefix}thing"
    if leaf.types == (bool,):
        return not leaf.default
    words = choices(leaf)
    if words:
        return next(word for word in words if word != leaf.default)
    return 3 if int in leaf.types else 0.5 if float in leaf.types else "other"


def changed(name: str) -> RenderSettings:
    return with_values(RenderSettings(), {name: another(name)})


def test_every_field_is_an_option() -> None:
    for kind in (RenderSettings, Lens):
        for field in fields(kind):
            assert "option" in field.metadata or is_dataclass(field.default), f"{kind.__name__}.{field.name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_option_goes_there_and_back(files: Path, name: str) -> None:
    settings = changed(name)
    values, usual = values_of(settings), values_of(RenderSettings())
    assert values[name] == another(name)
    others = {one for one in NAMES if values[one] != usual[one]} - {name}
    assert values[name] != usual[name] and bool(others) == (BY_NAME[name][0].expand is not None)
    assert with_values(RenderSettings(), json.loads(json.dumps(values))) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_its_options(files: Path, name: str) -> None:
    flag, settings = BY_NAME[name][0], changed(name)
    for command in ("render", "batch", "track", "depth"):
        words = [command, "a.mp4", *([] if command == "batch" else ["-o", "b.mp4"])]
        options, unknown = make_parser()[0].parse_known_args([*words, *words_of(settings, [name])])
        assert bool(unknown) != (command in flag.commands), f"{command} {flag.dashed}"
        if not unknown:
            assert read_options(options, RenderSettings()) == settings


def test_batch_lacks_nothing_that_render_has() -> None:
    lacking = {flag.name for flag in FLAGS if "render" in flag.commands and "batch" not in flag.commands}
    assert lacking == {"resume"}  # a batch always does
    for_all_rows = {flag.name for flag in FLAGS if not flag.row}
    assert for_all_rows == {"device", "overwrite", "resume"}
    assert {*columns()} == {"input", "output", *NAMES} - for_all_rows


@pytest.mark.parametrize("name", NAMES)
def test_a_resumed_render_must_have_the_same(files: Path, name: str) -> None:
    flag, own = BY_NAME[name]
    settings = changed(name)

    def now(of: RenderSettings) -> dict[str, str]:
        return fingerprint(Path("clip"), of, map(Path, paths_of(of)), {})

    before = now(settings)
    assert (before != now(RenderSettings())) == flag.identity
    if any(map(is_path, own)):
        (files / "thing").write_text("other contents")
        assert now(settings) != before


@pytest.mark.parametrize("name", [name for name in NAMES if any(map(is_path, BY_NAME[name][1]))])
def test_every_path_is_found_and_changed(files: Path, name: str) -> None:
    assert list(paths_of(changed(name))) == ["thing"]
    moved = with_paths(changed(name), lambda path: str(files / path))
    assert list(paths_of(moved)) == [str(files / "thing")]
    (files / "thing").rename(files / "elsewhere")

    def elsewhere(rule: PathRule, value: Any) -> str:
        assert rule.path_in(value, lambda _: True) == "thing"
        return rule.replaced("elsewhere")

    # a value is changed before anybody looks whether its file is there
    assert list(paths_of(with_values(RenderSettings(), {name: another(name)}, elsewhere))) == ["elsewhere"]


def test_the_studio_shows_what_the_table_says() -> None:
    shown = {flag.name for flag in FLAGS if flag.studio in ("own", "panel")}
    assert {*OPTIONS} == shown == {*Document().options}
    assert {one["name"] for one in options_of_page()} == {f.name for f in FLAGS if f.studio == "panel"}
    scripts = "".join(file.read_text() for file in (ROOT / "src/anybokeh/studio/static").glob("*.js"))
    missing = [flag.name for flag in FLAGS if flag.studio == "own" and flag.name not in scripts]
    assert not missing, "the page has no control for these"


def test_the_reference_lists_every_option() -> None:
    table = options_table(RenderSettings())
    for flag, own in FLAGS.items():
        (line,) = [
            line
            for line in table.splitlines()
            if line.startswith((f"| `{flag.dashed} ", f"| `{flag.dashed}`"))
        ]
        assert flag.help.replace("|", "\\|") in line
        for leaf in own:
            assert leaf.rule.high is None or f"{leaf.rule.high:g}" in line
    page = (ROOT / "docs" / "reference.md").read_text()
    assert table in page, "docs/reference.md is out of date: run tools/make_reference.py"


def test_a_new_option_is_one_field() -> None:
    @dataclass(frozen=True)
    class Wider(RenderSettings):
        """With an option more."""

        grain: float = option(0.25, Flag("grain", "share of the grain", "finish", "SHARE"), low=0, high=1)

        def __post_init__(self) -> None:
            check(self)

    parser = argparse.ArgumentParser()
    add_options(parser, Wider(), "batch")
    assert "--grain SHARE" in parser.format_help() and "default 0.25" in parser.format_help()
    assert read_options(parser.parse_args(["--grain", "0.5"]), Wider()) == Wider(grain=0.5)
    assert values_of(Wider())["grain"] == 0.25
    assert "grain" in fingerprint(Path("clip"), Wider(), (), {})
    assert "| `--grain SHARE`" in options_table(Wider())
    with pytest.raises(InputError, match="grain is 2: expected 0 to 1"):
        Wider(grain=2)


BAD = [
    ({"strength": 1}, "'strength' is unknown"),
    ({"cats_eyes": 1}, "did you mean cats_eye?"),
    ({"lens": "petzvall"}, "did you mean petzval?"),
    ({"lens": 85}, "expected one of"),
    ({"blur": "much"}, "blur is 'much': expected a number"),
    ({"blur": True}, "expected a number"),
    ({"blur": 1000}, "expected 0 to 512"),
    ({"depth_size": 2.5}, "expected a whole number"),
    ({"steady": "maybe"}, "expected on or off"),
    ({"depth_map": "far"}, "near-dark or metric"),
    ({"aperture": 6}, "expected a text"),
    ({"disparity": ["a"]}, "expected a text"),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_bad_values_are_told_in_one_line(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_values(RenderSettings(), values)


@pytest.mark.parametrize("name", [name for name in NAMES if BY_NAME[name][0].parse is None])
def test_nothing_is_the_default(name: str) -> None:
    assert with_values(changed_back(name), {name: None}) == RenderSettings()


def changed_back(name: str) -> RenderSettings:
    return RenderSettings() if any(map(is_path, BY_NAME[name][1])) else changed(name)


def test_what_is_given_beside_a_name_wins_and_is_written_out_again() -> None:
    for values in ({"lens": "petzval", "cats_eye": 0}, {"cats_eye": "0", "lens": "Petzval"}):
        settings = with_values(RenderSettings(), values)
        assert settings.lens.cats_eye == 0 and settings.lens.astigmatism > 0
        assert with_values(RenderSettings(), values_of(settings)) == settings
        words = words_of(settings, NAMES)
        assert words == ["--lens", "petzval", "--cats-eye", "0"]
    options, _ = make_parser()[0].parse_known_args(
        ["render", "a.mp4", "--aperture", "disc", "--lens", "petzval"]
    )
    assert read_options(options, RenderSettings()).lens.rim == 0


def test_another_name_leaves_nothing_of_the_first() -> None:
    first = with_values(RenderSettings(), {"lens": "petzval", "highlights": "4,0.8,0.1"})
    second = with_values(first, {"lens": "modern 85"})
    # highlights are the clip's
    assert second == with_values(RenderSettings(), {"lens": "modern 85", "highlights": "4,0.8,0.1"})


def test_names_of_models_are_no_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rule = PathRule(words=("auto",), hub=True, library=True)
    for name in ("auto", "owner/name", "owner/name@v2", "any-to-bokeh"):
        assert rule.path_in(name) is None
    for path in ("s3://a/b", "/there", "./there", "owner/maps.npy", "a/b/c"):
        assert rule.path_in(path) == path
    (tmp_path / "owner").mkdir()
    assert rule.path_in("owner/name") == "owner/name"
    assert replace(rule, library=False).path_in("maps") == "maps"
    assert PathRule(prefix="mask:").path_in("mask: there") == "there"
    assert PathRule(prefix="mask:").path_in("0.5") is None
