"""Flat things in space and a moving camera: where they appear, and on which planes of disparity.

Space has x to the right, y down and z away from the camera's first place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.synth.layers import Plane


@dataclass(frozen=True)
class Depths:
    """Depths of disparity 1 and 0; far may be infinite."""

    near: float
    far: float

    def disparity(self, inverse_depth: np.ndarray | float) -> np.ndarray:
        """Disparity of 1 / z, any shape."""
        return (np.asarray(inverse_depth) - 1 / self.far) / (1 / self.near - 1 / self.far)

    def plane(self, level: float, dx: float = 0.0, dy: float = 0.0) -> Plane:
        """The plane with 1 / z = level + x dx + y dy over the frame."""
        span = 1 / self.near - 1 / self.far
        return Plane(float((level - 1 / self.far) / span), float(dx / span), float(dy / span))


@dataclass(frozen=True)
class CameraPath:
    """A camera that moves, looks left and right and up and down, and never rolls.

    Attributes:
        size: (width, height) in pixels.
        focal: focal length in pixels.
        position: (frames, 3).
        yaw, pitch: (frames,) radians; positive looks right and up.
    """

    size: tuple[int, int]
    focal: float
    position: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray

    def rotation(self) -> np.ndarray:
        """From space to the camera, (frames, 3, 3)."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        one, zero = np.ones_like(cy), np.zeros_like(cy)
        about_y = np.array([[cy, zero, -sy], [zero, one, zero], [sy, zero, cy]])
        about_x = np.array([[one, zero, zero], [zero, cp, sp], [zero, -sp, cp]])
        return np.einsum("ijf,jkf->fik", about_x, about_y)

    def seen(self, points: np.ndarray) -> np.ndarray:
        """Points of space (frames, 3) as the camera sees them, x right, y down, z away, (frames, 3)."""
        return np.einsum("fij,fj->fi", self.rotation(), points - self.position)

    def pixels(self) -> np.ndarray:
        """(3, 3), from camera space to pixels, whose centres are whole numbers."""
        x, y = (self.size[0] - 1) / 2, (self.size[1] - 1) / 2
        return np.array([[self.focal, 0, x], [0, self.focal, y], [0, 0, 1]])


@dataclass(frozen=True)
class Card:
    """A flat rectangle as the camera sees it in every frame.

    Attributes:
        centre: (frames, 3) in camera space.
        right, down: (frames, 3) its sides.
    """

    centre: np.ndarray
    right: np.ndarray
    down: np.ndarray

    def homographies(self, camera: CameraPath) -> np.ndarray:
        """From its unit square to pixels, (frames, 3, 3)."""
        corner = self.centre - self.right / 2 - self.down / 2
        return camera.pixels() @ np.stack([self.right, self.down, corner], -1)

    def inverse_depths(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest 1 / z over the card, (frames,) each; infinite where it is behind the camera."""
        z = [(self.centre + u * self.right + v * self.down)[:, 2] for u in (-0.5, 0.5) for v in (-0.5, 0.5)]
        low, high = np.min(z, 0), np.max(z, 0)
        with np.errstate(divide="ignore"):
            return np.where(low > 0, 1 / high, 0), np.where(low > 0, 1 / low, np.inf)

    def planes(self, camera: CameraPath, depths: Depths) -> tuple[Plane, ...]:
        """Its plane of disparity in every frame."""
        normal = np.cross(self.right, self.down)
        return tuple(
            _plane(camera, depths, n, float(n @ c)) for n, c in zip(normal, self.centre, strict=True)
        )


def facing_card(
    camera: CameraPath, centre: np.ndarray, extent: tuple[float, float], roll: np.ndarray
) -> Card:
    """A card that always faces the camera.

    Args:
        camera: who looks.
        centre: (frames, 3) in space.
        extent: width and height in units of space.
        roll: (frames,) radians, clockwise.
    """
    c, s, zero = np.cos(roll), np.sin(roll), np.zeros_like(roll)
    right, down = np.stack([c, s, zero], -1) * extent[0], np.stack([-s, c, zero], -1) * extent[1]
    return Card(camera.seen(centre), right, down)


def turned(card: Card, yaw: float, pitch: float = 0.0) -> Card:
    """The card turned about its own upright and level axis, radians."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return Card(card.centre, card.right @ turn.T, card.down @ turn.T)


def floor_planes(camera: CameraPath, height: float, depths: Depths) -> tuple[Plane, ...]:
    """Planes of disparity of level ground at y = `height`, (frames,)."""
    normals = camera.rotation()[:, :, 1]
    offsets = height - camera.position[:, 1]
    return tuple(
        _plane(camera, depths, normal, float(offset)) for normal, offset in zip(normals, offsets, strict=True)
    )


def floor_homographies(camera: CameraPath, height: float, tile: float) -> np.ndarray:
    """From pixels to tiles of ground at y = `height`, (frames, 3, 3); a tile's side is `tile`."""
    rotation = camera.rotation()
    result = []
    for turn, position in zip(rotation, camera.position, strict=True):
        origin = turn @ (np.array([0.0, height, 0.0]) - position)
        to_pixels = camera.pixels() @ np.stack([turn[:, 0] * tile, turn[:, 2] * tile, origin], -1)
        result.append(np.linalg.inv(to_pixels))
    return np.stack(result)


def _plane(camera: CameraPath, depths: Depths, normal: np.ndarray, offset: float) -> Plane:
    """The plane n . X = offset in camera space; rays r z, r = (x, y, 1), have 1 / z = n . r / offset."""
    slope = normal / offset
    focal = camera.focal
    x, y = (camera.size[0] - 1) / 2, (camera.size[1] - 1) / 2
    level = slope[2] - slope[0] * x / focal - slope[1] * y / focal
    # rounding must not turn a card that faces the camera into a slanted one
    dx, dy = (0.0 if abs(s) < 1e-12 * abs(slope[2]) else s / focal for s in slope[:2])
    return depths.plane(level, dx, dy)
