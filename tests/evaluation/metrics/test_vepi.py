"""Edges of the subject: kept, lost, and coming and going."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.evaluation.metrics.vepi import edge_preservation, vepi, vepi_change


@pytest.fixture
def clip() -> tuple[np.ndarray, np.ndarray]:
    """Four frames of smooth noise with the subject's mask in the middle."""
    rng = np.random.default_rng(3)
    frames = np.stack([cv2.GaussianBlur(rng.random((60, 80, 3)), (0, 0), 1.0) for _ in range(4)])
    mask = np.zeros((4, 60, 80), np.float32)
    mask[:, 20:40, 30:50] = 1
    return frames.transpose(0, 3, 1, 2).astype(np.float32), mask


def blurred(frame: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(frame.transpose(1, 2, 0), (0, 0), sigma).transpose(2, 0, 1)


def test_an_untouched_subject_scores_one_whatever_lies_around_it(clip: tuple) -> None:
    aif, mask = clip
    result = aif.copy()
    result[:, :, :15] = 0
    result[:, :, 45:] = 1
    assert vepi(result, aif, mask) == pytest.approx(1, abs=1e-6)


def test_contrast_alone_costs_nothing_and_blur_does(clip: tuple) -> None:
    aif, mask = clip
    assert vepi(0.5 * aif + 0.2, aif, mask) == pytest.approx(1, abs=1e-5)
    scores = [vepi(np.stack([blurred(f, s) for f in aif]), aif, mask) for s in (0.7, 1.5, 3.0)]
    assert 1 > scores[0] > scores[1] > scores[2]


def test_the_outline_takes_part(clip: tuple) -> None:
    aif, mask = clip
    aif = np.full_like(aif, 0.2)
    aif[:, :, 20:40, 30:50] = 0.8  # no edge but the outline, half of it outside of the mask
    halo = aif.copy()
    halo[:, :, 18:20, 30:50] = 0.8
    assert vepi(aif, aif, mask) == pytest.approx(1)
    assert vepi(halo, aif, mask) < 0.9


def test_index_is_the_correlation_of_numpy(clip: tuple) -> None:
    aif, _ = clip
    result = np.stack([blurred(frame, 1.2) for frame in aif])
    everywhere = np.ones((4, 60, 80), np.float32)

    def edges(frame: np.ndarray) -> np.ndarray:
        grey = 0.2126 * frame[0] + 0.7152 * frame[1] + 0.0722 * frame[2]
        padded = np.pad(grey.astype(np.float64), 1, mode="reflect")
        smooth = padded[:-2] + 2 * padded[1:-1] + padded[2:]
        across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
        return np.hypot(smooth[:, 2:] - smooth[:, :-2], across[2:] - across[:-2])

    expected = [
        np.corrcoef(edges(a).ravel(), edges(b).ravel())[0, 1] for a, b in zip(result, aif, strict=True)
    ]
    assert edge_preservation(result, aif, everywhere) == pytest.approx(expected, abs=1e-4)


def test_change_tells_steady_from_pulsing_sharpness(clip: tuple) -> None:
    aif, mask = clip
    still = np.repeat(aif[:1], 4, axis=0)
    soft = np.stack([blurred(frame, 1.5) for frame in still])
    assert vepi_change(soft, still, mask) == pytest.approx(0, abs=1e-6)
    pulsing = np.where(np.arange(4)[:, None, None, None] % 2, soft, still)
    assert vepi_change(pulsing, still, mask) == pytest.approx(1 - vepi(soft, still, mask), abs=1e-4)


def test_frames_without_the_subject_are_left_out(clip: tuple) -> None:
    aif, mask = clip
    mask[1] = 0
    assert vepi(aif, aif, mask) == pytest.approx(1)
    assert np.isnan(vepi(aif, aif, np.zeros_like(mask)))
