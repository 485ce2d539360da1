"""The standard benchmark: both kinds of truth, what is left out is told, and a second time is fast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anybokeh.cli import main
from anybokeh.errors import InputError
from anybokeh.evaluation import standard
from anybokeh.evaluation.cases import find_cases, read_case
from anybokeh.evaluation.standard import FULL, QUICK, default_folder, make_standard

TINY = replace(QUICK, size=(48, 32), frames=2, layered={"natural": 2}, scenes=("a", "b"))


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def fake_scenes(monkeypatch: pytest.MonkeyPatch, missing: str = "") -> list[str]:
    """Instead of the ray tracer: remembers what is asked for and makes samples of another kind."""
    from anybokeh.synth.presets import make_sample
    from anybokeh.synth.sample import write_sample

    scenes: list[str] = []

    def make(
        out: Path, names: list[str], *, frames: int, size: tuple[int, int], seed: int, **_
    ) -> list[Path]:
        scenes.extend(names)
        if missing in names:
            raise InputError("a picture is missing: install it")
        out.mkdir(exist_ok=True)
        for name in names:
            write_sample(out / name, make_sample("natural", seed + 7, size=size, frames=frames))
        return [out / name for name in names]

    monkeypatch.setattr(standard, "find_spec", lambda name: object())
    monkeypatch.setattr("anybokeh.synth.raytraced.scenes.make_scenes", make)
    return scenes


def test_both_kinds_of_truth_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scenes = fake_scenes(monkeypatch)
    reported = []
    folders, notes = make_standard(
        tmp_path / "new" / "bench", TINY, 3, progress=lambda what, done, total: reported.append(what)
    )
    assert not notes and scenes == ["a", "b"] and reported
    cases = find_cases(folders)
    assert list(cases) == ["layered-natural-00000", "layered-natural-00001", "a", "b"]
    for name, folder in cases.items():
        facts = read_case(folder, name).facts
        assert facts.truth is not None and facts.aif.shape == (2, 3, 32, 48)


def test_a_scene_without_its_pictures_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_scenes(monkeypatch, missing="a")
    folders, notes = make_standard(tmp_path / "bench", TINY, 0)
    assert notes == ["the ray-traced clip a is left out: a picture is missing: install it"]
    assert list(find_cases(folders))[-1] == "b"


def test_without_mitsuba_that_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(standard, "find_spec", lambda name: None)
    monkeypatch.setattr("anybokeh.evaluation.evaluating.QUICK", TINY)
    target = Path(default_folder(TINY, 0)).parents[3] / "report"
    arguments = ["eval", "--disparity", "exact", "--rivals", "none", "-o", str(target), "--no-videos"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "note: ray-traced clips are left out" in err
    assert "Exact disparity, 2 clips" in out
    assert "ray-traced clips are left out" in (target / "report.md").read_text()


def test_the_cache_is_apart_for_seeds_and_settings() -> None:
    folders = {
        default_folder(QUICK, 0),
        default_folder(QUICK, 1),
        default_folder(FULL, 0),
        default_folder(TINY, 0),
    }
    assert len(folders) == 4
    assert default_folder(QUICK, 0) == default_folder(replace(QUICK), 0)


def test_scenes_of_the_sets_exist() -> None:
    scenes = pytest.importorskip("anybokeh.synth.raytraced.scenes").SCENES
    assert set(QUICK.scenes) <= set(scenes)
    assert set(FULL.scenes) <= set(scenes)
