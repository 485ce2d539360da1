"""What encoders do to the scheduling of the program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import tiny
from anybokeh.cli import main
from clip import make

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no policies")


def test_av1_leaves_the_program_as_it_is(tmp_path: Path) -> None:
    """As root, the encoder makes the thread that opens it a real-time one, and all that it starts."""
    from anybokeh.clip import open_clip, open_writer

    source = make.video(tmp_path / "clip.mp4", tiny.pictures(3))
    before = os.sched_getscheduler(0)
    with open_clip(source) as clip, open_writer(tmp_path / "o.mp4", clip.info, codec="av1") as writer:
        for frame in clip:
            writer.write(frame)
            assert os.sched_getscheduler(0) == before


def test_a_render_in_av1_leaves_the_program_as_it_is(tmp_path: Path) -> None:
    """Its segments are joined under a header, which opens the encoder too."""
    pictures = tiny.pictures(3)
    source = make.video(tmp_path / "clip.mp4", pictures)
    maps = tiny.maps(tmp_path / "maps", tiny.disparity(3, *pictures[0].shape[:2]))
    before = os.sched_getscheduler(0)
    arguments = ["render", source, "-o", tmp_path / "o.mp4", "--disparity", maps, "--focus", 0.5]
    arguments += ["--codec", "av1", "--device", "cpu"]
    assert main([str(argument) for argument in arguments]) == 0
    assert os.sched_getscheduler(0) == before
