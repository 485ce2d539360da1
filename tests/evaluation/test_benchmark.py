"""Running a benchmark: who gets what, what is measured, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import anybokeh
from anybokeh.errors import InputError
from anybokeh.evaluation.baselines import BASELINES
from anybokeh.evaluation.benchmark import run_benchmark
from anybokeh.evaluation.cases import Case, find_cases, read_case
from anybokeh.evaluation.contenders import Output, OwnRenderer, Rival, parse_predictions
from anybokeh.evaluation.disparities import EXACT, DisparityKind
from anybokeh.evaluation.metrics import SetMetric, clip_metrics
from anybokeh.evaluation.metrics.frechet import frechet_distance
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.shot import Shot

from . import samples

METRICS = [
    metric for metric in clip_metrics(Path("none")) if metric.key in ("psnr", "warped_flicker", "vepi")
]
FLAT = DisparityKind("flat", lambda case: np.full_like(case.facts.disparity, samples.FOCUS))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.benchmark(tmp_path_factory.mktemp("benchmarks") / "bench")


def values(results, **chosen: str) -> list[float]:
    return [
        row.value
        for row in results.rows
        if all(getattr(row, name) == value for name, value in chosen.items())
    ]


def test_figures_are_those_of_the_frames(bench: Path) -> None:
    contenders = [Rival("sharp", BASELINES["all in focus"]), OwnRenderer("layered", device="cpu")]
    results = run_benchmark(find_cases([bench]), contenders, [EXACT, FLAT], METRICS)
    case = read_case(bench / "one", "one")
    assert case.facts.truth is not None
    expected = psnr(case.facts.aif, case.facts.truth)
    assert values(results, case="one", contender="sharp", metric="psnr") == pytest.approx(
        [expected] * 2, abs=1e-3
    )
    rendered = contenders[1].make(case, case.facts.disparity).frames
    (found,) = values(results, case="one", contender="layered", metric="psnr", disparity="exact")
    assert found == psnr(rendered, case.facts.truth) > expected + 5
    # with flat disparity nothing is blurred
    (flat,) = values(results, case="one", contender="layered", metric="psnr", disparity="flat")
    assert flat == pytest.approx(expected, abs=1e-3)


def test_a_renderer_as_it_is_used_gets_what_a_render_finds(bench: Path) -> None:
    case = read_case(bench / "one", "one")
    used = OwnRenderer("layered", device="cpu", used=True)
    assert used.name == "layered+used"
    rng = np.random.default_rng(0)
    damaged = np.clip(case.facts.disparity + rng.normal(0, 0.05, case.facts.disparity.shape), 0, 1)
    damaged = damaged.astype(np.float32)
    found = used.make(case, damaged).frames
    shot = case.shot(damaged)
    scene = anybokeh.prepare(shot.frames, damaged, shot.focus, shot.blur, range=shot.range).scene
    expected = used.load(case.facts.lens).render(replace(shot, scene=scene))
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found, OwnRenderer("layered", device="cpu").make(case, damaged).frames)


def test_every_run_gives_the_same_figures(bench: Path) -> None:
    runs = [run_benchmark(find_cases([bench]), [OwnRenderer("layered")], [EXACT], METRICS) for _ in range(2)]
    assert runs[0].rows == runs[1].rows


def test_timings_are_of_what_was_rendered_here(bench: Path, tmp_path: Path) -> None:
    predictions = samples.predictions(tmp_path / "made", bench)
    contenders = [Rival("sharp", BASELINES["all in focus"]), parse_predictions(f"other={predictions}")]
    results = run_benchmark(find_cases([bench]), contenders, [EXACT], METRICS)
    assert {(t.case, t.contender, t.frames, t.width, t.height) for t in results.timings} == {
        (name, "sharp", samples.FRAMES, samples.WIDTH, samples.HEIGHT) for name in ("one", "two")
    }
    # 8 bits are 1/255 / sqrt(12) of noise
    assert values(results, contender="other", metric="psnr") == pytest.approx([58.9] * 2, abs=0.3)


def test_predictions_take_part_with_the_disparity_they_were_made_from(bench: Path, tmp_path: Path) -> None:
    predictions = samples.predictions(tmp_path / "made", bench)
    contenders = [parse_predictions(f"a={predictions}"), parse_predictions(f"b@flat={predictions}")]
    results = run_benchmark(find_cases([bench]), contenders, [EXACT, FLAT], METRICS)
    assert {(row.contender, row.disparity) for row in results.rows} == {
        ("a", "exact"),
        ("b", "flat"),
        ("the lens itself", "exact"),
        ("the lens itself", "flat"),
    }
    assert not values(results, contender="the lens itself", metric="psnr")
    (own,) = values(results, contender="the lens itself", metric="vepi", disparity="flat", case="one")
    assert 0.9 < own <= 1


def test_real_clips_are_measured_once_and_without_truth(bench: Path, tmp_path: Path) -> None:
    real = samples.real_clip(tmp_path / "real")
    results = run_benchmark(find_cases([real]), [OwnRenderer("layered")], [EXACT, FLAT], METRICS)
    found = {row.metric: (row.disparity, row.value) for row in results.rows}
    assert len(results.rows) == len(METRICS)
    assert "the lens itself" not in {row.contender for row in results.rows}
    assert found["psnr"][0] == "given" and str(found["psnr"][1]) == "n/a (no truth)"
    assert all(isinstance(found[key][1], float) for key in ("vepi", "warped_flicker"))


def test_distances_of_sets_are_over_all_clips(bench: Path) -> None:
    def features(frames: np.ndarray) -> np.ndarray:
        return frames.reshape(len(frames), -1)[:, :7].astype(np.float64)

    metric = SetMetric("mean", "mean", "", features)
    contenders = [Rival("sharp", BASELINES["all in focus"])]
    results = run_benchmark(find_cases([bench]), contenders, [EXACT], [], [metric])
    facts = [read_case(bench / name, name).facts for name in ("one", "two")]
    results_of, truths = (
        np.concatenate([features(getattr(f, what)) for f in facts]) for what in ("aif", "truth")
    )
    assert values(results, metric="mean", case="") == pytest.approx(
        [frechet_distance(results_of, truths)], rel=1e-3
    )


def test_radiance_reaches_the_renderer(bench: Path) -> None:
    case = read_case(bench / "one", "one")
    case.facts.clipped[:] = 0.25  # type: ignore[index]
    with_radiance, without = (
        Rival("x", BASELINES["all in focus"], radiance=with_radiance).make(case, case.facts.disparity).frames
        for with_radiance in (True, False)
    )
    assert with_radiance.mean() > 1.5 * without.mean()


def test_only_the_first_frames_are_judged(bench: Path, tmp_path: Path) -> None:
    predictions = samples.predictions(tmp_path / "made", bench)
    seen = []

    class Watcher:
        def show(self, case: Case, disparity: str, outputs: Mapping[str, np.ndarray]) -> None:
            seen.append([len(frames) for frames in outputs.values()])

    contenders = [OwnRenderer("layered"), parse_predictions(f"other={predictions}")]
    run_benchmark(find_cases([bench]), contenders, [EXACT], METRICS, frames=2, watcher=Watcher())
    assert seen == [[2, 2]] * 2


class Bad:
    """Makes what is no picture."""

    name = "bad"

    def __init__(self, change) -> None:
        self.change = change

    def takes(self, disparity: str) -> bool:
        return True

    def make(self, case: Case, disparity: np.ndarray) -> Output:
        return Output(self.change(case.facts.aif.copy()), 1.0)


def with_nan(frames: np.ndarray) -> np.ndarray:
    frames[1, 2, 3, 4] = np.nan
    return frames


@pytest.mark.parametrize(
    ("change", "says"), [(with_nan, "bad: made NaN"), (lambda f: f[:2], r"bad: made frames of shape \(2,")]
)
def test_what_is_no_picture_is_refused(bench: Path, change, says: str) -> None:
    with pytest.raises(InputError, match=says):
        run_benchmark(find_cases([bench]), [Bad(change)], [EXACT], METRICS)


def test_clips_of_one_name_are_kept_apart(bench: Path, tmp_path: Path) -> None:
    other = samples.benchmark(tmp_path / "other")
    assert list(find_cases([bench, other])) == ["bench-one", "bench-two", "other-one", "other-two"]
    (other / "one").rename(other / "00001")
    assert list(find_cases([other])) == ["00001", "two"]
    assert list(find_cases([other, bench])) == ["other-00001", "other-two", "one", "bench-two"]
    with pytest.raises(InputError, match="occurs twice"):
        find_cases([bench, bench])


def test_a_renderer_is_given_the_lens_of_the_sample(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class Renderer:
        name = "fake"

        def render(self, shot: Shot) -> np.ndarray:
            return shot.frames

    def load(name: str, lens, device: str) -> Renderer:
        loaded.append((name, lens))
        return Renderer()

    monkeypatch.setattr("anybokeh.evaluation.contenders.load_renderer", load)
    run_benchmark(find_cases([bench]), [OwnRenderer("fake")], [EXACT, FLAT], METRICS)
    assert loaded == [("fake", read_case(bench / "one", "one").facts.lens)]  # once for equal lenses
