"""The still preview against the render of the same frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.optics.lens import Lens
from anybokeh.settings import RenderSettings
from anybokeh.studio.display import shrink
from anybokeh.studio.document import Document
from anybokeh.studio.folders import Folders
from anybokeh.studio.preview import render_still
from anybokeh.studio.project import Project
from anybokeh.studio.session import ClipSession
from anybokeh.studio.turns import Turns
from clip import make

WIDTH, HEIGHT, FRAMES, INDEX = 1200, 676, 9, 4
FOCUS, BLUR = 0.1, 40.0


def scene() -> tuple[list[np.ndarray], np.ndarray]:
    """A dark body that passes in front of bright stripes and dots, and its disparity."""
    rng = np.random.default_rng(4)
    far = cv2.resize(rng.integers(60, 256, (34, 60, 3), np.uint8), (WIDTH, HEIGHT))
    for x, y in rng.integers(0, (WIDTH, HEIGHT), (400, 2)):
        cv2.circle(far, (int(x), int(y)), int(rng.integers(2, 9)), rng.integers(0, 256, 3).tolist(), -1)
    near = cv2.resize(rng.integers(0, 90, (80, 140, 3), np.uint8), (WIDTH, HEIGHT))
    pictures, maps = [], []
    for frame in range(FRAMES):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.ellipse(mask, (520 + 20 * frame, 340), (130, 260), 0, 0, 360, 255, -1, cv2.LINE_AA)
        share = mask[..., None] / 255
        shifted = np.roll(near, 20 * frame, axis=1)
        pictures.append((share * shifted + (1 - share) * far + 0.5).astype(np.uint8))
        maps.append(np.where(mask > 127, 0.9, 0.1).astype(np.float32))
    return pictures, np.stack(maps)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview")
    pictures, maps = scene()
    tiny.maps(folder / "maps", maps)
    return make.video(folder / "clip.mp4", pictures, options={"crf": "10"})


@pytest.fixture
def session(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClipSession]:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    document = Document(options={"disparity": str(clip.parent / "maps")})
    project = Project(tmp_path / "project", clip, document, lambda: np.zeros(FRAMES))
    opened = ClipSession("key", clip, project, Folders.of([clip.parent]), Turns())
    yield opened
    opened.close()


def found(session: ClipSession) -> None:
    assert session.disparity.wait(60)
    assert session.disparity.state == "done"


def preview(session: ClipSession) -> np.ndarray:
    focus = FrameFocus(FOCUS, BLUR)
    scenes = [session.best_scene(INDEX, RenderSettings())]
    return render_still(scenes, [focus], Lens(), session.info.transfer)[0]


@pytest.mark.slow
def test_it_shows_what_a_render_shows(tmp_path: Path, clip: Path, session: ClipSession) -> None:
    output = tmp_path / "render.mkv"
    options = {"disparity": clip.parent / "maps", "focus": FOCUS, "blur": BLUR, "codec": "ffv1"}
    render_clip(clip, output, **options)
    with open_clip(output) as rendered:
        frame = [frame.pixels for frame in rendered][INDEX]
    truth = shrink(frame, session.size).astype(np.float64)
    found(session)
    before = preview(session)
    assert session.finish(INDEX)
    after = preview(session)
    outline = cv2.morphologyEx(session.scene(INDEX).disparity, cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0.4
    near = cv2.dilate(outline.astype(np.uint8), np.ones((17, 17))) > 0

    def psnr(result: np.ndarray) -> float:
        return 10 * np.log10(255**2 / np.mean((result - truth)[near] ** 2))

    assert psnr(after) > 35
    assert psnr(after) > psnr(before) + 6


def test_a_scene_is_made_as_the_project_says(session: ClipSession) -> None:
    found(session)
    plain = session.scene(INDEX)
    assert session.best_scene(INDEX, RenderSettings()) is plain
    assert session.finish(INDEX)
    assert session.best_scene(INDEX, RenderSettings()).behind is not None
    changed = Document(options={**session.project.document.options, "hidden": False})
    session.project.change(session.project.revision, changed)
    assert session.best_scene(INDEX, RenderSettings()) is plain
    assert session.finish(INDEX)
    assert session.best_scene(INDEX, RenderSettings()).behind is None


def test_a_scene_is_not_made_while_the_clip_is_looked_through(
    session: ClipSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(session)
    monkeypatch.setattr(session.disparity, "state", "working")
    assert not session.finish(INDEX)
    with pytest.raises(InputError, match="the clip has frames 0 to 8"):
        session.finish(FRAMES)


BARS = 120


@pytest.fixture(scope="module")
def letterboxed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same scene between black bars."""
    folder = tmp_path_factory.mktemp("letterboxed")
    pictures, maps = scene()
    for picture in pictures:
        picture[:BARS] = picture[-BARS:] = 16
    tiny.maps(folder / "maps", maps)
    return make.video(folder / "clip.mp4", pictures, options={"crf": "10"})


@pytest.fixture
def between_bars(tmp_path: Path, letterboxed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClipSession]:
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    document = Document(options={"disparity": str(letterboxed.parent / "maps")})
    project = Project(tmp_path / "project", letterboxed, document, lambda: np.zeros(FRAMES))
    opened = ClipSession("key", letterboxed, project, Folders.of([letterboxed.parent]), Turns())
    yield opened
    opened.close()


