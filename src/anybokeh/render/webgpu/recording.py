"""A device that draws nothing: it notes what would run, so that another may run it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from anybokeh.render.webgpu.shaders import shader

_LARGEST_BUFFER = 128 << 20
"""Bytes of a buffer that a shader of any WebGPU device can bind."""


class Run(NamedTuple):
    """A shader that runs.

    Attributes:
        shader: its name.
        groups: workgroups across, down and deep.
        buffers: what is bound, in the order of its bindings: the name of a buffer, or the bytes of a uniform.
    """

    shader: str
    groups: tuple[int, int, int]
    buffers: tuple[str | bytes, ...]


class Clear(NamedTuple):
    """The first `size` bytes of a buffer that become 0."""

    buffer: str
    size: int


class Check(NamedTuple):
    """A word of a buffer that is 0 unless there was too little room; the plan is then made with more."""

    buffer: str
    word: int


Step = Run | Clear | Check


class Plan(NamedTuple):
    """What draws a picture.

    Attributes:
        sizes: bytes of the buffers that are written and read in it alone, by name.
        steps: in order.
    """

    sizes: dict[str, int]
    steps: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """As a page reads it.

        Returns:
            sizes: as here. names: of all buffers that are bound. uniforms: their bytes in hexadecimal. steps:
            lists that begin with the name of a shader, with its workgroups and what is bound, numbers among
            `names` and, beyond these, among `uniforms`; or with `clear` or `check`, a buffer and a number.
        """
        bound = [one for step in self.steps if isinstance(step, Run) for one in step.buffers]
        names = list(dict.fromkeys([one for one in bound if isinstance(one, str)]))
        uniforms = list(dict.fromkeys([one for one in bound if isinstance(one, bytes)]))
        numbers = {one: number for number, one in enumerate([*names, *uniforms])}
        steps = []
        for step in self.steps:
            if isinstance(step, Run):
                steps.append([step.shader, *step.groups, *(numbers[one] for one in step.buffers)])
            else:
                steps.append([type(step).__name__.lower(), numbers[step[0]], step[1]])
        return {
            "sizes": self.sizes,
            "names": names,
            "uniforms": [one.hex() for one in uniforms],
            "steps": steps,
        }


class RecordingDevice:
    """Takes the part of a `Device` that draws frames; its buffers are names, and its uniforms bytes.

    Attributes:
        constants: what buffers hold from the start, by name.
    """

    def __init__(self) -> None:
        self.constants: dict[str, np.ndarray] = {}
        self._sizes: dict[str, int] = {}
        self._steps: list[Step] = []

    @property
    def buffer_sizes(self) -> tuple[int, int]:
        """What any device can bind."""
        return _LARGEST_BUFFER, _LARGEST_BUFFER

    def room(self, name: str, size: int) -> str:
        """As `Device.room`; raises MemoryError."""
        size = max(16, -(-size // 16) * 16)
        if size > _LARGEST_BUFFER:
            raise MemoryError(f"{name} takes {size} bytes: a device need have no more than {_LARGEST_BUFFER}")
        self._sizes[name] = max(size, self._sizes.get(name, 0))
        return name

    def own(self, name: str, values: np.ndarray) -> str:
        """As `Device.own`: names that are taken get a number."""
        number = sum(one.rpartition(" ")[0] == name for one in self.constants)
        self.constants[f"{name} {number}"] = np.ascontiguousarray(values)
        return f"{name} {number}"

    def uniform(self, values: bytes) -> bytes:
        """As `Device.uniform`."""
        return values

    def work(self) -> RecordedWork:
        """As `Device.work`."""
        return RecordedWork(self._steps)

    def read(self, buffer: str, kind: type, count: int) -> np.ndarray:
        """A count, and no word that there was too little room for it, which is checked when the plan runs."""
        self._steps.append(Check(buffer, 1))
        return np.array([1] + [0] * (count - 1), kind)

    def take(self) -> Plan:
        """What was to run since the last plan."""
        steps, self._steps = self._steps, []
        return Plan(dict(self._sizes), tuple(steps))


class RecordedWork:
    """Work that is written down."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps

    def run(self, name: str, groups: tuple[int, int, int], buffers: Mapping[str, Any]) -> None:
        """As `Work.run`."""
        self._steps.append(Run(name, groups, tuple(buffers[binding] for binding in shader(name).bindings)))

    def clear(self, buffer: str, size: int) -> None:
        """As `Work.clear`."""
        self._steps.append(Clear(buffer, size))

    def submit(self) -> None:
        """Nothing has to begin."""
