"""Tables: the best is bold, what is missing has a reason."""

from __future__ import annotations

from pathlib import Path

from anybokeh.evaluation.benchmark import Timing
from anybokeh.evaluation.metrics import Unavailable, clip_metrics
from anybokeh.evaluation.summary import Summary
from anybokeh.evaluation.tables import summary_table, timing_table

METRICS = {metric.key: metric for metric in clip_metrics(Path("none"))}


def table(key: str, **means: float | None) -> list[str]:
    found = {
        ("exact", name, key): Unavailable("for a reason")
        if mean is None
        else Summary(mean, mean - 1, mean + 1, 3)
        for name, mean in means.items()
    }
    return summary_table("exact", list(means), [METRICS[key]], found).splitlines()


def test_the_best_is_bold_in_the_right_direction() -> None:
    assert (
        table("psnr", a=30.0, b=35.0)[2]
        == "| PSNR (dB) ↑ | 30.00 [29.00, 31.00] | **35.00** [34.00, 36.00] |"
    )
    assert table("flicker", a=1.0, b=2.0)[2].startswith("| flicker (/255) ↓ | **1.00**")


def test_equals_share_the_best_and_all_equal_is_no_best() -> None:
    assert table("psnr", a=35.0, b=35.001, c=1.0)[2].count("**") == 4
    assert "**" not in table("psnr", a=35.0, b=35.0)[2]


def test_without_figures_there_is_a_reason_beneath() -> None:
    assert table("psnr", a=None, b=None)[2:] == ["", "- PSNR: n/a (for a reason)"]
    assert table("psnr", a=None, b=3.0)[2] == "| PSNR (dB) ↑ | n/a | **3.00** [2.00, 4.00] |"


def test_seconds_a_frame_are_over_all_frames_of_a_size() -> None:
    timings = [Timing("x", "exact", "a", 1, 64, 48, 1.0), Timing("y", "exact", "a", 3, 64, 48, 1.0)]
    timings += [Timing("z", "exact", "b", 2, 32, 24, 1.0)]
    assert timing_table(timings).splitlines()[2:] == ["| a | 0.500 |  |", "| b |  | 0.500 |"]
