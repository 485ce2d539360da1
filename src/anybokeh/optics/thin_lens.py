"""From aperture to blur and back, by the thin lens.

A thin lens of focal length f, focused at S, images a point at Z where 1/Z + 1/image = 1/f (Gauss). On the
sensor the point is a disc of the diameter

    c = (f / N) · (f / (S − f)) · |Z − S| / Z = (f² / N) · |1/Z − 1/S| / (1 − f/S)

where N is the f-number. That is linear in the difference of 1/distance, as K is in that of disparity.
"""  # noqa: RUF002

from __future__ import annotations

from typing import TypeVar

import numpy as np

from anybokeh.optics.coc import REFERENCE_WIDTH

Numbers = TypeVar("Numbers", float, np.ndarray)


def blur_at_f1(
    focal_length: float, sensor_width: float, nearness: Numbers, span: float, aspect: float = 1.0
) -> Numbers:
    """K of a lens at f/1; at f/N it is that over N, and a blur of K is f/N with N this over K.

    Args:
        focal_length: millimetres.
        sensor_width: millimetres that the longer side of the picture covers.
        nearness: 1 / metres from the lens to the focal plane, any shape, less than 1000 / focal_length.
        span: 1 / metres that a disparity difference of 1 stands for.
        aspect: displayed width of the picture over its height. K counts in widths, so that it is larger in an
            upright picture, whose width covers less of the sensor.

    Returns:
        K of the shape of `nearness`.
    """
    metres = focal_length / 1000
    diameter = focal_length * metres * span / (1 - metres * nearness)
    return diameter / sensor_width * max(1.0, 1 / aspect) / 2 * REFERENCE_WIDTH
