"""From a doubtful map to one subject: what hangs together, and how sure one may be of it."""

from __future__ import annotations

import cv2
import numpy as np

_SMALLEST = 0.003
"""Share of the picture below which there is no subject."""
_KEPT = 0.15
"""Parts smaller than this share of the largest are left out."""
_AGREED = 0.75
"""Overlap with what the network says from which the two agree: outlines always differ."""


def main_part(share: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, float]:
    """The subject's parts alone, and how sure it is, [0, 1].

    share: (height, width) float32 in [0, 1]. found: (height, width), what the network alone says.
    Returns zeros and 0 where nothing is large enough.
    """
    inside = (share > 0.5).astype(np.uint8)
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    labels = np.asarray(numbers, np.intp)
    areas = stats[1:count, cv2.CC_STAT_AREA]
    if not areas.size or areas.max() < _SMALLEST * share.size:
        return np.zeros_like(share), 0.0
    kept = np.zeros(count, np.uint8)
    kept[1:] = areas >= max(_KEPT * areas.max(), _SMALLEST * share.size / 4)
    # doubtful pixels around what is kept stay as they are: they make the soft edge
    region = cv2.dilate(kept[labels], np.ones((9, 9), np.uint8))
    result = share * region
    inside = kept[labels] > 0
    # sure where the parts are surely inside, and the network sees them and nothing else
    said = np.clip(found, 0, 1)
    both = float(np.minimum(result, said).sum()) / max(float(np.maximum(result, said).sum()), 1e-6)
    confidence = float(share[inside].mean()) * (0.2 + 0.8 * min(1.0, both / _AGREED))
    return result, float(np.clip(confidence, 0, 1))
