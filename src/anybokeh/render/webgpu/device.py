"""A graphics device: its buffers, and shaders that run one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anybokeh.render.webgpu.shaders import shader

_RAISED = ("max-storage-buffer-binding-size", "max-buffer-size")
"""Limits that are asked for as high as the adapter has them; all others stay at their defaults."""
_UNIFORMS = 1024
"""Different uniforms that are kept."""


class DeviceError(Exception):
    """A device that failed without saying so."""


class Device:
    """One device of an adapter, used by one thread at a time.

    Args:
        adapter: of wgpu.
        binding_limit: bytes that a buffer may have, less than the adapter's own limit, or None.
    """

    def __init__(self, adapter: Any, binding_limit: int | None = None) -> None:
        limits = {name: adapter.limits[name] for name in _RAISED}
        self._device = adapter.request_device_sync(required_limits=limits)
        largest = min(self._device.limits[name] for name in _RAISED)
        self.largest_buffer = min(largest, binding_limit or largest)
        """Most bytes of one buffer."""
        self._pipelines: dict[str, Any] = {}
        self._buffers: dict[str, Any] = {}
        self._uniforms: dict[bytes, Any] = {}
        self._groups: dict[tuple[Any, ...], Any] = {}

    def room(self, name: str, size: int) -> Any:
        """The storage buffer of that name, with at least `size` bytes; what it holds is undefined."""
        import wgpu

        size = max(16, -(-size // 16) * 16)
        if size > self.largest_buffer:
            raise MemoryError(
                f"{name} takes {size} bytes: the device has room for {self.largest_buffer} at once"
            )
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            # what is smaller is freed when the work that uses it is done
            self._groups.clear()
            usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
            buffer = self._buffers[name] = self._device.create_buffer(label=name, size=size, usage=usage)
        return buffer

    def upload(self, name: str, values: np.ndarray) -> Any:
        """The storage buffer of that name with these values in front."""
        values = np.ascontiguousarray(values)
        buffer = self.room(name, values.nbytes)
        if values.nbytes:
            self._device.queue.write_buffer(buffer, 0, values)
        return buffer

    def uniform(self, values: bytes) -> Any:
        """A uniform buffer with these bytes."""
        import wgpu

        if values not in self._uniforms:
            if len(self._uniforms) >= _UNIFORMS:
                self._uniforms.clear()
                self._groups.clear()
            padded = values.ljust(-(-len(values) // 16) * 16, b"\0")
            self._uniforms[values] = self._device.create_buffer_with_data(
                data=padded, usage=wgpu.BufferUsage.UNIFORM
            )
        return self._uniforms[values]

    def work(self) -> Work:
        """A list of shaders to run."""
        return Work(self)

    def read(self, buffer: Any, kind: type, count: int) -> np.ndarray:
        """The first `count` numbers of a buffer, after all that was submitted is done."""
        size = count * np.dtype(kind).itemsize
        return np.frombuffer(self._device.queue.read_buffer(buffer, 0, size), kind)

    def pipeline(self, name: str) -> Any:
        """The compiled shader of that name."""
        if name not in self._pipelines:
            source, bindings = shader(name)
            entries = [
                {"binding": number, "visibility": 4, "buffer": {"type": kind}}
                for number, kind, _ in bindings.values()
            ]
            layout = self._device.create_pipeline_layout(
                bind_group_layouts=[self._device.create_bind_group_layout(entries=entries)]
            )
            module = self._device.create_shader_module(label=name, code=source)
            self._pipelines[name] = self._device.create_compute_pipeline(
                layout=layout, compute={"module": module, "entry_point": "main"}
            )
        return self._pipelines[name]

    def group(self, name: str, buffers: Mapping[str, Any]) -> Any:
        """The bindings of a shader."""
        bindings = shader(name).bindings
        key = (name, *(id(buffers[binding]) for binding in bindings))
        if key not in self._groups:
            entries = [
                {
                    "binding": number,
                    "resource": {"buffer": buffers[binding], "offset": 0, "size": buffers[binding].size},
                }
                for binding, (number, _, _) in bindings.items()
            ]
            layout = self.pipeline(name).get_bind_group_layout(0)
            self._groups[key] = self._device.create_bind_group(layout=layout, entries=entries)
        return self._groups[key]

    def close(self) -> None:
        """Give the device back."""
        self._device.destroy()


class Work:
    """Shaders that run one after the other, each on what those before it wrote."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._encoder = device._device.create_command_encoder()
        self._pass = self._encoder.begin_compute_pass()

    def run(self, name: str, groups: tuple[int, int, int], buffers: Mapping[str, Any]) -> None:
        """Run a shader in workgroups across, down and deep; buffers by the names of its bindings."""
        self._pass.set_pipeline(self._device.pipeline(name))
        self._pass.set_bind_group(0, self._device.group(name, buffers))
        self._pass.dispatch_workgroups(*groups)

    def clear(self, buffer: Any, size: int) -> None:
        """Set the first `size` bytes of a buffer, a multiple of four, to 0."""
        self._pass.end()
        self._encoder.clear_buffer(buffer, 0, size)
        self._pass = self._encoder.begin_compute_pass()

    def submit(self) -> None:
        """Let the device begin."""
        self._pass.end()
        self._device._device.queue.submit([self._encoder.finish()])
