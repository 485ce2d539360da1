"""Uploads that can be continued, by the tus protocol 1.0.0 with creation and termination: https://tus.io."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from anybokeh.errors import InputError
from anybokeh.studio.background_task import sentence_of
from anybokeh.studio.uploads import Busy, Stalled, TooLarge, Unknown, Upload, Uploads

_VERSION = "1.0.0"
_PIECE = "application/offset+octet-stream"


class Tus:
    """The protocol over `Uploads`.

    opened: told the path of a whole upload, gives the clip's name by content, which the answer to the last
    piece has as `X-Clip`. Where that was not finished, asking how far the upload is finishes it.
    """

    def __init__(self, uploads: Uploads, opened: Callable[[Path], str]) -> None:
        self._uploads = uploads
        self._opened = opened

    def routes(self) -> list[Route]:
        """Where it is found."""
        one = Route("/api/uploads/{id}", self._answer, methods=["HEAD", "PATCH", "DELETE"])
        return [Route("/api/uploads", self._answer, methods=["OPTIONS", "POST"]), one]

    async def _answer(self, request: Request) -> Response:
        answer = await self._checked(request)
        answer.headers["tus-resumable"] = _VERSION
        return answer

    async def _checked(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            facts = {"tus-extension": "creation,termination", "tus-max-size": str(self._uploads.limit)}
            return Response(None, 204, {"tus-version": _VERSION, **facts})
        if request.headers.get("tus-resumable") != _VERSION:
            return Response(None, 412, {"tus-version": _VERSION})
        steps = {"POST": self._begin, "HEAD": self._tell, "PATCH": self._write, "DELETE": self._remove}
        try:
            return await steps[request.method](request)
        except Unknown:
            return Response(None, 404)
        except Busy:
            return Response(None, 423 if request.method == "HEAD" else 409)
        except Stalled:
            # clients try again after this one, not after 408; the connection may be dead
            return Response(None, 503, {"connection": "close"})
        except InputError as error:
            # browsers listen to an answer only when they have sent everything
            with contextlib.suppress(RuntimeError):
                await _drain(request.stream(), self._uploads.limit)
            return JSONResponse({"error": sentence_of(error)}, 413 if isinstance(error, TooLarge) else 422)

    async def _begin(self, request: Request) -> Response:
        length = _whole(request, "upload-length")
        if length is None:
            return Response("Upload-Length is missing; expected the number of bytes", 400)
        metadata = request.headers.get("upload-metadata", "")
        upload = await run_in_threadpool(self._uploads.begin, _name(metadata), length, metadata)
        return Response(None, 201, {"location": f"/api/uploads/{upload.id}"})

    async def _tell(self, request: Request) -> Response:
        id = request.path_params["id"]
        with self._uploads.held(id):
            upload, offset = self._uploads.find(id)
            headers = {"upload-offset": str(offset), "upload-length": str(upload.length)}
            if upload.metadata:
                headers["upload-metadata"] = upload.metadata
            return Response(None, 200, headers | await self._finished(upload, offset))

    async def _write(self, request: Request) -> Response:
        id, offset = request.path_params["id"], _whole(request, "upload-offset")
        if request.headers.get("content-type") != _PIECE:
            return Response(f"expected {_PIECE}", 415)
        if offset is None:
            return Response("Upload-Offset is missing; expected the number of bytes that are there", 400)
        with self._uploads.held(id):
            upload, count = await self._uploads.write(id, offset, request.stream())
            return Response(None, 204, {"upload-offset": str(count)} | await self._finished(upload, count))

    async def _finished(self, upload: Upload, count: int) -> dict[str, str]:
        """What the answer says of the clip, once all bytes are there."""
        if count < upload.length:
            return {}
        path = await run_in_threadpool(self._uploads.finish, upload)
        return {"x-clip": await run_in_threadpool(self._opened, path)}

    async def _remove(self, request: Request) -> Response:
        await run_in_threadpool(self._uploads.remove, request.path_params["id"])
        return Response(None, 204)


def _whole(request: Request, name: str) -> int | None:
    text = request.headers.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _name(metadata: str) -> str:
    """The file's, of `Upload-Metadata`: pairs of a key and base64, with commas between."""
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            with contextlib.suppress(ValueError):
                return base64.b64decode(value, validate=True).decode()
    return ""


async def _drain(chunks: AsyncIterator[bytes], most: int) -> None:
    async for chunk in chunks:
        most -= len(chunk)
        if most < 0:
            return
