"""What runs shaders, or notes that they would run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np


class ShaderWork(Protocol):
    """Shaders that run one after the other, each on what those before it wrote."""

    def run(self, name: str, groups: tuple[int, int, int], buffers: Mapping[str, Any]) -> None:
        """Run a shader in workgroups across, down and deep; buffers by the names of its bindings."""
        ...

    def clear(self, buffer: Any, size: int) -> None:
        """Set the first `size` bytes of a buffer, a multiple of four, to 0."""
        ...

    def submit(self) -> None:
        """Let the device begin."""
        ...


class ShaderDevice(Protocol):
    """Buffers by their names, and work on them."""

    @property
    def buffer_sizes(self) -> tuple[int, int]:
        """Bytes of a buffer to keep to, and those of the largest there may be."""
        ...

    def room(self, name: str, size: int) -> Any:
        """The storage buffer of that name, with at least `size` bytes; what it holds is undefined."""
        ...

    def own(self, name: str, values: np.ndarray) -> Any:
        """A storage buffer with these values for whoever asks, which no other writes to."""
        ...

    def uniform(self, values: bytes) -> Any:
        """A uniform buffer with these bytes."""
        ...

    def work(self) -> ShaderWork:
        """A list of shaders to run."""
        ...

    def read(self, buffer: Any, kind: type, count: int) -> np.ndarray:
        """The first `count` numbers of a buffer, after all that was submitted is done."""
        ...
