"""The routes of the studio. Bad input is answered with one sentence, a conflict with the state."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from anybokeh import __version__
from anybokeh.clip import available_codecs
from anybokeh.errors import InputError
from anybokeh.focus import parse_focus
from anybokeh.focus.spec import MaskFocus, NumberFocus
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.settings import FOCUS_LIMITS
from anybokeh.studio.access import Access, guarded
from anybokeh.studio.background_task import Task, sentence_of
from anybokeh.studio.card_scenes import CardScenes
from anybokeh.studio.command_line import command_line
from anybokeh.studio.document import STILL, parse_document, still_settings
from anybokeh.studio.events import stream
from anybokeh.studio.fault_log import log_fault
from anybokeh.studio.library import Library
from anybokeh.studio.options import lenses_of_page, options_of_page
from anybokeh.studio.outlines import outlines
from anybokeh.studio.page import page
from anybokeh.studio.preview import Outdated, Previews
from anybokeh.studio.project import Conflict
from anybokeh.studio.render_job import SUFFIXES, RenderJob
from anybokeh.studio.rendered_frames import Results
from anybokeh.studio.renders import new_id
from anybokeh.studio.session import ClipSession
from anybokeh.studio.sound import sound_piece
from anybokeh.studio.tus import Tus
from anybokeh.studio.uploads import Uploads

STATIC = Path(__file__).parent / "static"
_LARGEST_JSON = 8 << 20
_LONGEST_LOG = 1 << 18
_MOST_ROOM = 4
"""Times the usual number of samples: no picture has more."""


def make_app(library: Library, access: Access) -> Any:
    """The studio as an ASGI application."""
    handlers = Handlers(library)
    uploads = Uploads(library.uploads, library.settings.upload_mb << 20)
    tus = Tus(uploads, lambda path: library.open(path).key)
    routes = [
        Route("/", handlers.page),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/api/studio", handlers.studio),
        Route("/api/files", handlers.files),
        Route("/api/events", handlers.events),
        Route("/api/log", handlers.log),
        Route("/api/depth-network", handlers.fetch_depth_network, methods=["POST"]),
        *tus.routes(),
        Route("/api/clips", handlers.open, methods=["POST"]),
        Route("/api/clips/{clip}", handlers.clip, methods=["GET", "PUT", "DELETE"]),
        Route("/api/clips/{clip}/{step:str}", handlers.step, methods=["POST"]),
        Route("/api/clips/{clip}/poster", handlers.poster),
        Route("/api/clips/{clip}/frames/{frame:int}", handlers.frame),
        Route("/api/clips/{clip}/disparity/{frame:int}", handlers.disparity),
        Route("/api/clips/{clip}/preview/{frame:int}", handlers.preview),
        Route("/api/clips/{clip}/scenes/{frame:int}", handlers.scene),
        Route("/api/clips/{clip}/card/{frame:int}", handlers.card_scene),
        Route("/api/card/{scene}/{part:str}", handlers.card_part),
        Route("/api/shaders", handlers.shaders),
        Route("/api/clips/{clip}/subjects/{frame:int}", handlers.subjects),
        Route("/api/clips/{clip}/sound", handlers.sound),
        Route("/api/clips/{clip}/follow", handlers.follow),
        Route("/api/clips/{clip}/blur", handlers.blur),
        Route("/api/clips/{clip}/command", handlers.command),
        Route("/api/clips/{clip}/track", handlers.track),
        Route("/api/renders/{render}", handlers.render, methods=["POST", "DELETE"]),
        Route("/api/renders/{render}/file", handlers.result),
        Route("/api/renders/{render}/track", handlers.result_track),
        Route("/api/renders/{render}/log", handlers.result_log),
        Route("/api/renders/{render}/frames/{frame:int}", handlers.result_frame),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(handlers.close)

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={
            InputError: _bad_input,
            Conflict: _conflict,
            ClientDisconnect: _gone,
            Exception: _fault,
        },
    )
    return guarded(app, access)


class Handlers:
    """One method a route."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._previews = Previews()
        self._card_scenes = CardScenes()
        self._results = Results()

    def close(self) -> None:
        """Stop everything in the background."""
        self._library.close()

    def page(self, _: Request) -> Response:
        return HTMLResponse(page(STATIC), headers={"cache-control": "no-cache"})

    def studio(self, _: Request) -> Response:
        library = self._library
        return JSONResponse(
            {
                "version": __version__,
                "clips": library.listing(),
                "codecs": [name for name in SUFFIXES if name in available_codecs()],
                "lens": STILL,
                "options": options_of_page(),
                "lenses": lenses_of_page(),
                "upload_bytes": library.settings.upload_mb << 20,
                "projects": str(library.projects),
            }
        )

    def files(self, request: Request) -> Response:
        return JSONResponse(self._library.folders.listing(request.query_params.get("path")))

    async def events(self, request: Request) -> Response:
        """What goes on, and whether another page changed something, told as it changes."""
        return stream(partial(self._status, request.query_params.get("clip")))

    def _status(self, key: str | None) -> dict[str, Any]:
        library = self._library
        answer: dict[str, Any] = {
            "clips": library.listing(),
            "renders": [one.to_json() for one in library.renders.of()],
            "depth_network": library.depth_network.to_json(),
        }
        if key:
            session = library.get(key)
            answer |= {"clip": key, "revision": session.project.revision, "progress": session.progress()}
        return answer

    def log(self, _: Request) -> Response:
        """Tracebacks of what went wrong in the background."""
        return _tail(self._library.log)

    async def fetch_depth_network(self, request: Request) -> Response:
        # the body is empty, but whoever sends one that is no JSON is no page of ours
        await _json(request)
        await run_in_threadpool(self._library.depth_network.fetch)
        return JSONResponse(self._library.depth_network.to_json())

    async def open(self, request: Request) -> Response:
        values = await _json(request)
        path = values.get("path")
        if not isinstance(path, str):
            raise InputError("expected the path of a clip")
        session = await run_in_threadpool(self._library.open, path)
        return JSONResponse({"id": session.key})

    async def clip(self, request: Request) -> Response:
        key = request.path_params["clip"]
        if request.method == "DELETE":
            await run_in_threadpool(self._library.forget, key)
            return JSONResponse({})
        session = await run_in_threadpool(self._library.show, key)
        if request.method == "PUT":
            values = await _json(request)
            await run_in_threadpool(self._change, session, values)
            return JSONResponse(session.state())
        return JSONResponse(session.to_json() | session.state() | {"progress": session.progress()})

    def _change(self, session: ClipSession, values: dict[str, Any]) -> None:
        project = session.project
        folders = self._library.folders
        document = parse_document(values.get("document"), folders, project.document, project.sources)
        with _stating(session):
            project.change(_revision(values), document)
        session.look_again()

    async def step(self, request: Request) -> Response:
        """What a button does: undo, redo, render."""
        session = await run_in_threadpool(self._library.get, request.path_params["clip"])
        values = await _json(request)
        step = request.path_params["step"]
        actions: dict[str, Callable[[ClipSession, dict[str, Any]], dict[str, Any]]] = {
            "undo": self._undo,
            "redo": self._redo,
            "render": self._render,
        }
        if step not in actions:
            raise InputError(f"{step:.40}: there is no such thing")
        return JSONResponse(await run_in_threadpool(actions[step], session, values))

    def _undo(self, session: ClipSession, values: dict[str, Any]) -> dict[str, Any]:
        with _stating(session):
            session.project.undo(_revision(values))
        session.look_again()
        return session.state()

    def _redo(self, session: ClipSession, values: dict[str, Any]) -> dict[str, Any]:
        with _stating(session):
            session.project.redo(_revision(values))
        session.look_again()
        return session.state()

    def _render(self, session: ClipSession, values: dict[str, Any]) -> dict[str, Any]:
        document = session.project.document
        crf = None if values.get("crf") is None else _number(values, "crf")
        codec = str(values.get("codec", "h264"))
        seconds = session.seconds(document.part)
        job = RenderJob.of(new_id(), session.path, document, seconds, codec, crf)
        render = self._library.renders.start(session.key, session.project.folder, job, document.track)
        return render.to_json()

    def frame(self, request: Request) -> Response:
        session, index = self._frame_of(request)
        small = "thumb" in request.query_params
        return _jpeg(session.proxies.thumbnail(index) if small else session.proxies.packed(index))

    def poster(self, request: Request) -> Response:
        poster = self._library.poster(request.path_params["clip"])
        return Response(status_code=404) if poster is None else FileResponse(poster)

    def disparity(self, request: Request) -> Response:
        """Rows of 16-bit numbers, the least significant byte first; 65535 is disparity 1."""
        session, index = self._frame_of(request)
        disparity = session.scene(index).disparity
        height, width = disparity.shape
        data = np.rint(disparity * np.float32(65535)).astype("<u2").tobytes()
        headers = {"x-width": str(width), "x-height": str(height)}
        return Response(data, media_type="application/octet-stream", headers=headers)

    def preview(self, request: Request) -> Response:
        session, index = self._frame_of(request)
        values = request.query_params
        focus = _focus(request)
        settings = still_settings(values, self._library.folders)
        number = int(_query_number(request, "number", 0.0))
        try:
            asked = values.get("page", "")[:40], number, values.get("small") == "1"
            return _jpeg(self._previews.render(session, index, focus, settings, *asked))
        except Outdated:
            return Response(status_code=204)

    def shaders(self, _: Request) -> Response:
        """Shaders by name: their source, and the kinds of what they bind, in order."""
        # compiled code takes a second to load, and the page should be there before
        from anybokeh.render.webgpu.shaders import shader, shader_names

        found = {name: shader(name) for name in shader_names()}
        return JSONResponse(
            {
                name: {"source": one.source, "bindings": [binding[:2] for binding in one.bindings.values()]}
                for name, one in found.items()
            }
        )

    def card_scene(self, request: Request) -> Response:
        """A frame for the graphics card of a page, see `CardScenes.open`; nothing where it cannot draw it."""
        session, index = self._frame_of(request)
        values, focus = request.query_params, _focus(request)
        settings = still_settings(values, self._library.folders)
        still = self._previews.scene(session, index, settings, small=values.get("small") == "1")
        data = self._card_scenes.open(still, focus, settings.lens, session.info.transfer)
        return Response(status_code=204) if data is None else _binary(data)

    def card_part(self, request: Request) -> Response:
        """What belongs to such a scene, see `CardScenes`."""
        scene, part = request.path_params["scene"], request.path_params["part"]
        if part == "kernels":
            return _binary(self._card_scenes.kernels(scene))
        if part == "outlines":
            return _binary(self._card_scenes.outlines(scene, _focus(request)))
        if part == "plan":
            room = max(1, min(int(_query_number(request, "room", 1.0)), _MOST_ROOM))
            return JSONResponse(self._card_scenes.plan(scene, _focus(request), room))
        raise InputError(f"{part:.40}: there is no such thing")

    def scene(self, request: Request) -> Response:
        """Answers once previews of a frame show its scene as a render makes it."""
        session, index = self._frame_of(request)
        return JSONResponse({"whole": session.finish(index)})

    def _frame_of(self, request: Request) -> tuple[ClipSession, int]:
        session = self._library.get(request.path_params["clip"])
        index = request.path_params["frame"]
        session.check(index)
        return session, index

    def subjects(self, request: Request) -> Response:
        """Outlines of what stands out in a frame, see `outlines`."""
        session, index = self._frame_of(request)
        return JSONResponse(outlines(session, index))

    def sound(self, request: Request) -> Response:
        """A piece of the clip's sound; nothing where it has none."""
        session = self._library.get(request.path_params["clip"])
        start, seconds = _query_number(request, "start"), _query_number(request, "seconds")
        piece = None if session.path.is_dir() else sound_piece(session.path, start, seconds)
        return Response(status_code=204) if piece is None else Response(piece, media_type="audio/wav")

    def follow(self, request: Request) -> Response:
        """The disparity of a focus at every frame, or how far following it has come."""
        session = self._library.get(request.path_params["clip"])
        spec = parse_focus(request.query_params.get("focus", ""))
        if isinstance(spec, NumberFocus):
            raise InputError("a number needs no following")
        if isinstance(spec, MaskFocus):
            self._library.folders.check(spec.path)
        following = session.following
        if following is None:
            return JSONResponse(session.disparity.to_json() | {"values": None})
        return JSONResponse(_values(following.task(spec)))

    def blur(self, request: Request) -> Response:
        """K at every frame of the track that holds and its revision, or how far working it out has come."""
        session = self._library.get(request.path_params["clip"])
        aperture = session.aperture
        revision, document = session.project.current
        if aperture is None:
            values = session.disparity.to_json() | {"values": None}
        else:
            values = _values(aperture.task(document))
        return JSONResponse(values | {"revision": revision})

    def command(self, request: Request) -> Response:
        session = self._library.get(request.path_params["clip"])
        values = request.query_params
        crf = _query_number(request, "crf") if values.get("crf") else None
        document, codec = session.project.document, values.get("codec", "h264")
        job = RenderJob.of("", session.path, document, session.seconds(document.part), codec, crf)
        return JSONResponse({"command": command_line(job, session.project.track)})

    def track(self, request: Request) -> Response:
        session = self._library.get(request.path_params["clip"])
        name = f"{session.path.stem}_track.json"
        return Response(
            session.project.document.track, media_type="application/json", headers=_attachment(name)
        )

    async def render(self, request: Request) -> Response:
        renders, id = self._library.renders, request.path_params["render"]
        if request.method == "DELETE":
            self._results.forget(id)
            await run_in_threadpool(renders.remove, id)
            return JSONResponse({})
        values = await _json(request)
        action = {"cancel": renders.cancel, "resume": renders.resume}.get(str(values.get("do")))
        if action is None:
            raise InputError("expected to cancel or to resume a render")
        await run_in_threadpool(action, id)
        return JSONResponse(renders.get(id).to_json())

    def result(self, request: Request) -> Response:
        render = self._done(request)
        return FileResponse(render.output, headers=_attachment(render.job.output))

    def result_track(self, request: Request) -> Response:
        render = self._library.renders.get(request.path_params["render"])
        name = f"{Path(render.job.output).stem}_track.json"
        return FileResponse(render.track, media_type="application/json", headers=_attachment(name))

    def result_log(self, request: Request) -> Response:
        return _tail(self._library.renders.get(request.path_params["render"]).log)

    def result_frame(self, request: Request) -> Response:
        """A frame of the rendered file; frames count as in the source."""
        render = self._done(request)
        session = self._library.get(render.key)
        session.check(request.path_params["frame"])
        time = float(session.times[request.path_params["frame"]])
        return _jpeg(self._results.packed(render, time))

    def _done(self, request: Request) -> Any:
        render = self._library.renders.get(request.path_params["render"])
        if render.state != "done":
            raise InputError("this render is not finished")
        return render


