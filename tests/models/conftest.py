"""Models need PyTorch; small ones run fastest on one thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


def pytest_pycollect_makemodule() -> None:
    """Modules here are not imported where they could not be."""
    pytest.importorskip("torch", reason="models need PyTorch")
    pytest.importorskip("diffusers", reason="models need diffusers")


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
