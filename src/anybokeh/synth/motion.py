"""How things move: smooth paths, shakes and sweeps, one value a frame."""

from __future__ import annotations

import numpy as np


def sway(rng: np.random.Generator, frames: int, strength: float, seconds: float, rate: float) -> np.ndarray:
    """A slow irregular swing around 0 whose standard deviation is about `strength`, (frames,).

    Args:
        rng: source of randomness.
        frames: how many.
        strength: in any unit.
        seconds: of the slowest swing.
        rate: frames a second.
    """
    time = np.arange(frames) / rate
    total = np.zeros(frames)
    for octave, part in enumerate((0.8, 0.45, 0.2)):
        speed = 2 * np.pi * 2**octave / (seconds * rng.uniform(0.7, 1.4))
        total += part * rng.normal() * np.sin(speed * time + rng.uniform(0, 2 * np.pi))
    return strength * total


def drift(rng: np.random.Generator, frames: int, speed: float, rate: float) -> np.ndarray:
    """A steady movement that passes 0 in the middle, of at most `speed` a second, (frames,)."""
    time = np.arange(frames) / rate
    return rng.uniform(-speed, speed) * (time - time[-1] / 2)


def eased(frames: int, start: float, end: float) -> np.ndarray:
    """0 before `start`, 1 after `end`, smooth between; both as shares of the clip, (frames,)."""
    time = np.linspace(0, 1, frames) if frames > 1 else np.zeros(1)
    step = np.clip((time - start) / max(end - start, 1e-6), 0, 1)
    return step * step * (3 - 2 * step)


def there_and_back(frames: int) -> np.ndarray:
    """From 0 to 1 and back to 0 at even speed, (frames,)."""
    time = np.linspace(0, 1, frames) if frames > 1 else np.zeros(1)
    return 1 - np.abs(2 * time - 1)


def jitter(rng: np.random.Generator, frames: int, most: float) -> np.ndarray:
    """Independent steps of a walk that stays within `most` of 0, (frames,)."""
    return rng.uniform(-most, most, frames)
