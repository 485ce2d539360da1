"""What lies far away: the dusk sky with a rocket on its pad, and the edge of a wood."""

from __future__ import annotations

import cv2
import numpy as np
import skimage.data

from anybokeh.synth.raytraced import from_code

# In the 640x427 photograph: the columns that are kept, those that show bare sky between the structures,
# the lowest row where they do, the highest row of a lamp, and the row of the horizon.
KEPT = (97, 553)
BARE = np.r_[100:165, 225:285, 350:430, 485:550]
LOWEST_BARE = 320
HIGHEST_LAMP = 345
HORIZON = 408
MARGIN = 460
FEATHER = 60


def dusk_sky() -> np.ndarray:
    """The launch pad at dusk widened by its own sky, (408, 1376, 4); its bottom row is the horizon."""
    photo = cv2.fastNlMeansDenoisingColored(skimage.data.rocket(), None, 2, 3, 5, 15)[:HORIZON]
    photo = photo.astype(np.float32)
    middle = _rows_of_sky(photo)
    photo *= _falloff(photo, middle)
    x = np.arange(KEPT[0] - MARGIN, KEPT[1] + MARGIN)
    column = np.clip(x, 0, photo.shape[1] - 1)
    inside = np.clip(np.minimum(x - KEPT[0], KEPT[1] - x) / FEATHER, 0, 1)
    weight = (inside * inside * (3 - 2 * inside))[None, :, None]
    wide = weight * photo[:, column] + (1 - weight) * middle
    return _with_bright_lamps(from_code(np.clip(wide, 0, 255) / 255))


def _rows_of_sky(photo: np.ndarray) -> np.ndarray:
    """Colour of the bare sky beside the rocket in each row, smoothed, (rows, 1, 3)."""
    rows = np.median(photo[:, np.r_[225:285, 350:425]], axis=1)
    return cv2.GaussianBlur(rows[:, None], (1, 61), 12, borderType=cv2.BORDER_REPLICATE).reshape(-1, 1, 3)


def _falloff(photo: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """What undoes the camera's darkening towards the sides, by pixel, (rows, columns, 3)."""
    bare = photo[:LOWEST_BARE, BARE] / middle[:LOWEST_BARE]
    across = BARE / photo.shape[1] - 0.5
    parabolas = np.polynomial.polynomial.polyfit(across, bare.transpose(1, 0, 2).reshape(len(BARE), -1), 2)
    parabolas = cv2.GaussianBlur(
        parabolas.reshape(3, LOWEST_BARE, 3), (121, 1), 30, borderType=cv2.BORDER_REPLICATE
    )
    parabolas = np.concatenate(
        [parabolas, np.repeat(parabolas[:, -1:], len(photo) - LOWEST_BARE, axis=1)], axis=1
    )
    x = (np.arange(photo.shape[1]) / photo.shape[1] - 0.5)[None, :, None]
    return 1 / (parabolas[0][:, None] + parabolas[1][:, None] * x + parabolas[2][:, None] * x**2)


def _with_bright_lamps(picture: np.ndarray) -> np.ndarray:
    """Give the pad's lamps, which the camera clipped, a radiance of several times white."""
    brightest = picture[..., :3].max(axis=-1)
    core = np.clip((brightest - 0.75) / 0.25, 0, 1) ** 2
    core[:HIGHEST_LAMP] = 0
    picture[..., :3] *= 1 + 7 * core[..., None]
    return picture


def wood_edge(rng: np.random.Generator, width: int = 2048, height: int = 160) -> np.ndarray:
    """Silhouette of far trees, (height, width, 4): dark, hazy towards its foot, ragged at its top."""
    x = np.arange(width)
    outline = sum(
        rng.uniform(0.5, 1)
        / octave**0.9
        * np.interp(x, np.linspace(0, width, 12 * octave), rng.normal(0, 1, 12 * octave))
        for octave in (1, 2, 4, 8, 16, 32)
    )
    outline = (outline - outline.min()) / np.ptp(outline)
    top = height * (0.75 - 0.6 * outline)
    rows = np.arange(height)[:, None]
    coverage = np.clip(rows - top + 0.5, 0, 1)
    shade = rng.normal(1, 0.25, (height // 4, width // 4)).astype(np.float32)
    shade = np.clip(cv2.resize(shade, (width, height), interpolation=cv2.INTER_CUBIC), 0.4, 1.8)
    haze = (rows / height)[..., None]
    colour = shade[..., None] * np.array([0.006, 0.008, 0.012]) + haze * np.array([0.012, 0.011, 0.014])
    return np.concatenate([colour, coverage[..., None]], axis=-1).astype(np.float32)
