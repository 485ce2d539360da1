"""A server on this machine that holds a few files, and may misbehave."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """What it answers.

    files: content by path. breaks_after: bytes after which it hangs up, one number a request. ranges: whether
    it knows them. password: what it asks for, as a header. moved: paths that lead to others. requests: what
    was asked, path and range.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    breaks_after: list[int] = field(default_factory=list)
    ranges: bool = True
    password: str | None = None
    moved: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    """A server as long as the block lasts."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.requests.append((self.path, wanted))
            if state.password and self.headers.get("Authorization") != state.password:
                return self._answer(401)
            if self.path in state.moved:
                return self._answer(302, Location=state.moved[self.path])
            if self.path not in state.files:
                return self._answer(404)
            data, status, headers = state.files[self.path], 200, {}
            if wanted and state.ranges:
                start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
                if start >= len(data):
                    return self._answer(416)
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                data, status = data[start:], 206
            headers["Content-Length"] = str(len(data))
            sent = data[: state.breaks_after.pop(0)] if state.breaks_after else data
            self._answer(status, sent, **headers)

        def _answer(self, status: int, data: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
