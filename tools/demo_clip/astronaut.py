"""The astronaut of a NASA portrait, cut out of her studio."""

from __future__ import annotations

import cv2
import numpy as np
import skimage.data

from anybokeh.synth.raytraced import bleed_colours, from_code

# Outline by hand, in pixels of the 512x512 photograph; the cut-out's own edge is found near it.
OUTLINE = np.array(
    [
        (20, 512), (18, 400), (32, 330), (48, 268), (75, 232), (112, 210), (115, 188), (130, 162),
        (154, 149), (178, 146), (172, 122), (158, 108), (152, 78), (160, 50), (186, 30), (222, 15),
        (252, 16), (282, 37), (299, 63), (302, 94), (294, 121), (274, 137), (262, 158), (257, 172),
        (276, 182), (299, 212), (305, 240), (331, 257), (346, 277), (357, 308), (363, 346), (375, 345),
        (406, 343), (440, 351), (467, 375), (488, 407), (497, 447), (506, 470), (512, 512),
    ]
)  # fmt: skip
UNSURE = 7


def cut_out_astronaut() -> np.ndarray:
    """The portrait's figure, (512, 512, 4) linear radiance and coverage."""
    photo = skimage.data.astronaut()
    coverage = _coverage(photo)
    return bleed_colours(from_code(photo, coverage), solid=0.97)


def _coverage(photo: np.ndarray) -> np.ndarray:
    """Share of each pixel that the figure covers, (height, width) float32."""
    inside = cv2.fillPoly(np.zeros(photo.shape[:2], np.uint8), [OUTLINE.astype(np.int32)], 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * UNSURE + 1, 2 * UNSURE + 1))
    # Beyond the frame the figure goes on: the erosion must not eat in from the picture's border.
    padded = cv2.copyMakeBorder(inside, UNSURE, UNSURE, UNSURE, UNSURE, cv2.BORDER_REPLICATE)
    sure = cv2.erode(padded, disc)[UNSURE:-UNSURE, UNSURE:-UNSURE]
    possible = cv2.dilate(inside, disc)
    labels = np.full(inside.shape, cv2.GC_BGD, np.uint8)
    labels[possible == 1] = cv2.GC_PR_BGD
    labels[inside == 1] = cv2.GC_PR_FGD
    labels[sure == 1] = cv2.GC_FGD
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(photo[..., ::-1].copy(), labels, None, *models, 8, cv2.GC_INIT_WITH_MASK)
    hard = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    soft = _guided(photo.astype(np.float32).mean(axis=-1) / 255, hard, radius=3, epsilon=2e-4)
    return np.clip((soft - 0.12) / 0.76, 0, 1)


def _guided(guide: np.ndarray, values: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Guided filter (He et al. 2010) of (height, width) arrays."""
    size = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_values = cv2.blur(guide, size), cv2.blur(values, size)
    covariance = cv2.blur(guide * values, size) - mean_guide * mean_values
    slope = covariance / (cv2.blur(guide * guide, size) - mean_guide**2 + epsilon)
    offset = mean_values - slope * mean_guide
    return cv2.blur(slope, size) * guide + cv2.blur(offset, size)