def test_bars_stay_and_nothing_of_them_smears(between_bars: ClipSession) -> None:
    found(between_bars)
    whole = between_bars.scene(INDEX)
    rows = round(BARS * between_bars.size[1] / HEIGHT)
    focus, info = FrameFocus(0.9, 100.0), between_bars.info

    def still(bars: bool) -> np.ndarray:
        settings = RenderSettings(protect="auto" if bars else "off")
        made = render_still([between_bars.best_scene(INDEX, settings)], [focus], Lens(), info.transfer)[0]
        assert made.shape == whole.picture.shape
        return made.astype(int)

    def edge(picture: np.ndarray) -> float:
        """Light next to the bar against that in the middle of the same columns, left of the body."""
        return picture[rows + 2 : rows + 8, :200].mean() / picture[rows + 60 : rows + 120, :200].mean()

    kept, smeared = still(True), still(False)
    for bar in (slice(0, rows - 1), slice(1 - rows, None)):
        assert np.array_equal(kept[bar], whole.picture[bar])
    assert not np.array_equal(smeared[: rows - 1], whole.picture[: rows - 1])
    assert edge(kept) > 0.9 > edge(smeared)
    # what a render does with the scene is done between the bars as well
    assert between_bars.finish(INDEX)
    finished = between_bars.best_scene(INDEX, RenderSettings())
    assert finished.protection.inside is not None and finished.behind is not None
    assert np.array_equal(still(True)[: rows - 1], whole.picture[: rows - 1])


@pytest.mark.slow
def test_between_bars_it_shows_what_a_render_shows(
    tmp_path: Path, letterboxed: Path, between_bars: ClipSession
) -> None:
    output = tmp_path / "render.mkv"
    maps = letterboxed.parent / "maps"
    render_clip(letterboxed, output, disparity=maps, focus=0.9, blur=BLUR, codec="ffv1")
    with open_clip(output) as rendered:
        truth = shrink([frame.pixels for frame in rendered][INDEX], between_bars.size).astype(np.float64)
    found(between_bars)
    rows = round(BARS * between_bars.size[1] / HEIGHT)
    near_bar = np.s_[rows + 1 : rows + 25]

    def psnr(bars: bool) -> float:
        settings = RenderSettings(protect="auto" if bars else "off")
        scenes = [between_bars.best_scene(INDEX, settings)]
        made = render_still(scenes, [FrameFocus(0.9, BLUR)], Lens(), between_bars.info.transfer)[0]
        return 10 * np.log10(255**2 / np.mean((made[near_bar] - truth[near_bar]) ** 2))

    assert psnr(True) > 30
    assert psnr(True) > psnr(False) + 6


def masked_half(folder: Path) -> Path:
    """White on the left half."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, : WIDTH // 2] = 255
    assert cv2.imwrite(str(folder / "mask.png"), mask)
    return folder / "mask.png"


def halves(one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    """Largest difference on the left and on the right, away from the body in the middle."""
    away = np.abs(one.astype(int) - other)
    middle = away.shape[1] // 2
    return int(away[:, : middle - 120].max()), int(away[:, middle + 120 :].max())


@pytest.mark.parametrize("finished", [False, True])
def test_what_a_mask_protects_stays_as_it_came(tmp_path: Path, session: ClipSession, finished: bool) -> None:
    found(session)
    settings = RenderSettings(protect=str(masked_half(tmp_path)))
    if finished:
        changed = Document(options={**session.project.document.options, "protect": str(settings.protect)})
        session.project.change(session.project.revision, changed)
        assert session.finish(INDEX)
        assert session.best_scene(INDEX, settings).behind is not None
    scenes = [session.best_scene(INDEX, settings)]
    made = render_still(scenes, [FrameFocus(FOCUS, 200.0)], Lens(), session.info.transfer)[0]
    left, right = halves(made, session.scene(INDEX).picture)
    assert left == 0 and right > 20


def test_highlights_act_where_their_mask_is_white(tmp_path: Path, session: ClipSession) -> None:
    found(session)
    lens = Lens(highlight_strength=4, highlight_threshold=0.5)

    def still(settings: RenderSettings) -> np.ndarray:
        scenes = [session.best_scene(INDEX, settings)]
        return render_still(scenes, [FrameFocus(FOCUS, 8.0)], settings.lens, session.info.transfer)[0]

    mask = masked_half(tmp_path)
    everywhere, here = still(RenderSettings(lens=lens)), still(RenderSettings(lens=lens, highlight_mask=mask))
    left, right = halves(everywhere, here)
    assert left == 0 and right > 10
    # without highlights there is nothing that it acts on, as long as they are not chosen
    assert np.array_equal(still(RenderSettings()), still(RenderSettings(highlight_mask=mask)))


@pytest.mark.slow
def test_with_masks_it_shows_what_a_render_shows(tmp_path: Path, clip: Path, session: ClipSession) -> None:
    output, mask = tmp_path / "render.mkv", masked_half(tmp_path)
    lens = Lens(highlight_strength=4, highlight_threshold=0.5)
    settings = RenderSettings(protect=str(mask), highlight_mask=mask, lens=lens)
    options = {"disparity": clip.parent / "maps", "focus": FOCUS, "blur": BLUR, "codec": "ffv1"}
    render_clip(clip, output, settings=replace(settings, **options))
    with open_clip(output) as rendered:
        truth = shrink([frame.pixels for frame in rendered][INDEX], session.size).astype(np.float64)
    found(session)

    def psnr(settings: RenderSettings) -> float:
        scenes = [session.best_scene(INDEX, settings)]
        made = render_still(scenes, [FrameFocus(FOCUS, BLUR)], settings.lens, session.info.transfer)[0]
        return 10 * np.log10(255**2 / np.mean((made - truth) ** 2))

    masked = psnr(settings)
    assert masked > 30
    assert masked > psnr(RenderSettings(lens=lens)) + 6


def test_a_mask_that_cannot_be_used_is_told(tmp_path: Path, session: ClipSession) -> None:
    found(session)
    with pytest.raises(InputError, match=r"gone\.png"):
        session.best_scene(INDEX, RenderSettings(protect=str(tmp_path / "gone.png")))
