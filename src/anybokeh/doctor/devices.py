"""Devices that can compute, asked for in other processes: drivers may hang or take their process along."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anybokeh

_PATIENCE = 90
"""Seconds; a first import of PyTorch from a slow disk takes half a minute."""


def devices() -> dict[str, Any]:
    """What `--device auto` means, adapters of WebGPU, devices of PyTorch, and providers of ONNX Runtime."""
    result = {}
    for name in PARTS:
        result |= {name: _elsewhere(name)}
    return result


def _elsewhere(part: str) -> Any:
    """What a part says, in another process."""
    # the same sources, whatever folder this is
    code = f"import sys; sys.path.insert(0, sys.argv.pop()); from {__name__} import main; main({part!r})"
    sources = str(Path(anybokeh.__file__).parents[1])
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, sources], capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        return f"no answer after {_PATIENCE} s"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return f"failed: {last or f'status {done.returncode}'}"
    return json.loads(done.stdout.splitlines()[-1])


def main(part: str) -> None:
    """Print what a part says, as JSON."""
    print(json.dumps(PARTS[part]()))


def _automatic() -> str:
    from anybokeh.runtime.device import choose_device

    if find_spec("wgpu") is not None:
        from anybokeh.render.webgpu.adapters import adapters, is_card

        if any(map(is_card, adapters())):
            return "webgpu"
    return choose_device("auto")


def _of_torch() -> list[str] | str:
    if find_spec("torch") is None:
        return "PyTorch is not installed"
    import torch

    cards = [
        f"cuda:{index} {torch.cuda.get_device_name(index)}, "
        f"{torch.cuda.get_device_properties(index).total_memory / 1e9:.0f} GB"
        for index in range(torch.cuda.device_count())
    ]
    return ["cpu", *cards, *(["mps"] if torch.backends.mps.is_available() else [])]


def _of_wgpu() -> list[str] | str:
    if find_spec("wgpu") is None:
        return "wgpu is not installed"
    from anybokeh.render.webgpu.adapters import adapter_text, adapters

    return [adapter_text(one) for one in adapters()]


def _of_onnx() -> list[str]:
    import onnxruntime

    return list(onnxruntime.get_available_providers())


PARTS = {"automatic": _automatic, "WebGPU": _of_wgpu, "PyTorch": _of_torch, "ONNX Runtime": _of_onnx}
"""What is asked, each in a process of its own."""
