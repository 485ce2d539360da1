"""The folder of a repair network: config.json, model.safetensors, and README.md about both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.repair.config import RepairConfig
from anybokeh.repair.repair_settings import BUNDLED

CONFIG, TENSORS = "config.json", "model.safetensors"
_LARGEST_HEADER = 1 << 20


def read_config(folder: Path = BUNDLED) -> RepairConfig:
    """Shape of the network, and what it is good for.

    Raises:
        InputError: the file is missing or not what it should be.
    """
    path = folder / CONFIG
    try:
        return RepairConfig.of(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read ({error!r}); give a folder with a repair network") from None


def read_weights(folder: Path = BUNDLED) -> tuple[RepairConfig, dict[str, np.ndarray]]:
    """Configuration and tensors by name, float32.

    Raises:
        InputError: a file is missing or not what it should be.
    """
    return read_config(folder), read_safetensors(folder / TENSORS)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """All float32 tensors of a safetensors file, without any library.

    The format: length of the header as 8 bytes, the header as JSON, then the values.

    Raises:
        InputError: it is missing, cut short or holds other types.
    """
    try:
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        if length > _LARGEST_HEADER:
            raise ValueError(f"header of {length} bytes")
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        return {name: _tensor(data, 8 + length, about) for name, about in header.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is no whole safetensors file ({error}); install anybokeh again") from None


def _tensor(data: bytes, start: int, about: dict[str, Any]) -> np.ndarray:
    if about["dtype"] != "F32":
        raise ValueError(f"values are {about['dtype']}")
    first, end = about["data_offsets"]
    values = np.frombuffer(data[start + first : start + end], "<f4")
    return values.reshape(about["shape"]).astype(np.float32)
