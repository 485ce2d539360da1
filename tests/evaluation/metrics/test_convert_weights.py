"""Published weights become files that the metrics read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from anybokeh.evaluation.metrics import lpips
from anybokeh.evaluation.metrics.unavailable import Unavailable
from anybokeh.evaluation.metrics.video_features import i3d_extractors

from .test_networks import alexnet, tiny_i3d

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")
TOOL = Path(__file__).parents[3] / "tools" / "convert_metric_weights.py"


def convert(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, TOOL, *map(str, arguments)], capture_output=True, text=True)


def test_alexnet_and_weightings_become_one_file(tmp_path: Path) -> None:
    weights = alexnet()
    published = {
        k.replace(".weight", ".model.1.weight"): v for k, v in weights.items() if k.startswith("lin")
    }
    backbone = {k: v for k, v in weights.items() if k.startswith("features")}
    torch.save({**backbone, "classifier.1.weight": torch.zeros(2, 2)}, tmp_path / "alexnet.pth")
    torch.save(published, tmp_path / "alex.pth")
    done = convert("lpips", tmp_path / "alexnet.pth", tmp_path / "alex.pth", "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    found = safetensors.load_file(tmp_path / lpips.FILE)
    assert set(found) == set(weights)
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_i3d_is_read_by_the_metric(tmp_path: Path) -> None:
    torch.save({**tiny_i3d(), "x.bn.num_batches_tracked": torch.tensor(3)}, tmp_path / "i3d.pt")
    done = convert("i3d", tmp_path / "i3d.pt", "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    extractors = i3d_extractors(tmp_path, size=32)
    assert not isinstance(extractors, Unavailable)
    assert extractors[0](np.zeros((4, 3, 20, 20), np.float32)).shape == (1, 5)
