"""Who may talk to the studio.

A page of another site can make a browser send requests to this machine (CSRF), or point a name of its own at
it (DNS rebinding). So the Host header must be the address that the studio listens on, and whatever changes
something must come from its own page. Beyond the loopback address every request needs the token as well,
which a browser keeps in a cookie after the first visit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = ("GET", "HEAD")
_COOKIE_SECONDS = 30 * 24 * 3600
_HEADERS = {
    # the page cannot load anything from elsewhere, nor be shown inside another
    "content-security-policy": "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def new_token() -> str:
    """A random access token."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Access:
    """The rules.

    hosts: names and addresses by which the page may be called; `*` is any, where a token is asked for. token:
    None where none is needed.
    """

    hosts: tuple[str, ...]
    token: str | None = None


def guarded(app: ASGIApp, access: Access) -> ASGIApp:
    """An application that turns away whoever may not talk to the studio."""
    return TrustedHostMiddleware(Guard(app, access.token), access.hosts, www_redirect=False)


class Guard:
    """Middleware that refuses changes by other pages, and requests without the token where there is one."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # nothing here speaks over web sockets
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refused = self._refusal(Request(scope))
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | None:
        if request.method not in _SAFE and not _own_page(request):
            return _refused("This request came from another page.")
        token = self._token
        if token is None:
            return None
        cookie = f"anybokeh-{(request.scope.get('server') or ('', 0))[1]}"
        if _equal(request.cookies.get(cookie, ""), token):
            return None
        if request.method == "GET" and _equal(request.query_params.get("token", ""), token):
            answer = RedirectResponse(request.scope["path"], 303)
            answer.set_cookie(cookie, token, _COOKIE_SECONDS, httponly=True, samesite="strict")
            return answer
        return _refused("The access token is missing or wrong; open the address that the studio printed.")


def _own_page(request: Request) -> bool:
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is not None:
        return origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())
    # browsers say where a request comes from; other programs need not
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _equal(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _refused(sentence: str) -> Response:
    return PlainTextResponse(sentence, 403)
