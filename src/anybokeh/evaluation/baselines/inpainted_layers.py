"""A few layers, each completed behind the nearer ones."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.evaluation.baselines.inpainting import pull_push
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew


def inpainted_layers(
    light: np.ndarray, coc: np.ndarray, splits: tuple[float, ...] = (-2.0, 2.0), softness: float = 0.5
) -> np.ndarray:
    """Split softly around the focal plane, complete what is hidden, scatter each layer minding occlusion.

    In the spirit of Dr.Bokeh (Sheng et al., CVPR 2024): a layered scene completed behind its foreground, a
    scatter that lets no light through what stands before it, layers composited by the coverage that
    arrived. Pull-push stands in for their inpainting network, blur on either side of the focal plane for
    their matting: what is near, what is in focus and what is far.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        splits: circles of confusion between the layers, ascending.
        softness: half-width of a split, in the same pixels.
    """
    coc = coc.astype(np.float32)
    bounds = [-np.inf, *splits, np.inf]
    # Share of each pixel in front of each bound.
    front = [np.clip(0.5 + (coc - bound) / (2 * softness), 0, 1) for bound in bounds]
    result = np.zeros((*coc.shape, 4), np.float32)
    for layer in range(len(bounds) - 1):
        here, visible = front[layer] - front[layer + 1], 1 - front[layer + 1]
        if not here.any():
            continue
        own_coc = np.clip(coc, bounds[layer] - softness, bounds[layer + 1] + softness)
        filled = pull_push(np.dstack([light, own_coc]), here)
        coverage = pull_push((here / np.maximum(visible, 1e-6))[..., None], visible)[..., 0]
        blurred = _scatter(filled[..., :3], filled[..., 3], coverage)
        result = blurred + (1 - blurred[..., 3:]) * result
    return result[..., :3] / np.maximum(result[..., 3:], 1e-6)


def _scatter(light: np.ndarray, coc: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Light times coverage, and coverage at most 1, that the samples spread over the picture."""
    radius = np.where(coverage > 0, np.abs(coc), 0).astype(np.float32)
    reach = int(np.ceil(radius.max())) + 1
    samples = np.dstack([light, coverage, coc]).astype(np.float32)
    padded = cv2.copyMakeBorder(samples, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    search = cv2.dilate(radius, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    result = np.empty((*coc.shape, 4), np.float32)
    with Crew() as crew:
        crew.run(_receive, padded.reshape(*padded.shape[:2], 5), search, reach, result)
    return result


@kernel(fastmath={"contract", "nsz"})
def _receive(
    thread: int, threads: int, samples: np.ndarray, search: np.ndarray, reach: int, result: np.ndarray
) -> None:
    """What each pixel receives: from nearer samples, then through what these leave open from its own depth.

    Samples farther than the pixel's own surface are hidden behind it as far as that surface covers.
    """
    height, width = search.shape
    zero, half, one, pi = np.float32(0), np.float32(0.5), np.float32(1), np.float32(np.pi)
    for y in range(thread, height, threads):
        for x in range(width):
            own, own_coverage = samples[y + reach, x + reach, 4], samples[y + reach, x + reach, 3]
            near = int(np.ceil(search[y, x] + half))
            near_red = near_green = near_blue = near_cover = zero
            red = green = blue = cover = zero
            for dy in range(-near, near + 1):
                for dx in range(-near, near + 1):
                    sample = samples[y + reach + dy, x + reach + dx]
                    coverage = sample[3]
                    if coverage <= 0:
                        continue
                    radius = max(abs(sample[4]), half)
                    edge = radius + half - np.float32(np.sqrt(np.float32(dx * dx + dy * dy)))
                    if edge <= 0:
                        continue
                    weight = coverage * min(edge, one) / max(pi * radius * radius, one)
                    step = sample[4] - own
                    # Over one pixel of blur a sample turns from one surface with the pixel's own to another.
                    nearer = min(max(step - one, zero), one) * own_coverage
                    weight *= one - min(max(-step - one, zero), one) * own_coverage
                    near_weight = weight * nearer
                    near_red += near_weight * sample[0]
                    near_green += near_weight * sample[1]
                    near_blue += near_weight * sample[2]
                    near_cover += near_weight
                    weight -= near_weight
                    red += weight * sample[0]
                    green += weight * sample[1]
                    blue += weight * sample[2]
                    cover += weight
            if near_cover > one:
                near_red, near_green, near_blue = (
                    near_red / near_cover,
                    near_green / near_cover,
                    near_blue / near_cover,
                )
                near_cover = one
            # Surfaces that reach a pixel from the same depth complement each other up to full coverage.
            share = (one - near_cover) / max(cover, one)
            result[y, x, 0] = near_red + share * red
            result[y, x, 1] = near_green + share * green
            result[y, x, 2] = near_blue + share * blue
            result[y, x, 3] = near_cover + share * cover
