"""ONNX Runtime: where a network runs, and opening its file. The package is imported where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.runtime.threads import available_threads

CPU = "CPUExecutionProvider"
_FATAL = 4
_PROVIDERS = {
    "cpu": (),
    # what comes with a package of its own, so that somebody chose it; Core ML comes with every Mac's
    "auto": ("CUDAExecutionProvider", "DmlExecutionProvider", "OpenVINOExecutionProvider"),
    "cuda": ("CUDAExecutionProvider",),
    "mps": ("CoreMLExecutionProvider",),
}
"""What ONNX Runtime may compute with beside the processor, by device, best first."""


def session_over(model: str | bytes, providers: Sequence[str] = (CPU,)) -> Any:
    """A session of ONNX Runtime over a file of that name or its content; ImportError without the package."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = available_threads()
    options.log_severity_level = _FATAL
    # threads that wait for work leave the processor to others
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=list(providers))


def open_session(file: Path, device: str = "auto") -> tuple[Any, str]:
    """A session of ONNX Runtime over a network's file, and the provider that it got.

    The processor serves where this ONNX Runtime has no provider for the device, or it cannot be had.

    Args:
        file: an ONNX file.
        device: `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        InputError: ONNX Runtime is missing, or the file is not there or no whole ONNX file.
    """
    runtime = _onnxruntime()
    if not file.is_file():
        raise InputError(f"{file}: there is no such file; expected a network in ONNX format")
    there = runtime.get_available_providers()
    wanted = [name for name in _PROVIDERS[device] if name in there]
    try:
        session = session_over(str(file), (*wanted[:1], CPU))
    except Exception as error:  # its errors have no base of their own
        raise InputError(f"{file}: is no whole network in ONNX format ({short(error)})") from None
    return session, session.get_providers()[0]


def short(error: Exception) -> str:
    """An error of ONNX Runtime in a few words."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].split(" : ", 2)[-1][:120]


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(f"ONNX Runtime cannot be used ({error}); pip install onnxruntime") from None
    return onnxruntime
