"""Disparity at the frame's size, its edges where the frame has them, no values between two surfaces.

Smooth places are interpolated (or averaged) as usual. Where the values around a pixel fall apart into a near
and a far group, the pixel takes one side: when enlarging, the side whose colours the frame shows there; when
reducing, the side that covers more of the pixel. The value comes from that side alone.
"""

from __future__ import annotations

import cv2
import numba
import numpy as np

from anybokeh.clip.eight_bit import eight_bit

# Values closer together than this are one surface: at K = 32 a step of half a pixel of blur.
_SMALLEST_STEP = np.float32(0.016)
# Share of the local range that the widest gap between sorted values takes at an edge; slopes have even gaps.
_GAP_SHARE = np.float32(0.36)
# Colour distances of about this many 8-bit levels a channel tell two surfaces apart.
_COLOUR_SIGMA = 14.0
# How much sooner than fully convinced a pixel goes to one side; before that it stays part of a soft edge.
_SURE = 2.5
_AT_ONCE = 1e6
# Spatial weight in map pixels.
_REACH_SIGMA = 0.75
_TABLE = 2048
_TABLE_STEP = 16


def resize_disparity(
    disparity: np.ndarray,
    frame: np.ndarray,
    where: np.ndarray | None = None,
    *,
    edges: bool = True,
    soft: bool = True,
) -> np.ndarray:
    """Bring a map (h, w) float32 to the size of `frame` (height, width, 3), see `eight_bit` for its types.

    The same size is returned as it is. Values stay within the map's own range. When only pixels of the map
    are wanted where `where`, (h, w) uint8, is not 0, the others may lie between two surfaces.

    edges: whether edges of smaller maps are put where the frame has them. Otherwise they stay soft, for what
    decides later and knows more: once an edge is sharp, steadying and repair take it for right.
    soft: whether pixels whose colours hardly tell stay part of a soft edge; else each takes one side.
    """
    height, width = frame.shape[:2]
    if disparity.shape == (height, width):
        return disparity
    disparity = np.ascontiguousarray(disparity, np.float32)
    if disparity.shape[0] >= height and disparity.shape[1] >= width:
        return _reduce(disparity, height, width)
    if not edges:
        return cv2.resize(disparity, (width, height), interpolation=cv2.INTER_LINEAR)
    return _enlarge(disparity, frame, where, soft)


