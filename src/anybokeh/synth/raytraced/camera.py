"""Where the camera stands and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A camera in a right-handed world with y up; looking along -z it sees x to the right.

    Attributes:
        position, target: points in scene units.
        field_of_view: degrees across the width of the picture.
        up: which way is up in the picture.
    """

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    field_of_view: float = 40.0
    up: tuple[float, float, float] = (0.0, 1.0, 0.0)

    @property
    def forward(self) -> np.ndarray:
        """Unit vector of the optical axis, (3,)."""
        axis = np.subtract(self.target, self.position)
        return axis / np.linalg.norm(axis)
