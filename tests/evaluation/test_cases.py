"""Reading clips: what is whole is read, what is not is told in one line that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.evaluation.cases import find_cases, read_case
from anybokeh.evaluation.contenders import Predictions, parse_predictions

from . import samples


def test_a_sample_becomes_facts(tmp_path: Path) -> None:
    samples.benchmark(tmp_path / "bench")
    case = read_case(tmp_path / "bench" / "one", "one")
    clip = samples.sample("one", 0)
    assert case.facts.truth is not None and case.facts.mask is not None
    for found, expected in (
        (case.facts.aif, clip.frames),
        (case.facts.truth, clip.bokeh),
        (case.facts.disparity, clip.disparity),
    ):
        assert np.abs(found - expected).max() < 1e-4
    assert (case.facts.mask == clip.masks[0]).all()  # type: ignore[index]
    assert (case.facts.focus == np.float32(samples.FOCUS)).all()
    assert (case.whole, case.rate) == (3, 24)
    radius = samples.BLUR * 0.5 * samples.WIDTH / 1024
    assert case.facts.coc.min() == pytest.approx(-radius, abs=1e-3)
    assert case.facts.coc.max() == pytest.approx(0, abs=1e-3)


def test_a_real_clip_has_no_truth(tmp_path: Path) -> None:
    facts = read_case(samples.real_clip(tmp_path / "real"), "real").facts
    assert facts.truth is None and facts.mask is not None and facts.clipped is None
    assert facts.blur.tolist() == [samples.BLUR] * 3
    assert read_case(samples.real_clip(tmp_path / "bare", mask=False), "bare").facts.mask is None


def no_disparity(folder: Path) -> None:
    (folder / "disparity" / "00002.png").unlink()


def hole(folder: Path) -> None:
    (folder / "aif" / "00001.png").unlink()


def small(folder: Path) -> None:
    cv2.imwrite(str(folder / "aif" / "00001.png"), np.zeros((8, 8, 3), np.uint8))


def small_maps(folder: Path) -> None:
    for file in (folder / "disparity").iterdir():
        cv2.imwrite(str(file), np.zeros((8, 8), np.uint16))


def empty(folder: Path) -> None:
    (folder / "aif" / "00000.png").write_bytes(b"")


def text(folder: Path) -> None:
    (folder / "scene.json").write_text("no json")


def array(folder: Path) -> None:
    (folder / "scene.json").write_text("[]")


def no_focus(folder: Path) -> None:
    (folder / "scene.json").write_text("{}")


def few_focus(folder: Path) -> None:
    (folder / "scene.json").write_text('{"focus": [0.5, 0.5]}')


def nan_focus(folder: Path) -> None:
    (folder / "scene.json").write_text('{"focus": NaN}')


def far_focus(folder: Path) -> None:
    (folder / "scene.json").write_text('{"focus": 1.5, "blur": 16}')


def zero_frames(folder: Path) -> None:
    for file in (folder / "aif").iterdir():
        file.unlink()


@pytest.mark.parametrize("real", [False, True], ids=["sample", "real"])
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (no_disparity, "disparity"),
        (hole, "00001.png"),
        (small, "00001.png"),
        (small_maps, "disparity"),
        (empty, "00000.png"),
        (zero_frames, "aif"),
        (text, "scene.json"),
        (array, "scene.json"),
        (no_focus, "focus"),
        (few_focus, "focus"),
        (nan_focus, "focus"),
        (far_focus, "focus"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, real: bool, damage: Callable[[Path], None], says: str, capfd: pytest.CaptureFixture
) -> None:
    if real:
        folder = samples.real_clip(tmp_path / "real")
    else:
        folder = samples.benchmark(tmp_path / "bench", 1) / "one"
    damage(folder)
    with pytest.raises(InputError) as raised:
        read_case(folder, "x")
    assert says in str(raised.value)
    assert str(folder) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_predictions_must_fit(tmp_path: Path) -> None:
    bench = samples.benchmark(tmp_path / "bench")
    case = read_case(bench / "one", "one")
    predictions = samples.predictions(tmp_path / "made", bench)
    fitting = Predictions("a", predictions)
    assert fitting.make(case, case.facts.disparity).frames.shape == case.facts.aif.shape

    def refused(says: str) -> None:
        with pytest.raises(InputError, match=says):
            fitting.make(case, case.facts.disparity)

    cv2.imwrite(
        str(predictions / "one" / "00003.png"), np.zeros((samples.HEIGHT, samples.WIDTH, 3), np.uint8)
    )
    refused("holds 4 frames; one has 3")
    (predictions / "one" / "00003.png").unlink()
    (predictions / "one" / "00002.png").unlink()
    refused("holds 2 frames; one has 3")
    for index in range(3):
        cv2.imwrite(str(predictions / "one" / f"{index:05d}.png"), np.zeros((10, 12, 3), np.uint8))
    refused("frames are 12x10; one is 80x48")
    (predictions / "one" / "00001.png").write_bytes(b"\x89PNG")
    refused("00001.png")
    for file in (predictions / "one").iterdir():
        file.unlink()
    refused("one: holds no frames")
    (predictions / "one").rmdir()
    refused("one: is missing")


@pytest.mark.parametrize("text", ["name", "=folder", "name=", "name=/none/such"])
def test_predictions_are_named(text: str) -> None:
    with pytest.raises(InputError, match="predictions"):
        parse_predictions(text)


def test_folders_without_clips_are_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="holds no samples"):
            find_cases([folder])


def test_description_of_a_real_clip_may_vary_by_frame(tmp_path: Path) -> None:
    folder = samples.real_clip(tmp_path / "real")
    (folder / "scene.json").write_text(
        json.dumps({"focus": [0.1, 0.2, 0.3], "blur": 20, "range": 0.05, "rate": 30})
    )
    case = read_case(folder, "real")
    assert case.facts.focus.tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert case.rate == 30
    assert case.facts.coc[0].max() == pytest.approx(20 * (0.75 - 0.1 - 0.05) * 80 / 1024, abs=1e-3)
