"""Aperture shapes and the blur kernels that they cast on the pixel grid.

An aperture is drawn once as a large mask over [-1, 1] x [-1, 1] in units of the circle of confusion's radius;
the kernel of any radius is that mask averaged over the pixels it covers, read off a summed-area table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.glass import transmission
from anybokeh.optics.lens import Lens

MASK_SIZE = 512
_SUPERSAMPLING = 2
_EXTENT = 1.5
"""Half the side of the mask's square, in radii: enough for all but the very tips of a triangle."""
_OUTER_RADIUS = 1.0
_CORNER = (0.8716, 0.4903)
"""Of a picture of 16:9, from its centre in units of half its diagonal."""


@dataclass(frozen=True)
class Aperture:
    """A drawn aperture.

    Attributes:
        table: summed-area table of the mask, (MASK_SIZE + 1, MASK_SIZE + 1) float64, 1.0 at the end.
        stretch: half-width and half-height of the mask's square, in pixels, for a radius of 1 pixel.
        moved: how far a cut has moved its middle, in radii. Kernels are centred on it: otherwise the discs of
            a surface would crowd towards the middle of the picture, and cost each other light.
        moment: variance of the shape along x plus that along y, for radius 1; 0.5 for a disc.
    """

    table: np.ndarray
    stretch: tuple[float, float]
    moved: tuple[float, float]
    moment: float


def draw_aperture(
    lens: Lens,
    *,
    pixel_aspect: float = 1.0,
    field: tuple[float, float] = (0.0, 0.0),
    corner: tuple[float, float] = _CORNER,
    near: bool = False,
) -> Aperture:
    """Draw the aperture as seen from one place of the picture.

    Every shape has the area of the disc that it replaces, so K keeps its meaning.

    Args:
        lens: the lens.
        pixel_aspect: displayed width of a stored pixel over its height.
        field: place in the picture from its centre, in units of half its diagonal; what changes towards
            corners and edges is drawn as there.
        corner: the place of the picture's lower right corner.
        near: as it is for what lies before the focal plane, though not turned by half a turn.

    Raises:
        InputError: the aperture image cannot be read or is black.
    """
    if lens.image:
        mask = _image_mask(Path(lens.image), lens.rotation)
    else:
        mask = _blade_mask(lens.blades, lens.rotation, lens.roundness)
    y, x = _grid(MASK_SIZE)
    rim = min(max(lens.rim + (-lens.spherical if near else lens.spherical), -1), 1)
    if rim:
        mask = mask * (1 + rim * np.clip(2 * (x**2 + y**2) - 1, -1, 1))
    if lens.onion or lens.dust:
        mask = mask * _glass(lens.onion, lens.dust)
    total = mask.sum()
    if total <= 0:
        raise InputError(f"aperture image {lens.image} is black: give a picture with an open (white) part")
    whole = mask / total
    mask = _cut(whole, lens, field, corner)
    if lens.astigmatism and (field[0] or field[1]):
        whole, mask = (_drawn_out(one, lens.astigmatism, field) for one in (whole, mask))
    table = np.zeros((MASK_SIZE + 1, MASK_SIZE + 1))
    table[1:, 1:] = mask.cumsum(0).cumsum(1)
    squeeze = lens.anamorphic**0.5
    stretch = (_EXTENT / squeeze / pixel_aspect, _EXTENT * squeeze)
    middle, middle_of_whole = _middle(mask), _middle(whole)
    variance_x = (mask * (x - middle[0]) ** 2).sum() * (stretch[0] / _EXTENT) ** 2
    variance_y = (mask * (y - middle[1]) ** 2).sum() * (stretch[1] / _EXTENT) ** 2
    moved = (middle[0] - middle_of_whole[0], middle[1] - middle_of_whole[1])
    return Aperture(table, stretch, moved, float(variance_x + variance_y))


def aperture_kernel(aperture: Aperture, radius: float) -> np.ndarray:
    """The aperture's image for one radius, averaged over pixels.

    Returns:
        (2 b + 1, 2 a + 1) float64, sum 1, centred on the middle pixel.
    """
    half_width, half_height = radius * aperture.stretch[0], radius * aperture.stretch[1]
    a, b = int(np.ceil(half_width - 0.5)), int(np.ceil(half_height - 0.5))
    columns = _table_positions(a, half_width, aperture.moved[0])
    rows = _table_positions(b, half_height, aperture.moved[1])
    corners = _bilinear(aperture.table, rows, columns)
    return np.diff(np.diff(corners, axis=0), axis=1)


