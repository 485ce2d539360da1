"""Putting pictures into frames: a flat picture in space is seen through a homography."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.synth.layers import Layer, Plane

FINE = 2
"""Frames are drawn this many times finer and averaged, for smooth outlines and textures that do not alias."""


@dataclass(frozen=True)
class Texture:
    """A picture with its reductions by 2, 4, 8 ...

    Attributes:
        levels: (height, width, 4) float32 each: linear light times coverage, and coverage.
    """

    levels: tuple[np.ndarray, ...]

    @property
    def aspect(self) -> float:
        """Width over height."""
        height, width = self.levels[0].shape[:2]
        return width / height


def texture_of(picture: np.ndarray) -> Texture:
    """A texture of linear light times coverage and coverage, (height, width, 4) float32."""
    levels: list[np.ndarray] = [np.ascontiguousarray(picture, dtype=np.float32)]
    while min(levels[-1].shape[:2]) >= 8:
        height, width = levels[-1].shape[:2]
        size = (width + 1) // 2, (height + 1) // 2
        levels.append(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA))
    return Texture(tuple(levels))


def solid(light: np.ndarray) -> np.ndarray:
    """Linear light (height, width, 3) as a picture that covers everything."""
    return np.concatenate([light, np.ones_like(light[..., :1])], -1).astype(np.float32)


def project(
    texture: Texture,
    to_frame: np.ndarray,
    plane: Plane,
    size: tuple[int, int],
    margin: int,
    *,
    endless: bool = False,
) -> Layer:
    """Draw a texture as a layer.

    Args:
        texture: what.
        to_frame: (3, 3) homography from the texture's unit square, v down, to pixels of the frame.
        plane: where it stands.
        size: (width, height) of the frame.
        margin: pixels to draw beyond the frame.
        endless: continue the texture mirrored at its borders, over the whole frame and margin.
    """
    x0, y0, x1, y1 = -margin, -margin, size[0] + margin, size[1] + margin
    if not endless:
        corners = apply(to_frame, np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float64))
        low, high = np.floor(corners.min(0)).astype(int) - 1, np.ceil(corners.max(0)).astype(int) + 2
        x0, y0 = max(x0, int(low[0])), max(y0, int(low[1]))
        x1, y1 = min(x1, int(high[0])), min(y1, int(high[1]))
        if x0 >= x1 or y0 >= y1:
            return Layer(np.zeros((1, 1, 4), np.float32), (0, 0), plane)
    picture = texture.levels[_level(texture, to_frame, ((x0 + x1) / 2, (y0 + y1) / 2))]
    height, width = picture.shape[:2]
    from_texels = np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1]])
    to_canvas = np.array([[FINE, 0, FINE * (0.5 - x0) - 0.5], [0, FINE, FINE * (0.5 - y0) - 0.5], [0, 0, 1]])
    fine = cv2.warpPerspective(
        picture,
        to_canvas @ to_frame @ from_texels,
        ((x1 - x0) * FINE, (y1 - y0) * FINE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT if endless else cv2.BORDER_CONSTANT,
    )
    drawn = cv2.resize(fine, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    if endless:
        drawn[..., 3] = 1
    return Layer(drawn, (x0, y0), plane)


def project_floor(
    texture: Texture, from_frame: np.ndarray, plane: Plane, size: tuple[int, int], margin: int, horizon: float
) -> Layer:
    """Draw an endless floor below a row of the frame.

    Args:
        texture: one tile, mirrored at its borders.
        from_frame: (3, 3) homography from pixels of the frame to tiles.
        plane, size, margin: as in `project`; the plane's disparity must not change along x.
        horizon: row at which the floor ends, where it meets what stands behind.
    """
    y0 = int(np.clip(np.floor(horizon), -margin, size[1] + margin - 1))
    x0, x1, y1 = -margin, size[0] + margin, size[1] + margin
    rows = y0 + (np.arange((y1 - y0) * FINE) + 0.5) / FINE - 0.5
    columns = x0 + (np.arange((x1 - x0) * FINE) + 0.5) / FINE - 0.5
    below = np.maximum(rows, horizon)
    x, y = np.meshgrid(columns, below)
    tiles = apply(from_frame, np.stack([x, y], -1).reshape(-1, 2)).reshape(*x.shape, 2)
    fine = _floor_rows(texture, tiles)
    fine *= (rows >= horizon)[:, None, None].astype(np.float32)
    drawn = cv2.resize(fine, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    return Layer(drawn, (x0, y0), plane)


def apply(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map points (n, 2)."""
    mapped = np.concatenate([points, np.ones((len(points), 1))], 1) @ homography.T
    return mapped[:, :2] / mapped[:, 2:]


def _level(texture: Texture, to_frame: np.ndarray, at: tuple[float, float]) -> int:
    """The reduction whose pixels are no larger than those it is drawn with."""
    back = np.linalg.inv(to_frame)
    around = apply(back, np.array([at, (at[0] + 1, at[1]), (at[0], at[1] + 1)]))
    height, width = texture.levels[0].shape[:2]
    a, b = (around[1:] - around[0]) * (width, height)
    texels = np.sqrt(abs(a[0] * b[1] - a[1] * b[0])) / FINE
    return _clamp(texture, np.floor(np.log2(max(texels, 1e-9)) + 0.3))


def _clamp(texture: Texture, level: float) -> int:
    return int(min(max(level, 0), len(texture.levels) - 1))


def _floor_rows(texture: Texture, tiles: np.ndarray) -> np.ndarray:
    """Look a floor up, between the two reductions that fit each row; tiles (height, width, 2)."""
    side = np.sqrt(np.prod(texture.levels[0].shape[:2]))
    across = np.abs(np.diff(tiles[:, :2, 0], axis=1))[:, 0] + np.abs(np.diff(tiles[:, :2, 1], axis=1))[:, 0]
    along = np.abs(np.diff(tiles, axis=0)).sum(-1).mean(1)
    along = np.concatenate([along[:1], along])
    wanted = np.log2(np.maximum(np.sqrt(across * np.maximum(along, across)) * side, 1e-9))
    wanted = np.clip(wanted, 0, len(texture.levels) - 1)
    result = np.zeros((*tiles.shape[:2], 4), np.float32)
    for level, picture in enumerate(texture.levels):
        weight = np.maximum(0, 1 - np.abs(wanted - level)).astype(np.float32)
        chosen = np.flatnonzero(weight)
        if len(chosen) == 0:
            continue
        height, width = picture.shape[:2]
        part = slice(chosen[0], chosen[-1] + 1)
        x, y = (
            (_mirrored(tiles[part, :, axis]) * extent - 0.5).astype(np.float32)
            for axis, extent in ((0, width), (1, height))
        )
        seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        result[part] += seen * weight[part, None, None]
    return result


def _mirrored(place: np.ndarray) -> np.ndarray:
    """Any place on a line of tiles as the place in one tile, in [0, 1]."""
    return np.abs((place + 1) % 2 - 1)
