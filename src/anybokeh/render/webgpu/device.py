"""A graphics device: its buffers, and shaders that run one after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from anybokeh.render.webgpu.shaders import shader

_BUFFER_LIMITS = ("max-storage-buffer-binding-size", "max-buffer-size")
_KEPT = 1024
"""Uniforms that are kept, and bindings."""
_EASY_BUFFER = 256 << 20
"""Bytes of one buffer that a card has to spare; more is asked for only where less does not do."""


class DeviceError(Exception):
    """A device that failed without saying so."""


class Device:
    """One device of an adapter, with all limits as high as the adapter has them.

    Args:
        adapter: of wgpu.

    Attributes:
        name: of the adapter.
        lock: held by whoever uses the device: its buffers are shared by all that render on it.
        largest_buffer: most bytes of one buffer.
    """

    def __init__(self, adapter: Any) -> None:
        self._device = adapter.request_device_sync()
        self.name = str(adapter.info["device"])
        self.lock = threading.Lock()
        self.largest_buffer = min(self._device.limits[name] for name in _BUFFER_LIMITS)
        self._pipelines: dict[str, Any] = {}
        self._buffers: dict[str, Any] = {}
        self._uniforms: dict[bytes, Any] = {}
        self._settings: dict[str, Any] = {}
        self._groups: dict[tuple[Any, ...], tuple[Any, list[Any]]] = {}

    @property
    def buffer_sizes(self) -> tuple[int, int]:
        """Bytes of a buffer to keep to, and those of the largest there may be."""
        return min(self.largest_buffer, _EASY_BUFFER), self.largest_buffer

    def room(self, name: str, size: int) -> Any:
        """The storage buffer of that name, with at least `size` bytes; what it holds is undefined."""
        import wgpu

        size = max(16, -(-size // 16) * 16)
        self._check_size(name, size)
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

    def own(self, name: str, values: np.ndarray) -> Any:
        """A storage buffer with these values for whoever asks, which no other writes to."""
        import wgpu

        self._check_size(name, values.nbytes)
        data = np.ascontiguousarray(values)
        return self._device.create_buffer_with_data(label=name, data=data, usage=wgpu.BufferUsage.STORAGE)

    def uniform(self, values: bytes) -> Any:
        """A uniform buffer with these bytes, kept for the next frames."""
        import wgpu

        if values not in self._uniforms:
            if len(self._uniforms) >= _KEPT:
                self._uniforms.clear()
            self._uniforms[values] = self._device.create_buffer_with_data(
                data=_padded(values), usage=wgpu.BufferUsage.UNIFORM
            )
        return self._uniforms[values]

    def changing_uniform(self, name: str, values: bytes) -> Any:
        """The uniform buffer of that name and size, with these bytes from the next submitted work on."""
        import wgpu

        padded = _padded(values)
        if name not in self._settings:
            usage = wgpu.BufferUsage.UNIFORM | wgpu.BufferUsage.COPY_DST
            self._settings[name] = self._device.create_buffer(label=name, size=len(padded), usage=usage)
        self._device.queue.write_buffer(self._settings[name], 0, padded)
        return self._settings[name]

    def work(self) -> Work:
        """A list of shaders to run."""
        return Work(self)

    def read(self, buffer: Any, kind: type, count: int) -> np.ndarray:
        """The first `count` numbers of a buffer, after all that was submitted is done; raises DeviceError."""
        size = count * np.dtype(kind).itemsize
        with _failing():
            return np.frombuffer(self._device.queue.read_buffer(buffer, 0, size), kind)

    def pipeline(self, name: str) -> Any:
        """The compiled shader of that name; raises DeviceError."""
        if name not in self._pipelines:
            with _failing():
                self._pipelines[name] = self._compiled(name)
        return self._pipelines[name]

    def _compiled(self, name: str) -> Any:
        source, bindings = shader(name)
        entries = [
            {"binding": number, "visibility": 4, "buffer": {"type": kind}}
            for number, kind, _ in bindings.values()
        ]
        layout = self._device.create_pipeline_layout(
            bind_group_layouts=[self._device.create_bind_group_layout(entries=entries)]
        )
        module = self._device.create_shader_module(label=name, code=source)
        return self._device.create_compute_pipeline(
            layout=layout, compute={"module": module, "entry_point": "main"}
        )

    def group(self, name: str, buffers: Mapping[str, Any]) -> Any:
        """The bindings of a shader."""
        bindings = shader(name).bindings
        bound = [buffers[binding] for binding in bindings]
        key = (name, *map(id, bound))
        if key not in self._groups:
            if len(self._groups) >= _KEPT:
                self._groups.clear()
            entries = [
                {
                    "binding": number,
                    "resource": {"buffer": buffers[binding], "offset": 0, "size": buffers[binding].size},
                }
                for binding, (number, _, _) in bindings.items()
            ]
            layout = self.pipeline(name).get_bind_group_layout(0)
            # the buffers are kept as well: ids of those that are gone would be given to others
            self._groups[key] = self._device.create_bind_group(layout=layout, entries=entries), bound
        return self._groups[key][0]

    def _check_size(self, name: str, size: int) -> None:
        if size > self.largest_buffer:
            raise MemoryError(
                f"{name} takes {size} bytes: the device has room for {self.largest_buffer} at once"
            )

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


def _padded(values: bytes) -> bytes:
    """With zeros up to a multiple of 16 bytes."""
    return values.ljust(-(-len(values) // 16) * 16, b"\0")


@contextmanager
def _failing() -> Iterator[None]:
    """Whatever wgpu raises for a lost device or a shader that does not compile is a `DeviceError`."""
    try:
        yield
    except Exception as error:
        raise DeviceError(str(error) or type(error).__name__) from error
