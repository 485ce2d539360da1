"""How clips are cut for renderers that look at each frame by itself."""

from __future__ import annotations

import pytest

from anybokeh.render.segment_plan import SegmentPlan, single_frames


@pytest.mark.parametrize(
    ("height", "width", "frames"), [(48, 64, 8), (288, 512, 3), (576, 1024, 1), (2160, 3840, 1)]
)
def test_only_small_frames_are_rendered_several_at_a_time(height: int, width: int, frames: int) -> None:
    assert single_frames(height, width) == SegmentPlan(frames)
