"""Fixtures for the whole suite."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

# No test fetches anything, whatever the machine could.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session", autouse=True)
def heed_interrupts() -> None:
    """Shells start background jobs with SIGINT ignored, which tests and what they start would inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout; tests that need it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data folder ../shared is not here")
    return folder
