"""The shaders as they lie in `shaders/`, and what they say of their bindings and uniforms.

They keep to core WebGPU and its default limits: 8 storage buffers a stage, 256 invocations and 16 KiB of
memory a workgroup, no atomic floats. They bind three uniforms at most: Mesa's software driver goes down with
more.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_NEEDS = re.compile(r"^// needs: (.+)$", re.MULTILINE)
_BINDING = re.compile(r"@group\(0\) @binding\((\d+)\) var<([a-z_, ]+)> (\w+): ([\w<>, ]+);")
_STRUCT = re.compile(r"struct (\w+) \{(.*?)\};", re.DOTALL)
_FIELD = re.compile(r"(\w+): (\w+),")
_FORMATS = {"u32": "I", "i32": "i", "f32": "f"}


class Binding(NamedTuple):
    """A buffer that a shader reads or writes.

    Attributes:
        number: within group 0.
        kind: `uniform`, `read-only-storage` or `storage`.
        type: as it is written in the shader.
    """

    number: int
    kind: str
    type: str


class Shader(NamedTuple):
    """One shader with all that it needs.

    Attributes:
        source: WGSL; its entry point is `main`.
        bindings: by name.
    """

    source: str
    bindings: dict[str, Binding]


@cache
def shader(name: str) -> Shader:
    """The shader in `shaders/NAME.wgsl`, after the files that its first line names."""
    own = _text(f"{name}.wgsl")
    needed = _NEEDS.search(own)
    source = "\n".join([*map(_text, needed[1].split() if needed else ()), own])
    bindings = {
        found[2]: Binding(int(found[0]), _kind(found[1]), found[3]) for found in _BINDING.findall(source)
    }
    return Shader(source, bindings)


def shader_names() -> list[str]:
    """All shaders, in order of their names; other files there are parts of some."""
    folder = files("anybokeh.render.webgpu") / "shaders"
    names = (one.name.removesuffix(".wgsl") for one in folder.iterdir() if one.name.endswith(".wgsl"))
    return sorted(name for name in names if "@compute" in _text(f"{name}.wgsl"))


def uniform(name: str, binding: str, values: Mapping[str, float]) -> bytes:
    """The bytes of a uniform of a shader, whose struct has exactly the fields of `values`."""
    fields = _fields(name, binding)
    if {field for field, _ in fields} != set(values):
        raise ValueError(f"{binding} has fields {[field for field, _ in fields]}, not {list(values)}")
    return b"".join(struct.pack(_FORMATS[kind], values[field]) for field, kind in fields)


@cache
def _fields(name: str, binding: str) -> list[tuple[str, str]]:
    """Name and type of the numbers of a uniform, in order."""
    found = shader(name)
    structs = {title: _FIELD.findall(body) for title, body in _STRUCT.findall(found.source)}
    return list(_flat(found.bindings[binding].type, structs))


def _flat(type: str, structs: Mapping[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    """Name and type of the numbers of a struct, in order, those of structs within it among them."""
    for field, kind in structs[type]:
        if kind in structs:
            yield from _flat(kind, structs)
        else:
            yield field, kind


@cache
def _text(file: str) -> str:
    return (files("anybokeh.render.webgpu") / "shaders" / file).read_text(encoding="utf-8")


def _kind(access: str) -> str:
    return {"uniform": "uniform", "storage, read": "read-only-storage"}.get(access, "storage")
