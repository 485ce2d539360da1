"""Surfaces of a scene: triangles that carry a picture with coverage, and makers of useful ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Surface:
    """Triangles that emit the picture they carry, on both sides.

    Attributes:
        vertices: (n, 3) float, world coordinates.
        faces: (m, 3) int, indices of vertices.
        uv: (n, 2) float, u to the right and v down the picture, both 0 to 1.
        picture: (height, width, 4) float32, linear-light radiance (may exceed 1) and coverage in [0, 1];
            colour is straight, not multiplied by coverage.
        subject: whether this surface belongs to the subject's mask.
    """

    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    picture: np.ndarray
    subject: bool = False


def card(
    picture: np.ndarray,
    centre: Sequence[float],
    width: float,
    height: float | None = None,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    subject: bool = False,
) -> Surface:
    """A flat picture, facing +z before it is turned.

    Args:
        picture: (height, width, 4), as in `Surface`.
        centre: where its middle stands.
        width, height: in scene units; the height follows from the picture's shape where not given.
        yaw, pitch, roll: degrees about y, x and z, applied roll first; pitch -90 lays it face up,
            its top edge away from a camera that looks along -z.
    """
    tall = width * picture.shape[0] / picture.shape[1] if height is None else height
    corners = np.array([[-1, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]]) * (width / 2, tall / 2, 0)
    vertices = corners @ _rotation(yaw, pitch, roll).T + np.asarray(centre, dtype=np.float64)
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)
    return Surface(vertices, np.array([[0, 2, 1], [0, 3, 2]]), uv, picture, subject)


def floor(
    picture: np.ndarray, xs: tuple[float, float], zs: tuple[float, float], tile: float, *, y: float = 0.0
) -> Surface:
    """Level ground over the ranges `xs` and `zs`, tiled by squares that mirror each other at their seams."""
    columns = np.arange(np.ceil((xs[1] - xs[0]) / tile) + 1)
    rows = np.arange(np.ceil((zs[1] - zs[0]) / tile) + 1)
    x, z = np.meshgrid(xs[0] + tile * columns, zs[0] + tile * rows)
    vertices = np.stack([x, np.full_like(x, y), z], axis=-1)
    u, v = np.meshgrid(columns % 2, rows % 2)
    return _grid(vertices, np.stack([u, v], axis=-1), picture, False)


def tube(
    path: np.ndarray,
    radius: float | np.ndarray,
    picture: np.ndarray,
    *,
    sides: int = 10,
    subject: bool = False,
) -> Surface:
    """A round wire along `path`; u runs once around it, v from its first to its last point.

    Args:
        path: (n, 3) points, n >= 2.
        radius: scene units, one or one a point.
        picture: as in `Surface`.
    """
    path = np.asarray(path, dtype=np.float64)
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    # A fixed helper direction keeps the frame from spinning along the wire.
    helper = np.eye(3)[np.argmin(np.abs(tangents).max(axis=0))]
    across = np.cross(tangents, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    upward = np.cross(across, tangents)
    angles = np.linspace(0, 2 * np.pi, sides + 1)
    ring = np.cos(angles)[:, None] * across[:, None] + np.sin(angles)[:, None] * upward[:, None]
    vertices = path[:, None] + ring * np.broadcast_to(radius, len(path))[:, None, None]
    u, v = np.meshgrid(np.linspace(0, 1, sides + 1), np.linspace(0, 1, len(path)))
    return _grid(vertices, np.stack([u, v], axis=-1), picture, subject)


def ball(
    centre: Sequence[float], radius: float, picture: np.ndarray, *, steps: int = 24, subject: bool = False
) -> Surface:
    """A sphere; u runs around its y axis, v from its top to its bottom."""
    u, v = np.meshgrid(np.linspace(0, 1, 2 * steps + 1), np.linspace(0, 1, steps + 1))
    longitude, polar = 2 * np.pi * u, np.pi * v
    normals = np.stack(
        [np.sin(polar) * np.sin(longitude), np.cos(polar), np.sin(polar) * np.cos(longitude)], -1
    )
    vertices = np.asarray(centre, dtype=np.float64) + radius * normals
    return _grid(vertices, np.stack([u, v], axis=-1), picture, subject)


def ribbons(spines: np.ndarray, widths: np.ndarray, sides: np.ndarray, picture: np.ndarray) -> Surface:
    """Flat ribbons such as blades of grass or hairs; u runs across a ribbon, v along it.

    Args:
        spines: (ribbons, points, 3) middle lines.
        widths: (ribbons, points) in scene units.
        sides: (ribbons, 3) the direction across each ribbon.
        picture: as in `Surface`, the same for all.
    """
    count, points = widths.shape
    across = sides / np.linalg.norm(sides, axis=-1, keepdims=True)
    half = widths[..., None] / 2 * across[:, None]
    vertices = np.stack([spines - half, spines + half], axis=2)  # (ribbons, points, 2, 3)
    u, v = np.meshgrid([0.0, 1.0], np.linspace(0, 1, points))
    one = _grid(vertices[0], np.stack([u, v], axis=-1), picture, False)
    faces = one.faces[None] + (np.arange(count) * 2 * points)[:, None, None]
    return Surface(vertices.reshape(-1, 3), faces.reshape(-1, 3), np.tile(one.uv, (count, 1)), picture)


def merge(surfaces: Sequence[Surface]) -> Surface:
    """Many surfaces that carry one and the same picture as one, which traces faster."""
    offsets = np.cumsum([0] + [len(s.vertices) for s in surfaces[:-1]])
    return Surface(
        np.concatenate([s.vertices for s in surfaces]),
        np.concatenate([s.faces + o for s, o in zip(surfaces, offsets, strict=True)]),
        np.concatenate([s.uv for s in surfaces]),
        surfaces[0].picture,
        surfaces[0].subject,
    )


def _grid(vertices: np.ndarray, uv: np.ndarray, picture: np.ndarray, subject: bool) -> Surface:
    """Triangles of a grid of points: vertices (rows, columns, 3), uv (rows, columns, 2)."""
    rows, columns = vertices.shape[:2]
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    right, below = corner + 1, corner + columns
    faces = np.concatenate([np.stack([corner, below, right], 1), np.stack([right, below, below + 1], 1)])
    return Surface(vertices.reshape(-1, 3), faces, uv.reshape(-1, 2), picture, subject)


def _rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Matrix of roll about z, then pitch about x, then yaw about y, in degrees, (3, 3)."""
    (cy, cp, cr), (sy, sp, sr) = (
        np.cos(np.radians([yaw, pitch, roll])),
        np.sin(np.radians([yaw, pitch, roll])),
    )
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_y @ about_x @ about_z
