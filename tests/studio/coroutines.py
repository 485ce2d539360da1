"""Coroutines in tests of a process where a browser is driven, which keeps a loop running in its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def completed(work: Coroutine[Any, Any, Any]) -> Any:
    """What it returns or raises, run in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
