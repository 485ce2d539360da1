"""Where the weights of networks that measure are kept."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from anybokeh.evaluation.metrics.unavailable import Unavailable


def default_folder() -> Path:
    """`anybokeh/metrics` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "anybokeh" / "metrics"


def find_weights(folder: Path, name: str) -> Path | Unavailable:
    """The weight file `name` of the folder, if what is needed to use it is there."""
    for package in ("torch", "safetensors"):
        if find_spec(package) is None:
            return Unavailable(f"needs {package}: install the extra torch")
    if not (folder / name).is_file():
        return Unavailable(f"weights not available: tools/convert_metric_weights.py makes {name}")
    return folder / name
