"""Scenes with exact disparity, and the ways in which estimated disparity goes wrong."""

from __future__ import annotations

import cv2
import numpy as np


def scene(
    frames: int = 1, height: int = 144, width: int = 256, seed: int = 0, speed: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """Textured discs that move over a slanted ground: frames (frames, 3, height, width) and disparity."""
    rng = np.random.default_rng(seed)
    ground, *skins = (texture(rng, height + 40, width + 80, rng.uniform(60, 190, 3)) for _ in range(6))
    places = rng.uniform((30, 20), (width - 30, height - 20), (5, 2))
    motion = rng.uniform(-speed, speed, (5, 2))
    radii, depths = rng.uniform(12, 34, 5), np.sort(rng.uniform(0.45, 0.95, 5))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pictures, maps = [], []
    for index in range(frames):
        picture = ground[:height, :width].copy()
        disparity = 0.1 + 0.25 * y / height
        for skin, place, move, radius, depth in zip(skins, places, motion, radii, depths, strict=True):
            centre = place + move * index
            distance = np.hypot(x - centre[0], y - centre[1])
            shift = np.float32([[1, 0, move[0] * index], [0, 1, move[1] * index]])
            carried = cv2.warpAffine(skin, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
            cover = np.clip(radius - distance + 0.5, 0, 1)[..., None]
            picture = picture * (1 - cover) + carried * cover
            disparity = np.where(distance < radius, np.float32(depth), disparity)
        pictures.append(picture.transpose(2, 0, 1) / 255)
        maps.append(disparity)
    return np.clip(np.stack(pictures), 0, 1).astype(np.float32), np.stack(maps).astype(np.float32)


def texture(rng: np.random.Generator, height: int, width: int, colour: np.ndarray) -> np.ndarray:
    noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width, 3)).astype(np.float32), (0, 0), 1.5)
    return (colour + 14 * noise / noise.std()).astype(np.float32)


def blurred(disparity: np.ndarray, sigma: float = 1.5) -> np.ndarray:
    """Soft edges."""
    return np.stack([cv2.GaussianBlur(one, (0, 0), sigma) for one in disparity])


def enlarged(disparity: np.ndarray, factor: int = 4) -> np.ndarray:
    """Made at a fraction of the size."""
    height, width = disparity.shape[1:]
    small = [
        cv2.resize(one, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
        for one in disparity
    ]
    return np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in small])


def grown(disparity: np.ndarray, pixels: int = 2) -> np.ndarray:
    """Near surfaces too large, with sharp edges."""
    square = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.stack([cv2.dilate(one, square) for one in disparity])


def jittered(disparity: np.ndarray, amount: float = 0.02, seed: int = 0) -> np.ndarray:
    """Another scale and shift in every frame."""
    rng = np.random.default_rng(seed)
    scale = 1 + amount * rng.normal(size=(len(disparity), 1, 1))
    shift = amount / 2 * rng.normal(size=(len(disparity), 1, 1))
    return np.clip(scale * disparity + shift, 0, 1).astype(np.float32)


def noisy(disparity: np.ndarray, amount: float = 0.01, seed: int = 0) -> np.ndarray:
    """Smooth noise, another one in every frame."""
    rng = np.random.default_rng(seed)
    noise = [cv2.GaussianBlur(rng.normal(size=one.shape), (0, 0), 6) for one in disparity]
    noise = np.stack([one / one.std() for one in noise])
    return np.clip(disparity + amount * noise, 0, 1).astype(np.float32)


def wobbling(disparity: np.ndarray, amount: float, seed: int = 0) -> np.ndarray:
    """Smooth errors of 5x9 cells, others in every frame."""
    rng = np.random.default_rng(seed)
    height, width = disparity.shape[1:]
    cells = [rng.normal(0, amount, (5, 9)).astype(np.float32) for _ in disparity]
    error = np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in cells])
    return np.clip(disparity + error, 0, 1).astype(np.float32)


def speckled(disparity: np.ndarray, amount: float, seed: int = 0) -> np.ndarray:
    """Errors of single pixels, others in every frame."""
    noise = np.random.default_rng(seed).normal(0, amount, disparity.shape)
    return np.clip(disparity + noise, 0, 1).astype(np.float32)


def filmed(picture: np.ndarray, frames: int, levels: float, seed: int = 0) -> np.ndarray:
    """A picture (3, height, width) that stands still, with a camera's noise of so many 8-bit levels."""
    noise = np.random.default_rng(seed).normal(0, levels / 255, (frames, *picture.shape))
    return np.clip(picture + noise, 0, 1).astype(np.float32)


def approaching(frames: int, flat: bool, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A disc that from frame 8 on comes nearer over ten frames and grows; flat: without texture."""
    rng = np.random.default_rng(seed)
    height, width = 144, 256
    ground, skin = (texture(rng, height, width, rng.uniform(60, 190, 3)) for _ in range(2))
    if flat:
        skin[:] = skin.mean(axis=(0, 1))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pictures, maps = [], []
    for index in range(frames):
        depth = 0.4 + 0.03 * min(max(index - 8, 0), 10)
        size = depth / 0.4
        zoom = np.float32([[size, 0, (1 - size) * width / 2], [0, size, (1 - size) * height / 2]])
        inside = np.hypot(x - width / 2, y - height / 2) < 30 * size
        near = cv2.warpAffine(skin, zoom, (width, height), borderMode=cv2.BORDER_REFLECT)
        pictures.append(np.where(inside[..., None], near, ground).transpose(2, 0, 1) / 255)
        maps.append(np.where(inside, depth, 0.1 + 0.2 * y / height))
    return np.clip(np.stack(pictures), 0, 1).astype(np.float32), np.stack(maps).astype(np.float32)
