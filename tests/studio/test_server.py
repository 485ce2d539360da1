"""How the studio listens."""

from __future__ import annotations

import asyncio
import socket

from anybokeh.studio.server import listen
from anybokeh.studio.studio_settings import StudioSettings
from studio.coroutines import completed


def test_answers_are_sent_without_waiting_for_an_acknowledgement() -> None:
    """An answer comes as headers and body: held back, the body is 40 ms late."""

    async def at_once() -> bool:
        told = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told.set_result(
                writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            )
            writer.close()

        async with await asyncio.start_server(answer, sock=listen(StudioSettings(port=0))) as server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.close()
            return bool(await told)

    assert completed(at_once())
