"""Gathering by each pixel, as games do."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew


def gather(light: np.ndarray, coc: np.ndarray, softness: float = 0.5) -> np.ndarray:
    """Every pixel gathers the neighbours whose discs reach it.

    The usual rule of games (Potmesil and Chakravarty 1981; Riguer, Tatarchuk and Isidoro, ShaderX2, 2003):
    a nearer neighbour reaches as far as its own disc, a farther one only as far as the pixel's own, so that
    blurred backgrounds do not leak onto what is sharp before them. Neighbours count by the inverse area of
    the disc that they reach with, and the result is divided by what was gathered.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        softness: half-width of the disc's edge in pixels.
    """
    radius = np.abs(coc).astype(np.float32)
    reach = int(np.ceil(radius.max() + softness))
    if reach == 0:
        return light
    padded_light, padded_coc = (
        cv2.copyMakeBorder(
            np.ascontiguousarray(picture, np.float32), reach, reach, reach, reach, cv2.BORDER_REPLICATE
        )
        for picture in (light, coc)
    )
    # The farthest any neighbour may reach here bounds the search.
    search = cv2.dilate(radius, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    result = np.empty(light.shape, np.float32)
    with Crew() as crew:
        crew.run(_gather, padded_light, padded_coc, search, reach, np.float32(softness), result)
    return result


@kernel(fastmath={"contract", "nsz"})
def _gather(
    thread: int,
    threads: int,
    light: np.ndarray,
    coc: np.ndarray,
    search: np.ndarray,
    reach: int,
    softness: float,
    result: np.ndarray,
) -> None:
    height, width = search.shape
    least, pixel = np.float32(0.5), np.float32(1 / np.pi)
    for y in range(thread, height, threads):
        for x in range(width):
            own = coc[y + reach, x + reach]
            own_radius = abs(own)
            near = int(np.ceil(search[y, x] + softness))
            red = green = blue = total = np.float32(0)
            for dy in range(-near, near + 1):
                for dx in range(-near, near + 1):
                    other = coc[y + reach + dy, x + reach + dx]
                    radius = abs(other)
                    if other < own:
                        radius = min(radius, own_radius)
                    radius = max(radius, least)
                    distance = np.float32(np.sqrt(np.float32(dx * dx + dy * dy)))
                    weight = radius + softness - distance
                    if weight <= 0:
                        continue
                    weight = min(weight / (2 * softness), np.float32(1)) / max(radius * radius, pixel)
                    red += weight * light[y + reach + dy, x + reach + dx, 0]
                    green += weight * light[y + reach + dy, x + reach + dx, 1]
                    blue += weight * light[y + reach + dy, x + reach + dx, 2]
                    total += weight
            result[y, x, 0] = red / total
            result[y, x, 1] = green / total
            result[y, x, 2] = blue / total