def _cut(mask: np.ndarray, lens: Lens, field: tuple[float, float], corner: tuple[float, float]) -> np.ndarray:
    """What the barrel and the doors leave of a mask, with a sum of 1."""
    y, x = _grid(MASK_SIZE)
    left = mask
    if lens.cats_eye and (field[0] or field[1]):
        # The barrel's rim, of the aperture's own size, shifts against it in proportion to the distance
        # from the axis; one radius at the corner for full strength.
        shift_x, shift_y = (2 * _OUTER_RADIUS * lens.cats_eye * 0.5 * part for part in field)
        left = left * ((x + shift_x) ** 2 + (y + shift_y) ** 2 <= _OUTER_RADIUS**2)
    if lens.barndoors:
        left = left * _between_doors(x, field[0], corner[0], lens.barndoors)
        left = left * _between_doors(y, field[1], corner[1], lens.barndoors)
    total = left.sum()
    return mask if left is mask or total <= 0 else left / total


def _middle(mask: np.ndarray) -> tuple[float, float]:
    y, x = _grid(MASK_SIZE)
    return float((mask * x).sum()), float((mask * y).sum())


def _between_doors(along: np.ndarray, place: float, edge: float, strength: float) -> np.ndarray:
    """How open the aperture is along one axis, 0 to 1: the outer side is cut, by a radius at the edge."""
    share = min(abs(place) / edge, 1)
    # as soft as a pixel of the mask, so that the cut does not jump from one to the next
    beyond = np.copysign(1, place) * along - (1 - strength * share**2)
    return np.clip(0.5 - beyond * MASK_SIZE / (2 * _EXTENT), 0, 1)


def _drawn_out(mask: np.ndarray, strength: float, field: tuple[float, float]) -> np.ndarray:
    """A mask stretched around the middle of the picture and squeezed towards it, its area and sum kept."""
    import cv2

    distance = np.hypot(*field)
    stretch = 2 ** (strength * distance / 2)
    outwards = np.array(field) / distance
    # from the drawn-out mask back to the mask, about its middle
    back = np.outer(outwards, outwards) * stretch + (np.eye(2) - np.outer(outwards, outwards)) / stretch
    middle = np.full(2, (MASK_SIZE - 1) / 2)
    matrix = np.column_stack([back, middle - back @ middle])
    drawn = cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return drawn / drawn.sum()


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    centres = ((np.arange(size) + 0.5) / size * 2 - 1) * _EXTENT
    return centres[:, None], centres[None, :]


@lru_cache(maxsize=4)
def _glass(onion: float, dust: float) -> np.ndarray:
    y, x = _grid(MASK_SIZE)
    return transmission(x, y, onion, dust)


@lru_cache(maxsize=4)
def _blade_mask(blades: int | None, rotation: float, roundness: float) -> np.ndarray:
    fine = MASK_SIZE * _SUPERSAMPLING
    y, x = _grid(fine)
    distance = np.hypot(x, y)
    if blades is None:
        inside = distance <= 1
    else:
        step = 2 * np.pi / blades
        angle = (np.arctan2(y, x) - np.radians(rotation) + step / 2) % step - step / 2
        apothem = np.sqrt(np.pi / (blades * np.tan(step / 2)))
        polygon = distance * np.cos(angle) / apothem
        inside = (1 - roundness) * polygon + roundness * distance <= 1
    return inside.reshape(MASK_SIZE, _SUPERSAMPLING, MASK_SIZE, _SUPERSAMPLING).mean((1, 3))


def _image_mask(image: Path, rotation: float) -> np.ndarray:
    import cv2

    picture = cv2.imread(str(image), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise InputError(f"aperture image {image} cannot be read: give a PNG or JPEG picture")
    height, width = picture.shape
    scale = 2 / max(height, width) * MASK_SIZE / (2 * _EXTENT)
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -rotation, scale)
    turn[:, 2] += (MASK_SIZE - 1) / 2 - np.array([(width - 1) / 2, (height - 1) / 2])
    return cv2.warpAffine(picture, turn, (MASK_SIZE, MASK_SIZE), flags=cv2.INTER_AREA) / 255.0


def _table_positions(reach: int, half: float, moved: float) -> np.ndarray:
    edges = np.arange(-reach, reach + 2) - 0.5
    return np.clip((edges / half + moved / _EXTENT + 1) / 2, 0, 1) * MASK_SIZE


def _bilinear(table: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    i = np.minimum(rows.astype(int), MASK_SIZE - 1)
    j = np.minimum(columns.astype(int), MASK_SIZE - 1)
    v, u = (rows - i)[:, None], (columns - j)[None, :]
    upper, lower = table[i], table[i + 1]
    top = upper[:, j] * (1 - u) + upper[:, j + 1] * u
    bottom = lower[:, j] * (1 - u) + lower[:, j + 1] * u
    return top * (1 - v) + bottom * v
