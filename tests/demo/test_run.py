"""The bundled demo: complete, small, and better than the clip it starts from."""

from __future__ import annotations

import json
from fractions import Fraction

import cv2
import pytest

from anybokeh.clip import open_clip
from anybokeh.demo.run import MEDIA, run_demo
from anybokeh.errors import InputError

MEDIA_FILES = "clip.mp4", "truth.mp4", "disparity.mkv", "mask.mkv", "focus.json"


def test_the_media_are_whole_and_small():
    for name in MEDIA_FILES[:-1]:
        with open_clip(MEDIA / name) as clip:
            assert (clip.info.width, clip.info.height) == (1024, 576), name
            assert clip.info.frame_rate == Fraction(24), name
            assert sum(1 for _ in clip) == 48, name
    assert json.loads((MEDIA / "focus.json").read_text())["version"] == 1
    assert sum((MEDIA / name).stat().st_size for name in MEDIA_FILES) <= 4e6


def test_every_file_is_described():
    sources = (MEDIA / "SOURCES.md").read_text()
    media = {file.name for file in MEDIA.iterdir() if file.suffix not in (".py", ".md") and file.is_file()}
    assert media == set(MEDIA_FILES)
    assert all(f"`{name}`" in sources for name in media)


def test_it_comes_close_to_the_truth(tmp_path):
    seen = []
    demo = run_demo(tmp_path / "new" / "demo", progress=lambda done, total: seen.append((done, total)))
    assert demo.psnr > demo.psnr_of_input + 4
    with open_clip(demo.clip) as clip:
        assert sum(1 for _ in clip) == 48
    with open_clip(demo.side_by_side) as clip:
        assert (clip.info.width, clip.info.height) == (3 * 1024, 576)
    assert cv2.imread(str(demo.picture)).shape == (576, 3 * 1024, 3)
    assert seen[-1] == (48, 48)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="give another folder"):
        run_demo(tmp_path / "file" / "demo")