@contextlib.contextmanager
def _stating(session: ClipSession) -> Any:
    """Give a conflict the state that holds."""
    try:
        yield
    except Conflict as conflict:
        conflict.args = (session.state(),)
        raise


async def _json(request: Request) -> dict[str, Any]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_JSON:
            raise InputError("the request is too large")
    import json

    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise InputError("the request is not JSON") from None
    if not isinstance(values, dict):
        raise InputError("the request is not an object")
    return values


def _revision(values: dict[str, Any]) -> int:
    revision = values.get("revision")
    if not isinstance(revision, int):
        raise InputError("expected the revision that the change is made upon")
    return revision


def _number(values: dict[str, Any], name: str) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        raise InputError(f"{name} is {value!r:.40}: expected a number")
    return float(value)


def _query_number(request: Request, name: str, default: float | None = None) -> float:
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    try:
        value = float(text or "")
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(f"{name} is {text!r:.40}: expected a number")
    return value


def _values(task: Task[np.ndarray]) -> dict[str, Any]:
    values = None if task.result is None else [round(float(value), 4) for value in task.result]
    return task.to_json() | {"values": values}


def _focus(request: Request) -> FrameFocus:
    """What previews are asked with; raises InputError."""
    values = [_query_number(request, name) for name in FOCUS_LIMITS]
    for (name, most), value in zip(FOCUS_LIMITS.items(), values, strict=True):
        if not 0 <= value <= most:
            raise InputError(f"{name} is {value:g}: expected 0 to {most:g}")
    return FrameFocus(*values)


def _binary(data: bytes) -> Response:
    return Response(data, media_type="application/octet-stream")


def _jpeg(data: bytes) -> Response:
    return Response(data, media_type="image/jpeg")


def _tail(log: Path) -> Response:
    text = log.read_bytes()[-_LONGEST_LOG:].decode(errors="replace") if log.is_file() else ""
    return PlainTextResponse(text or "Nothing went wrong so far.\n")


def _attachment(name: str) -> dict[str, str]:
    return {"content-disposition": f"attachment; filename*=utf-8''{quote(name)}"}


async def _bad_input(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": sentence_of(error)}, 422)


async def _conflict(_: Request, error: Exception) -> Response:
    sentence = (
        "Another tab has changed this clip meanwhile; its state is shown now, and this change was not made."
    )
    return JSONResponse({"error": sentence, "state": error.args[0] if error.args else None}, 409)


async def _gone(_: Request, error: Exception) -> Response:
    return Response(status_code=400)


async def _fault(request: Request, error: Exception) -> Response:
    log_fault(request.url.path, error)
    return JSONResponse({"error": sentence_of(error)}, 500)
