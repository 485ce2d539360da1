"""The list of metrics: each tells a good result from a bad one the way it says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.evaluation.metrics import Facts, Metric, Unavailable, clip_metrics, set_metrics
from anybokeh.evaluation.metrics.ssim import WINDOW
from anybokeh.optics.light import decode, encode

HEIGHT, WIDTH, FRAMES = 96, 128, 3
NETWORKS = {"lpips"}


def facts_of_a_clip() -> Facts:
    """Noise far behind a sharp subject, lamps in it; the truth is the far noise blurred in linear light."""
    rng = np.random.default_rng(0)
    world = 0.1 + 0.6 * cv2.GaussianBlur(rng.random((HEIGHT, WIDTH + 16, 3)), (0, 0), 1.2)
    subject = 0.6 * rng.random((30, 30, 3))
    aif, truth, disparity, mask = [], [], [], []
    for index in range(FRAMES):
        light = np.ascontiguousarray(world[:, 2 * index : 2 * index + WIDTH]).astype(np.float32)
        light[15:18, 20:23] = 1
        far = cv2.blur(light, (9, 9))
        for picture in (light, far):
            picture[40:70, 60 + index : 90 + index] = subject
        aif.append(light)
        truth.append(far)
        depth = np.full((HEIGHT, WIDTH), 0.2, np.float32)
        depth[40:70, 60 + index : 90 + index] = 0.8
        disparity.append(depth)
        mask.append((depth > 0.5).astype(np.float32))
    encoded = [encode(np.stack(one), "srgb").transpose(0, 3, 1, 2).astype(np.float32) for one in (aif, truth)]
    focus, blur = np.full(FRAMES, 0.8), np.full(FRAMES, 60.0)
    return Facts(encoded[0], focus, blur, np.stack(disparity), encoded[1], np.stack(mask))


def damaged(facts: Facts) -> np.ndarray:
    """A bad result: darker, noisy, pulsing, soft in focus."""
    assert facts.truth is not None
    rng = np.random.default_rng(1)
    soft = np.stack([cv2.blur(frame.transpose(1, 2, 0), (5, 5)).transpose(2, 0, 1) for frame in facts.aif])
    pulse = np.array([0.0, 0.1, -0.05])[:, None, None, None]
    light = 0.5 * decode(np.clip(soft + rng.normal(0, 0.1, soft.shape), 0, 1), "srgb")
    return np.clip(encode(light, "srgb") + pulse, 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return facts_of_a_clip()


METRICS = [metric for metric in clip_metrics(Path("none")) if metric.key not in NETWORKS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_the_better_result_is_better(metric: Metric, facts: Facts) -> None:
    good, bad = metric(facts.truth, facts), metric(damaged(facts), facts)  # type: ignore[arg-type]
    assert isinstance(good, float) and isinstance(bad, float), (good, bad)
    assert good > bad if metric.better == "higher" else good < bad


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_what_is_needed_is_asked_for(metric: Metric, facts: Facts) -> None:
    bare = Facts(facts.aif, facts.focus, facts.blur, facts.disparity)
    value = metric(facts.aif, bare)
    if {"truth", "mask"} & set(metric.needs):
        assert isinstance(value, Unavailable)
    else:
        assert isinstance(value, float), value
    still = Facts(facts.aif[:1], facts.focus[:1], facts.blur[:1], facts.disparity[:1], facts.aif[:1])
    if "time" in metric.needs:
        assert isinstance(metric(facts.aif[:1], still), Unavailable)


@pytest.mark.parametrize("size", [(1, 1), (8, 10), (20, 300)])
def test_tiny_frames_get_a_figure_or_a_reason(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    frames = rng.random((2, 3, *size), np.float32)
    maps = rng.random((2, *size), np.float32)
    facts = Facts(frames, np.full(2, 0.5), np.full(2, 64.0), maps, frames[::-1].copy(), maps, maps)
    values = {metric.key: metric(frames, facts) for metric in METRICS}
    figures = {key: value for key, value in values.items() if isinstance(value, float)}
    assert all(np.isfinite(value) for value in figures.values()), figures
    reasons = {str(value) for key, value in values.items() if key not in figures}
    assert reasons <= {
        f"n/a ({reason})"
        for reason in (
            "nothing to measure in this clip",
            "frames are too small for optical flow",
            f"frames are smaller than {WINDOW} pixels",
        )
    }
    # nothing about these is too small
    assert {"psnr", "flicker", "relative_motion"} <= figures.keys()
    assert ("ssim" in figures) == (min(size) >= WINDOW)


def test_keys_are_unique() -> None:
    metrics = *clip_metrics(Path("none")), *set_metrics(Path("none"))
    keys = [metric.key for metric in metrics]
    assert len(set(keys)) == len(keys) > len(METRICS)
