"""The still preview against the render of the same frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.studio.display import shrink
from anybokeh.studio.document import Document
from anybokeh.studio.folders import Folders
from anybokeh.studio.preview import FrameFocus, render_still
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
    return render_still([session.best_scene(INDEX)], [focus], Lens(), session.info.transfer)[0]


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
    assert session.best_scene(INDEX) is plain
    assert session.finish(INDEX)
    assert session.best_scene(INDEX).behind is not None
    changed = Document(options={**session.project.document.options, "hidden": False})
    session.project.change(session.project.revision, changed)
    assert session.best_scene(INDEX) is plain
    assert session.finish(INDEX)
    assert session.best_scene(INDEX).behind is None


def test_a_scene_is_not_made_while_the_clip_is_looked_through(
    session: ClipSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(session)
    monkeypatch.setattr(session.disparity, "state", "working")
    assert not session.finish(INDEX)
    with pytest.raises(InputError, match="the clip has frames 0 to 8"):
        session.finish(FRAMES)
