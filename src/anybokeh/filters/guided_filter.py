"""Bringing maps onto the edges of a picture: the guided filter with a colour guide.

He, Sun and Tang, "Guided Image Filtering", TPAMI 2013, section 3.4; coefficients found on a small picture and
used on a large one as in He and Sun, "Fast Guided Filter", arXiv 1505.00996.
"""

from __future__ import annotations

import cv2
import numpy as np


class Guide:
    """A picture whose edges maps are brought onto.

    picture: (height, width, 3) uint8. radius: of the square windows in pixels. smoothness: variance, with
    the picture in [0, 1], below which a window counts as flat.
    """

    def __init__(self, picture: np.ndarray, radius: int = 4, smoothness: float = 1e-3) -> None:
        self._size = (2 * radius + 1, 2 * radius + 1)
        self._colours = [np.ascontiguousarray(plane) for plane in cv2.split(picture.astype(np.float32) / 255)]
        self._means = [self._mean(colour) for colour in self._colours]
        red, green, blue = self._colours
        mean_red, mean_green, mean_blue = self._means
        # the symmetric 3x3 covariance of every window, and its inverse by cofactors
        rr = self._mean(red * red) - mean_red * mean_red + np.float32(smoothness)
        gg = self._mean(green * green) - mean_green * mean_green + np.float32(smoothness)
        bb = self._mean(blue * blue) - mean_blue * mean_blue + np.float32(smoothness)
        rg = self._mean(red * green) - mean_red * mean_green
        rb = self._mean(red * blue) - mean_red * mean_blue
        gb = self._mean(green * blue) - mean_green * mean_blue
        first, second, third = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        scale = 1 / (rr * first + rg * second + rb * third)
        self._inverse = (
            (first * scale, second * scale, third * scale),
            (second * scale, (rr * bb - rb * rb) * scale, (rb * rg - rr * gb) * scale),
            (third * scale, (rb * rg - rr * gb) * scale, (rr * gg - rg * rg) * scale),
        )

    def filter(self, values: np.ndarray) -> np.ndarray:
        """The map (height, width) float32 with its edges on those of the picture."""
        *slopes, offset = self.coefficients(values)
        for slope, colour in zip(slopes, self._colours, strict=True):
            offset += slope * colour
        return offset

    def coefficients(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Slopes of red, green and blue and the offset that make the filtered map, each (height, width)."""
        mean = self._mean(values)
        covariances = [
            self._mean(colour * values) - own * mean
            for colour, own in zip(self._colours, self._means, strict=True)
        ]
        offset = mean
        slopes = []
        for (first, second, third), own in zip(self._inverse, self._means, strict=True):
            slope = first * covariances[0] + second * covariances[1] + third * covariances[2]
            offset = offset - slope * own
            slopes.append(self._mean(slope))
        return slopes[0], slopes[1], slopes[2], self._mean(offset)

    def _mean(self, values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, self._size, borderType=cv2.BORDER_REFLECT)


def enlarge(values: np.ndarray, large: np.ndarray, radius: int = 4) -> np.ndarray:
    """A map (h, w) float32 at the size of a larger picture, with its edges where that has them.

    large: (height, width, 3) uint8.
    """
    small = cv2.resize(large, (values.shape[1], values.shape[0]), interpolation=cv2.INTER_AREA)
    size = large.shape[1], large.shape[0]
    *slopes, result = (
        cv2.resize(one, size, interpolation=cv2.INTER_LINEAR)
        for one in Guide(small, radius).coefficients(values)
    )
    for slope, colour in zip(slopes, cv2.split(large), strict=True):
        cv2.multiply(slope, colour, slope, 1 / 255, dtype=cv2.CV_32F)
        cv2.add(result, slope, result)
    return result
