"""What goes on in the studio, told to a page as it changes: a stream of server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from anybokeh.errors import InputError
from anybokeh.studio.background_task import sentence_of
from anybokeh.studio.fault_log import log_fault

_LOOK = 0.3
_PING = 5.0
"""Seconds, so that a page notices when nothing comes any more."""


def stream(status: Callable[[], dict[str, Any]]) -> EventSourceResponse:
    """Events `status` with JSON, at once and whenever it is another; `ping` in between.

    Where the status cannot be told any more an event `gone` says why, and the stream ends.
    """
    return EventSourceResponse(
        _changes(status), ping=_PING, ping_message_factory=lambda: ServerSentEvent("still here", event="ping")
    )


async def _changes(status: Callable[[], dict[str, Any]]) -> AsyncIterator[ServerSentEvent]:
    last = None
    while True:
        try:
            told = json.dumps(await run_in_threadpool(status))
        except Exception as error:
            # a stream that only broke would be opened again and again
            if not isinstance(error, InputError):
                log_fault("telling what goes on", error)
            yield ServerSentEvent(sentence_of(error), event="gone")
            return
        if told != last:
            yield ServerSentEvent(told, event="status")
            last = told
        await anyio.sleep(_LOOK)
