"""Two processes train as one does that sees the batches of both."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from anybokeh.training.checkpoint import part_of, read_tensors  # noqa: E402
from anybokeh.training.loop import LOG, STATE  # noqa: E402

from .two_processes import run  # noqa: E402


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def run_two(folder: Path, steps: int, how: str) -> None:
    script = Path(__file__).with_name("two_processes.py")
    shared = {
        **os.environ,
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
    }
    started = [
        subprocess.Popen(
            [sys.executable, str(script), str(folder), str(steps), how],
            env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


@pytest.mark.slow
@pytest.mark.parametrize("how", ["copied", "sharded"])
def test_two_processes_are_one_with_two_batches(tmp_path: Path, how: str) -> None:
    run_two(tmp_path / "two", 12, how)
    alone = run(tmp_path / "one", 2)
    tensors, about = read_tensors(tmp_path / "two" / STATE)
    assert about["step"] == 12
    average = part_of(tensors, "average")
    assert average.keys() == alone.keys()
    for name, tensor in average.items():
        torch.testing.assert_close(tensor, alone[name], rtol=1e-5, atol=1e-6)
    logs = [(tmp_path / folder / LOG).read_text().splitlines() for folder in ("one", "two")]
    assert len(logs[0]) == len(logs[1]) == 4
    for one, two in zip(*logs, strict=True):
        assert json.loads(one)["square"] == pytest.approx(json.loads(two)["square"], rel=1e-4)


@pytest.mark.slow
def test_one_process_goes_on_where_two_that_shared_stopped(tmp_path: Path) -> None:
    """Checkpoints of split weights are whole; and two go on from what one has left."""
    run_two(tmp_path / "mixed", 5, "sharded")
    run(tmp_path / "mixed", 2, 10)
    run_two(tmp_path / "mixed", 12, "sharded")
    alone = run(tmp_path / "one", 2)
    tensors, _ = read_tensors(tmp_path / "mixed" / STATE)
    for name, tensor in part_of(tensors, "average").items():
        torch.testing.assert_close(tensor, alone[name], rtol=1e-5, atol=1e-6)
