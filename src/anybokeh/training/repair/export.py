"""Writing the folder of a repair network that `anybokeh.repair.weights` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from anybokeh.repair.config import RepairConfig
from anybokeh.repair.weights import CONFIG, TENSORS
from anybokeh.training.checkpoint import save_tensors


def write_weights(folder: Path, tensors: Mapping[str, Any], config: RepairConfig) -> None:
    """Write torch tensors by name and their network's configuration; the folder is made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    save_tensors(folder / TENSORS, tensors)
    (folder / CONFIG).write_text(json.dumps(asdict(config), indent=1) + "\n")
