"""The one-step renderer: any size, native detail, no trace of segments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.cli import main
from anybokeh.errors import InputError
from anybokeh.models.native import from_display, share_of_model, to_display
from anybokeh.models.working_size import scaled, to_working, working_size
from anybokeh.optics import Lens
from anybokeh.optics.coc import circle_of_confusion
from anybokeh.render import LayeredRenderer, Scene, Shot, load_renderer
from anybokeh.render.segment_plan import cut

pytest.importorskip("diffusers", reason="one-step models need diffusers")

import torch

from anybokeh.models.one_step import OneStepRenderer
from models.small import small_pipeline

NEAR, FAR = 0.8, 0.2


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def renderer() -> OneStepRenderer:
    return OneStepRenderer(small_pipeline(clip=False, working_area=64 * 64), name="tiny", threads=1)


def shot_of(frames: int, height: int, width: int, **options) -> Shot:
    """A detailed picture with a near block on a far ramp."""
    rng = np.random.default_rng(1)
    pictures = rng.random((frames, 3, height, width), np.float32)
    disparity = np.linspace(0, FAR, width, dtype=np.float32) * np.ones((frames, height, 1), np.float32)
    disparity[:, height // 4 : height // 2, width // 4 : width // 2] = NEAR
    return Shot(pictures, disparity, **{"focus": NEAR, "blur": 24.0, **options})


class Answer:
    """A stand-in for the pipeline that gives back the frames it is given, plus a constant."""

    def __init__(self, offset: float, area: int = 64 * 64) -> None:
        self.offset = offset
        self.config = {"working_area": area}
        self.seen: list[Shot] = []

    def passes(self):
        return None

    def stream(self, passes, shot, plan, shown_width):
        self.seen.append(shot)
        shown = shot.without_context().frames
        yield torch.from_numpy(np.clip(shown + np.float32(self.offset), 0, 1))


@pytest.mark.parametrize(("height", "width"), [(90, 160), (160, 90), (33, 47), (64, 64), (1, 1)])
def test_any_size_and_the_focal_plane_stays_bit_for_bit(
    renderer: OneStepRenderer, height: int, width: int
) -> None:
    shot = shot_of(2, height, width, blur=500.0)
    result = renderer.render(shot)
    assert result.shape == shot.frames.shape
    assert np.isfinite(result).all() and result.min() >= 0 and result.max() <= 1
    # Pixels at an outline are in focus only in part.
    near = (shot.disparity == np.float32(NEAR)).astype(np.uint8)
    deep = np.stack([cv2.erode(one, np.ones((7, 7))) for one in near]) == 1
    sharp = np.broadcast_to(deep[:, None], result.shape)
    assert sharp.any() or height == 1
    assert np.array_equal(result[sharp], shot.frames[sharp])


def test_blurred_foregrounds_reach_over_what_is_sharp(renderer: OneStepRenderer) -> None:
    shot = shot_of(1, 96, 96, focus=0.0, range=FAR, blur=300.0)
    result = renderer.render(shot)
    native = LayeredRenderer(threads=1).render(shot)
    same = np.array_equal
    assert same(result[..., 80:, 80:], shot.frames[..., 80:, 80:])
    reached = (native != shot.frames).any(axis=1) & (shot.disparity != np.float32(NEAR))
    assert reached.any()
    changed = (result != shot.frames).any(axis=1) & (shot.disparity != np.float32(NEAR))
    assert changed[reached].mean() > 0.95 and not changed[~reached].any()


def test_everything_sharp_changes_nothing(renderer: OneStepRenderer) -> None:
    for options in ({"blur": 0.0}, {"range": 1.0}):
        shot = shot_of(2, 50, 70, **options)
        assert np.array_equal(renderer.render(shot), shot.frames)


def test_strong_blur_comes_from_the_model_and_weak_blur_keeps_detail() -> None:
    shot = shot_of(1, 128, 256, blur=500.0, focus=NEAR)
    native = LayeredRenderer(threads=1).render(shot)
    answer = Answer(0.25)
    result = OneStepRenderer(answer, threads=1).render(shot)  # type: ignore[arg-type]
    radius = circle_of_confusion(shot.disparity, NEAR, 500.0, 256)[0]
    strong = radius > 20
    # the model saw the sharp picture, so at its size the result is that picture, brighter
    seen = answer.seen[0]
    size = working_size(128, 256, 64 * 64)
    expected = np.clip(seen.frames[0, :, : size.height, : size.width] + 0.25, 0, 1)
    found = scaled(np.ascontiguousarray(result[0]), size.height, size.width)
    inside = scaled(strong[None].astype(np.float32), size.height, size.width)[0] == 1
    assert np.abs(found - expected)[:, inside].mean() < 0.05
    weak = shot_of(1, 128, 256, blur=2.0)
    rendered = OneStepRenderer(answer, threads=1).render(weak)  # type: ignore[arg-type]
    sharp_detail = LayeredRenderer(threads=1).render(weak)
    assert np.corrcoef(rendered.ravel(), sharp_detail.ravel())[0, 1] > 0.98
    assert native.shape == result.shape


def test_the_share_of_the_model_grows_without_a_step() -> None:
    behind = -np.linspace(0, 10, 1001)[None]
    share = share_of_model(behind, np.zeros_like(behind), 2.0)[0]
    assert share[0] == 0 and (share[400:] == 1).all()
    assert (np.diff(share) >= 0).all() and np.diff(share).max() < 0.01


def test_the_share_fades_at_the_rim_of_blurred_foregrounds() -> None:
    coc = np.zeros((41, 141))
    coc[:, :40] = 30
    reach = np.broadcast_to(np.clip((70 - np.arange(141)) / 60, 0, 1), coc.shape)
    share = share_of_model(coc, reach, 1.0)[20]
    assert share[:40] == pytest.approx(1)
    assert share[45] > 0.3 and (share[71:] == 0).all()
    assert (np.diff(share[40:]) <= 0).all() and -np.diff(share[40:]).min() < 0.1


def test_a_uniform_error_of_the_model_leaves_no_seam() -> None:
    height, width = 128, 256
    ramp = np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (1, height, width))
    shot = Shot(np.full((1, 3, height, width), 0.5, np.float32), ramp, 0.5, 64.0, 0.1)
    result = OneStepRenderer(Answer(0.1), threads=1).render(shot)  # type: ignore[arg-type]
    assert np.array_equal(result[..., 103:153], shot.frames[..., 103:153])
    assert result[..., 0].mean() == pytest.approx(0.6, abs=1e-3)
    assert np.abs(np.diff(result[0, 0], axis=1)).max() < 0.01


@pytest.mark.parametrize("colours", [False, True])
def test_the_model_knows_how_bright_lamps_are(colours: bool) -> None:
    shot = shot_of(2, 64, 128)
    gain = np.ones((2, 3, 64, 128) if colours else (2, 64, 128), np.float32)
    gain[..., 10:14, 20:24] = 8
    shot = replace(shot, scene=Scene(shot.disparity, gain))
    answer = Answer(0, area=32 * 64)
    OneStepRenderer(answer, threads=1).render(shot)  # type: ignore[arg-type]
    seen = answer.seen[0].scene.radiance
    assert seen is not None and seen.shape == (*gain.shape[:-2], 64, 64)
    assert seen[..., 5:7, 10:12] == pytest.approx(8) and seen[..., 20:32, :] == pytest.approx(1)


@pytest.mark.parametrize("transfer", ["pq", "hlg", "linear", "srgb"])
def test_what_a_perfect_model_says_changes_nothing(transfer: str) -> None:
    shot = shot_of(1, 60, 90, transfer=transfer)
    native = LayeredRenderer(threads=1).render(shot)

    class Perfect(Answer):
        def stream(self, passes, seen, plan, shown_width):
            size = working_size(60, 90, 64 * 64)
            yield torch.from_numpy(to_working(to_display(native, transfer), size))

    result = OneStepRenderer(Perfect(0), threads=1).render(shot)  # type: ignore[arg-type]
    assert np.abs(result - native).max() < 1e-4


@pytest.mark.parametrize("transfer", ["pq", "hlg", "linear", "srgb", "bt709"])
def test_display_pictures_go_back_where_they_came_from(transfer: str) -> None:
    code = np.linspace(0, 0.45, 50, dtype=np.float32).reshape(1, 1, 50)
    assert np.abs(from_display(to_display(code, transfer), transfer) - code).max() < 2e-4


def test_working_sizes_keep_the_aspect_ratio() -> None:
    size = working_size(1080, 1920, 1024 * 576)
    assert (size.height, size.width, size.padded_height, size.padded_width) == (576, 1024, 576, 1024)
    portrait = working_size(1920, 1080, 1024 * 576)
    assert (portrait.height, portrait.width, portrait.padded_width) == (1024, 576, 576)
    odd = working_size(100, 333, 1024 * 576)
    assert (odd.height, odd.width, odd.padded_height, odd.padded_width) == (100, 333, 128, 384)
    picture = np.random.default_rng(0).random((1, 3, 100, 333), np.float32)
    padded = to_working(picture, odd)
    assert np.array_equal(padded[..., :100, :333], picture)
    assert np.array_equal(padded[0, 0, 100:, :333], np.broadcast_to(picture[0, 0, 99], (28, 333)))


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [True, False])
def test_segments_are_invisible(fresh: bool) -> None:
    pipe = small_pipeline(clip=False, working_area=64 * 64)
    shot = shot_of(13, 40, 70)
    whole = OneStepRenderer(pipe, threads=1).render(shot)
    renderer = OneStepRenderer(pipe, threads=1)
    joined = []
    for part, before, after in cut(range(13), renderer.segments(40, 70)):
        span = slice(part[0], part[-1] + 1)
        piece = Shot(shot.frames[span], shot.disparity[span], NEAR, 24.0, before=before, after=after)
        joined.append((OneStepRenderer(pipe, threads=1) if fresh else renderer).render(piece))
    assert len(joined) > 1
    assert np.array_equal(np.concatenate(joined), whole)


def test_from_file_to_file(tmp_path: Path) -> None:
    small_pipeline(clip=False, working_area=64 * 64).save_pretrained(tmp_path / "model")
    pictures = tiny.pictures(11)
    source = tiny.lossless(tmp_path / "a.mkv", pictures)
    np.save(tmp_path / "d.npy", tiny.disparity(11))
    common = {"disparity": tmp_path / "d.npy", "focus": tiny.NEAR, "steady": False, "repair": False}
    report = render_clip(
        source,
        tmp_path / "b.mkv",
        codec="ffv1",
        blur=24,
        device="cpu",
        renderer=str(tmp_path / "model"),
        **common,
    )
    assert (report.frames, report.renderer) == (11, str(tmp_path / "model"))
    out = tiny.frames_of(tmp_path / "b.mkv")
    for index, (a, b) in enumerate(zip(pictures, out, strict=True)):
        assert np.array_equal(a[:, : 16 + index], b[:, : 16 + index])
        assert (a[:, 16 + index :] != b[:, 16 + index :]).mean() > 0.5


def test_lenses_that_the_model_cannot_draw_are_refused(tmp_path: Path) -> None:
    small_pipeline(clip=False).save_pretrained(tmp_path / "model")
    with pytest.raises(InputError, match="round discs only"):
        load_renderer(str(tmp_path / "model"), lens=Lens(blades=6), device="cpu")


def test_blur_beyond_training_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    small_pipeline(clip=False, working_area=64 * 64).save_pretrained(tmp_path / "model")
    tiny.images(tmp_path / "in", tiny.pictures(1))
    np.save(tmp_path / "d.npy", tiny.disparity(1))
    command = ["render", tmp_path / "in", "-o", tmp_path / "out", "--disparity", tmp_path / "d.npy"]
    command += ["--focus", "0.8", "--blur", "60", "--renderer", tmp_path / "model", "--device", "cpu"]
    command += ["--steady", "off", "--repair", "off"]
    assert main([str(part) for part in command]) == 0
    assert (
        "note: blur 60 lies outside of what the model was trained with, 4 to 32\n" in capsys.readouterr().err
    )


def test_models_that_are_not_there_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYBOKEH_HOME", str(tmp_path))
    (tmp_path / "empty").mkdir()
    for name, says in (("nosuch", "renderer is 'nosuch'"), (str(tmp_path / "empty"), "model_index.json")):
        with pytest.raises(InputError, match=says):
            load_renderer(name, device="cpu")
