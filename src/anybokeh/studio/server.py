"""Starting the studio."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.storage.hub import is_offline, stay_offline
from anybokeh.studio.access import Access, new_token
from anybokeh.studio.studio_settings import LOCAL, StudioSettings

_MISSING = "the studio needs starlette, sse-starlette, uvicorn and filelock: pip install 'anybokeh[studio]'"


def run_studio(settings: StudioSettings, say: Callable[[str], None] = print) -> None:
    """Serve the page until an interrupt. say: receives the address, and remarks.

    Raises:
        InputError: what is needed is not installed, a clip cannot be opened, or the port is taken.
    """
    try:
        import uvicorn

        from anybokeh.studio.app import make_app
        from anybokeh.studio.library import Library
    except ImportError as error:
        if error.name not in ("starlette", "sse_starlette", "uvicorn", "anyio", "filelock"):
            raise
        raise InputError(_MISSING) from None
    may_fetch = not is_offline()
    # nothing leaves the machine unless somebody presses a button
    stay_offline("the studio fetches no models by itself")
    listening = listen(settings)
    try:
        library = Library(settings, may_fetch)
        try:
            _open(library, settings)
        except InputError:
            library.close()
            raise
        token = None if settings.is_local else new_token()
        app = make_app(library, Access(_hosts(settings), token))
        _warm_up()
        say(f"studio: {address(settings, listening.getsockname()[1], token)}")
        if token is not None:
            say("note: whoever has this address can read the chosen folders and start renders")
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()


def address(settings: StudioSettings, port: int, token: str | None) -> str:
    """What to type into the browser."""
    host = socket.gethostname() if settings.host in ("0.0.0.0", "::") else settings.host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


def _open(library, settings: StudioSettings) -> None:
    disparity = settings.disparity
    if Path(disparity).exists():
        disparity = str(Path(disparity).resolve())
    for clip in settings.clips:
        library.open(clip, disparity)


def _hosts(settings: StudioSettings) -> tuple[str, ...]:
    """Names in the Host header that mean the studio; any, where the token is what counts."""
    return (LOCAL, "localhost", "[::1]", settings.host) if settings.is_local else ("*",)


def listen(settings: StudioSettings) -> socket.socket:
    """The socket that the studio is served on; raises InputError where it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends at once only where the protocol is named; else answers wait 40 ms for an acknowledgement
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise InputError(
            f"{settings.host}:{settings.port}: cannot listen there ({error.strerror}); give another --port"
        ) from None
    return listening


def _warm_up() -> None:
    """Load compiled code while the browser opens."""

    def work() -> None:
        from anybokeh.studio.preview import warm_up

        warm_up()

    threading.Thread(target=work, name="warm up", daemon=True).start()