def _enlarge(disparity: np.ndarray, frame: np.ndarray, where: np.ndarray | None, soft: bool) -> np.ndarray:
    height, width = frame.shape[:2]
    map_height, map_width = disparity.shape
    frame = np.ascontiguousarray(eight_bit(frame))
    colours = cv2.resize(frame, (map_width, map_height), interpolation=cv2.INTER_AREA)
    result = cv2.resize(disparity, (width, height), interpolation=cv2.INTER_LINEAR)
    # Two more map pixels on each side let every pixel have all of its 4x4 neighbours.
    disparity = cv2.copyMakeBorder(disparity, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    colours = cv2.copyMakeBorder(colours, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    wanted = np.ones((map_height, map_width), np.uint8) if where is None else where
    # cells begin up to one map pixel before a pixel, those of its neighbours up to one after it
    wanted = cv2.dilate(
        cv2.copyMakeBorder(wanted, 2, 2, 2, 2, cv2.BORDER_CONSTANT), np.ones((3, 3), np.uint8)
    )
    _choose_sides(
        disparity,
        colours,
        frame,
        _splits(disparity, wanted),
        *_taps(height, map_height),
        *_taps(width, map_width),
        _colour_weights(),
        _SURE if soft else _AT_ONCE,
        result,
    )
    # Noise in the picture leaves single pixels on the wrong side. A median narrower than twice a map pixel
    # mends them and keeps the thinnest structures that the map can show.
    scale = min(height / map_height, width / map_width)
    return result if scale < 2 else cv2.medianBlur(result, 3 if scale < 4 else 5)


def _taps(size: int, map_size: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of `size` pixels its cell, and spatial weights (size, 4) of the map pixels around it."""
    position = (np.arange(size) + 0.5) * map_size / size - 0.5
    before = np.floor(position).astype(np.int64)
    offset = position[:, None] - (before[:, None] + np.arange(-1, 3))
    return before + 1, np.exp(-0.5 * (offset / _REACH_SIGMA) ** 2).astype(np.float32)


def _colour_weights() -> np.ndarray:
    """Weight by squared colour distance summed over the channels, in steps of _TABLE_STEP."""
    squared = np.arange(_TABLE) * _TABLE_STEP
    # The floor keeps a side whose colours are all wrong from vanishing: position then decides.
    return (np.exp(-squared / (2 * 3 * _COLOUR_SIGMA**2)) + 1e-4).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _splits(disparity: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How the 4x4 map pixels around each cell fall apart: (cells down, cells across, 3) float32.

    The middle of the widest gap, the lowest and the highest value; the middle is -1 where all is one surface.
    disparity: the map with two more pixels on each side. Cell (y, x) covers pixels y to y + 3 and x to x + 3.
    wanted: of the same shape, 0 where nobody asks.
    """
    height, width = disparity.shape
    result = np.empty((height - 3, width - 3, 3), np.float32)
    around = np.empty(16, np.float32)
    for y in range(height - 3):
        for x in range(width - 3):
            result[y, x, 0] = -1
            if not wanted[y + 1, x + 1]:
                continue
            low = high = disparity[y, x]
            for j in range(y, y + 4):
                for i in range(x, x + 4):
                    low = min(low, disparity[j, i])
                    high = max(high, disparity[j, i])
            if high - low < _SMALLEST_STEP:
                continue
            n = 0
            for j in range(y, y + 4):
                for i in range(x, x + 4):  # insertion sort
                    value = disparity[j, i]
                    m = n
                    while m > 0 and around[m - 1] > value:
                        around[m] = around[m - 1]
                        m -= 1
                    around[m] = value
                    n += 1
            widest, split = np.float32(0), np.float32(0)
            for k in range(15):
                gap = around[k + 1] - around[k]
                if gap > widest:
                    widest, split = gap, np.float32(0.5) * (around[k + 1] + around[k])
            if widest >= _SMALLEST_STEP and widest >= _GAP_SHARE * (high - low):
                result[y, x, 0], result[y, x, 1], result[y, x, 2] = split, low, high
    return result


@numba.njit(cache=True, nogil=True, fastmath=True)
def _choose_sides(
    disparity, colours, frame, splits, cell_y, weight_y, cell_x, weight_x, colour_weights, sureness, result
):
    height, width = result.shape
    for y in range(height):
        top = cell_y[y]
        for x in range(width):
            left = cell_x[x]
            split = splits[top, left, 0]
            if split < 0:
                continue
            to_low = np.float32(1) / (split - splits[top, left, 1])
            to_high = np.float32(1) / (splits[top, left, 2] - split)
            red, green, blue = np.int32(frame[y, x, 0]), np.int32(frame[y, x, 1]), np.int32(frame[y, x, 2])
            near, near_sum, near_weight = np.float32(0), np.float32(0), np.float32(1e-12)
            far, far_sum, far_weight = np.float32(0), np.float32(0), np.float32(1e-12)
            for j in range(4):
                for i in range(4):
                    value = disparity[top + j, left + i]
                    dr = red - np.int32(colours[top + j, left + i, 0])
                    dg = green - np.int32(colours[top + j, left + i, 1])
                    db = blue - np.int32(colours[top + j, left + i, 2])
                    squared = dr * dr + dg * dg + db * db
                    likeness = colour_weights[min(squared // _TABLE_STEP, _TABLE - 1)]
                    weight = weight_y[y, j] * weight_x[x, i]
                    # Map pixels that mix both surfaces stand close to the split and hardly count.
                    if value > split:
                        weight *= (value - split) * to_high
                        near += weight * likeness
                        weight *= (value - split) * to_high
                        near_sum += weight * value
                        near_weight += weight
                    else:
                        weight *= (split - value) * to_low
                        far += weight * likeness
                        weight *= (split - value) * to_low
                        far_sum += weight * value
                        far_weight += weight
            side = near_sum / near_weight if near > far else far_sum / far_weight
            sure = min(
                np.float32(sureness) * abs(near - far) / (near + far + np.float32(1e-20)), np.float32(1)
            )
            result[y, x] += sure * (side - result[y, x])


def _reduce(disparity: np.ndarray, height: int, width: int) -> np.ndarray:
    result = cv2.resize(disparity, (width, height), interpolation=cv2.INTER_AREA)
    _keep_larger_side(disparity, result)
    return result


@numba.njit(cache=True, nogil=True)
def _keep_larger_side(disparity: np.ndarray, result: np.ndarray) -> None:
    map_height, map_width = disparity.shape
    height, width = result.shape
    for y in range(height):
        top, bottom = y * map_height // height, -(-(y + 1) * map_height // height)
        for x in range(width):
            left, right = x * map_width // width, -(-(x + 1) * map_width // width)
            low, high = np.float32(2), np.float32(-1)
            for j in range(top, bottom):
                for i in range(left, right):
                    value = disparity[j, i]
                    low = min(low, value)
                    high = max(high, value)
            if high - low < _SMALLEST_STEP:
                continue
            middle = (low + high) / 2
            near_sum, far_sum = np.float32(0), np.float32(0)
            near, far = np.float32(0), np.float32(0)
            for j in range(top, bottom):
                # Pixels across the border count with the share that lies inside.
                cover_y = min(j + 1, (y + 1) * map_height / height) - max(j, y * map_height / height)
                for i in range(left, right):
                    cover = cover_y * (
                        min(i + 1, (x + 1) * map_width / width) - max(i, x * map_width / width)
                    )
                    value = disparity[j, i]
                    if value > middle:
                        near_sum += cover * value
                        near += cover
                    else:
                        far_sum += cover * value
                        far += cover
            result[y, x] = near_sum / near if near >= far else far_sum / far
