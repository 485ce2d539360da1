"""A studio of its own for a test: the real command, in a process of its own."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIECE = {"Content-Type": "application/offset+octet-stream"}


def named(name: str) -> dict[str, str]:
    """The header that tells the name of a file."""
    return {"Upload-Metadata": "filename " + base64.b64encode(name.encode()).decode()}


@dataclass(frozen=True)
class Served:
    """A running studio. address: with a slash at the end. process: its."""

    address: str
    projects: Path
    process: subprocess.Popen

    def ask(
        self, path: str, values: Any = None, method: str | None = None, headers: dict | None = None
    ) -> Any:
        """What the server answers to JSON: the values, or (status, values) where it refuses."""
        data = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(
            self.address.split("?")[0] + path.lstrip("/"), data, headers or {}, method=method
        )
        try:
            with urllib.request.urlopen(request) as answer:
                body = answer.read()
                return json.loads(body) if answer.headers["content-type"] == "application/json" else body
        except urllib.error.HTTPError as error:
            body = error.read()
            try:
                return error.code, json.loads(body)
            except ValueError:
                return error.code, body.decode()

    def wait(self, path: str, ready, seconds: float = 60) -> Any:
        """Ask until the answer is as expected."""
        end = time.monotonic() + seconds
        while not ready(answer := self.ask(path)):
            assert time.monotonic() < end, answer
            time.sleep(0.1)
        return answer

    def upload(self, name: str, data: bytes) -> str:
        """Upload a clip in one piece, by the tus protocol; its key."""
        place = self.tus("POST", "/api/uploads", {"Upload-Length": str(len(data)), **named(name)})[1][
            "Location"
        ]
        status, headers = self.tus("PATCH", place, {"Upload-Offset": "0", **PIECE}, data)
        assert status == 204, (status, headers)
        return headers["X-Clip"]

    def tus(
        self, method: str, path: str, headers: dict[str, str], data: bytes | None = None
    ) -> tuple[int, Any]:
        """A request of the protocol: the status and the headers of its answer, or the error that it tells."""
        address = self.address.split("?")[0] + path.lstrip("/")
        request = urllib.request.Request(address, data, {"Tus-Resumable": "1.0.0", **headers}, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            body = error.read()
            return error.code, json.loads(body)["error"] if error.code in (413, 422) else error.headers

    def status(self, ready=lambda _: True, seconds: float = 60) -> Any:
        """Listen as a page does until what goes on is as expected."""
        end = time.monotonic() + seconds
        with urllib.request.urlopen(f"{self.address.split('?')[0]}api/events", timeout=seconds) as stream:
            for line in stream:
                told = json.loads(line[6:]) if line.startswith(b"data: {") else None
                if told is not None and ready(told):
                    return told
                assert time.monotonic() < end, told
        raise AssertionError("the stream ended")


@contextmanager
def serving(
    projects: Path,
    *arguments: object,
    largest_file: int | None = None,
    variables: dict[str, str] | None = None,
) -> Iterator[Served]:
    """`anybokeh studio` on a free port, until the block ends.

    largest_file: bytes after which files cannot grow, as on a full disk. variables: of the environment.
    """
    environment = os.environ | {"ANYBOKEH_CACHE": str(projects.parent / "cache")} | (variables or {})
    command = [sys.executable, "-m", "anybokeh.cli", "studio", "--port", "0", "--projects", str(projects)]
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=None if largest_file is None else lambda: _limit(largest_file),
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stderr.read()
        yield Served(found[0], projects, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _limit(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
